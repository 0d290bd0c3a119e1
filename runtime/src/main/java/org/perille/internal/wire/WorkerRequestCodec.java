package org.perille.internal.wire;

import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.perille.internal.partition.PartitionRequest;
import org.perille.internal.partition.WorkerRequest;
import org.perille.internal.schema.OperationsProto;
import org.perille.internal.schema.ProtocolProto;

/** The serialized form of requests to workers, and of their answers. */
final class WorkerRequestCodec {
  private WorkerRequestCodec() {}

  static ProtocolProto.ForWorker toProto(
      PartitionRequest.ForWorker message, ActorRefResolver refs) {
    ProtocolProto.ForWorker.Builder proto =
        ProtocolProto.ForWorker.newBuilder().setSubscription(message.subscription());
    WorkerRequest request = message.request();
    if (request instanceof WorkerRequest.AwaitFinished await) {
      proto.setAwaitFinished(toProto(await, refs));
    } else if (request instanceof WorkerRequest.Reset reset) {
      proto.setReset(toProto(reset, refs));
    } else if (request instanceof WorkerRequest.SetPaused setPaused) {
      proto.setSetPaused(toProto(setPaused, refs));
    } else if (request instanceof WorkerRequest.ListDeadLetters list) {
      proto.setListDeadLetters(DeadLetterCodec.toProto(list, refs));
    } else if (request instanceof WorkerRequest.CountDeadLetters count) {
      proto.setCountDeadLetters(DeadLetterCodec.toProto(count, refs));
    } else if (request instanceof WorkerRequest.Redrive redrive) {
      proto.setRedrive(DeadLetterCodec.toProto(redrive, refs));
    } else {
      proto.setDiscard(DeadLetterCodec.toProto((WorkerRequest.Discard) request, refs));
    }
    return proto.build();
  }

  static PartitionRequest.ForWorker fromProto(
      ProtocolProto.ForWorker proto, ActorRefResolver refs) {
    WorkerRequest request =
        switch (proto.getRequestCase()) {
          case AWAIT_FINISHED -> fromProto(proto.getAwaitFinished(), refs);
          case RESET -> fromProto(proto.getReset(), refs);
          case SET_PAUSED -> fromProto(proto.getSetPaused(), refs);
          case LIST_DEAD_LETTERS -> DeadLetterCodec.fromProto(proto.getListDeadLetters(), refs);
          case COUNT_DEAD_LETTERS -> DeadLetterCodec.fromProto(proto.getCountDeadLetters(), refs);
          case REDRIVE -> DeadLetterCodec.fromProto(proto.getRedrive(), refs);
          case DISCARD -> DeadLetterCodec.fromProto(proto.getDiscard(), refs);
          case REQUEST_NOT_SET ->
              throw new IllegalArgumentException(
                  "a newer version of Perille sends a request to a worker that this one doesn't know");
        };
    return new PartitionRequest.ForWorker(proto.getSubscription(), request);
  }

  static ProtocolProto.AwaitFinished toProto(
      WorkerRequest.AwaitFinished await, ActorRefResolver refs) {
    return ProtocolProto.AwaitFinished.newBuilder()
        .setOffset(await.offset())
        .setReplyTo(refs.toSerializationFormat(await.replyTo()))
        .build();
  }

  static WorkerRequest.AwaitFinished fromProto(
      ProtocolProto.AwaitFinished proto, ActorRefResolver refs) {
    return new WorkerRequest.AwaitFinished(
        proto.getOffset(), refs.resolveActorRef(proto.getReplyTo()));
  }

  static ProtocolProto.Finished toProto(WorkerRequest.Finished finished) {
    return ProtocolProto.Finished.newBuilder()
        .setOffset(finished.offset())
        .setDeadLetter(finished.deadLetter())
        .build();
  }

  static WorkerRequest.Finished fromProto(ProtocolProto.Finished proto) {
    return new WorkerRequest.Finished(proto.getOffset(), proto.getDeadLetter());
  }

  static ProtocolProto.Reset toProto(WorkerRequest.Reset reset, ActorRefResolver refs) {
    return ProtocolProto.Reset.newBuilder()
        .setResetId(reset.resetId())
        .setOffset(reset.offset())
        .setSequenceNumber(reset.sequenceNumber())
        .setPublishAgain(reset.publishAgain())
        .setReplyTo(refs.toSerializationFormat(reset.replyTo()))
        .build();
  }

  static WorkerRequest.Reset fromProto(ProtocolProto.Reset proto, ActorRefResolver refs) {
    return new WorkerRequest.Reset(
        proto.getResetId(),
        proto.getOffset(),
        proto.getSequenceNumber(),
        proto.getPublishAgain(),
        refs.resolveActorRef(proto.getReplyTo()));
  }

  static ProtocolProto.ResetDone toProto(WorkerRequest.ResetDone done) {
    return ProtocolProto.ResetDone.newBuilder()
        .setGeneration(done.generation())
        .setOffset(done.offset())
        .setHandledBefore(done.handledBefore())
        .build();
  }

  static WorkerRequest.ResetDone fromProto(ProtocolProto.ResetDone proto) {
    return new WorkerRequest.ResetDone(
        proto.getGeneration(), proto.getOffset(), proto.getHandledBefore());
  }

  static OperationsProto.SetPaused toProto(
      WorkerRequest.SetPaused setPaused, ActorRefResolver refs) {
    OperationsProto.SetPaused.Builder proto =
        OperationsProto.SetPaused.newBuilder()
            .setReplyTo(refs.toSerializationFormat(setPaused.replyTo()));
    setPaused.reason().ifPresent(proto::setReason);
    return proto.build();
  }

  static WorkerRequest.SetPaused fromProto(OperationsProto.SetPaused proto, ActorRefResolver refs) {
    return new WorkerRequest.SetPaused(
        proto.hasReason() ? Optional.of(proto.getReason()) : Optional.empty(),
        refs.resolveActorRef(proto.getReplyTo()));
  }

  static OperationsProto.PausedSet toProto(WorkerRequest.PausedSet pausedSet) {
    OperationsProto.PausedSet.Builder proto = OperationsProto.PausedSet.newBuilder();
    pausedSet.reason().ifPresent(proto::setReason);
    return proto.build();
  }

  static WorkerRequest.PausedSet fromProto(OperationsProto.PausedSet proto) {
    return new WorkerRequest.PausedSet(
        proto.hasReason() ? Optional.of(proto.getReason()) : Optional.empty());
  }
}
