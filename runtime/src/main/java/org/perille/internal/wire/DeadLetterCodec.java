package org.perille.internal.wire;

import java.time.Instant;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.perille.DeadLetter;
import org.perille.DeadLetterCount;
import org.perille.DeadLetterFilter;
import org.perille.OnExhausted;
import org.perille.internal.partition.WorkerRequest;
import org.perille.internal.schema.OperationsProto;

/** The serialized form of dead letters, and of the queries and operations on them. */
final class DeadLetterCodec {
  private DeadLetterCodec() {}

  static OperationsProto.ListDeadLetters toProto(
      WorkerRequest.ListDeadLetters list, ActorRefResolver refs) {
    return OperationsProto.ListDeadLetters.newBuilder()
        .setFilter(toProto(list.filter()))
        .setFromOffset(list.fromOffset())
        .setLimit(list.limit())
        .setReplyTo(refs.toSerializationFormat(list.replyTo()))
        .build();
  }

  static WorkerRequest.ListDeadLetters fromProto(
      OperationsProto.ListDeadLetters proto, ActorRefResolver refs) {
    return new WorkerRequest.ListDeadLetters(
        fromProto(proto.getFilter()),
        proto.getFromOffset(),
        proto.getLimit(),
        refs.resolveActorRef(proto.getReplyTo()));
  }

  static OperationsProto.DeadLetterPage toProto(WorkerRequest.DeadLetterPage page) {
    OperationsProto.DeadLetterPage.Builder proto =
        OperationsProto.DeadLetterPage.newBuilder().setMore(page.more());
    page.letters().forEach(letter -> proto.addLetters(toProto(letter)));
    return proto.build();
  }

  static WorkerRequest.DeadLetterPage fromProto(OperationsProto.DeadLetterPage proto) {
    return new WorkerRequest.DeadLetterPage(
        proto.getLettersList().stream().map(DeadLetterCodec::fromProto).toList(), proto.getMore());
  }

  static OperationsProto.CountDeadLetters toProto(
      WorkerRequest.CountDeadLetters count, ActorRefResolver refs) {
    return OperationsProto.CountDeadLetters.newBuilder()
        .setFilter(toProto(count.filter()))
        .setReplyTo(refs.toSerializationFormat(count.replyTo()))
        .build();
  }

  static WorkerRequest.CountDeadLetters fromProto(
      OperationsProto.CountDeadLetters proto, ActorRefResolver refs) {
    return new WorkerRequest.CountDeadLetters(
        fromProto(proto.getFilter()), refs.resolveActorRef(proto.getReplyTo()));
  }

  static OperationsProto.DeadLetterCounts toProto(WorkerRequest.DeadLetterCounts counts) {
    OperationsProto.DeadLetterCounts.Builder proto = OperationsProto.DeadLetterCounts.newBuilder();
    for (DeadLetterCount count : counts.counts()) {
      proto.addCounts(
          OperationsProto.DeadLetterCount.newBuilder()
              .setReason(toProto(count.reason()))
              .setFailure(toProto(count.failure()))
              .setError(count.error().orElse(""))
              .setCount(count.count()));
    }
    return proto.build();
  }

  static WorkerRequest.DeadLetterCounts fromProto(OperationsProto.DeadLetterCounts proto) {
    return new WorkerRequest.DeadLetterCounts(
        proto.getCountsList().stream()
            .map(
                count ->
                    new DeadLetterCount(
                        reason(count.getReason()).orElseThrow(() -> unknown("reason")),
                        failure(count.getFailure()).orElseThrow(() -> unknown("failure")),
                        present(count.getError()),
                        count.getCount()))
            .toList());
  }

  static OperationsProto.Redrive toProto(WorkerRequest.Redrive redrive, ActorRefResolver refs) {
    return OperationsProto.Redrive.newBuilder()
        .setRequestId(redrive.requestId())
        .setFilter(toProto(redrive.filter()))
        .setReplyTo(refs.toSerializationFormat(redrive.replyTo()))
        .build();
  }

  static WorkerRequest.Redrive fromProto(OperationsProto.Redrive proto, ActorRefResolver refs) {
    return new WorkerRequest.Redrive(
        proto.getRequestId(),
        fromProto(proto.getFilter()),
        refs.resolveActorRef(proto.getReplyTo()));
  }

  static OperationsProto.Discard toProto(WorkerRequest.Discard discard, ActorRefResolver refs) {
    return OperationsProto.Discard.newBuilder()
        .setRequestId(discard.requestId())
        .setFilter(toProto(discard.filter()))
        .setReason(discard.reason())
        .setReplyTo(refs.toSerializationFormat(discard.replyTo()))
        .build();
  }

  static WorkerRequest.Discard fromProto(OperationsProto.Discard proto, ActorRefResolver refs) {
    return new WorkerRequest.Discard(
        proto.getRequestId(),
        fromProto(proto.getFilter()),
        proto.getReason(),
        refs.resolveActorRef(proto.getReplyTo()));
  }

  static OperationsProto.OperationDone toProto(WorkerRequest.OperationDone done) {
    return OperationsProto.OperationDone.newBuilder()
        .setRequestId(done.requestId())
        .setConcerned(done.concerned())
        .build();
  }

  static WorkerRequest.OperationDone fromProto(OperationsProto.OperationDone proto) {
    return new WorkerRequest.OperationDone(proto.getRequestId(), proto.getConcerned());
  }

  private static OperationsProto.DeadLetterFilter toProto(DeadLetterFilter filter) {
    OperationsProto.DeadLetterFilter.Builder proto = OperationsProto.DeadLetterFilter.newBuilder();
    filter.partition().ifPresent(proto::setPartition);
    filter.offset().ifPresent(proto::setOffset);
    filter.key().ifPresent(proto::setKey);
    filter.error().ifPresent(proto::setError);
    filter.reason().ifPresent(reason -> proto.setReason(toProto(reason)));
    filter.failure().ifPresent(failure -> proto.setFailure(toProto(failure)));
    return proto.build();
  }

  private static DeadLetterFilter fromProto(OperationsProto.DeadLetterFilter proto) {
    // A condition that this version doesn't know must not widen a discard.
    if (!proto.getUnknownFields().asMap().isEmpty()) {
      throw unknown("filter");
    }
    DeadLetterFilter filter = DeadLetterFilter.all();
    filter = proto.hasPartition() ? filter.withPartition(proto.getPartition()) : filter;
    filter = proto.hasOffset() ? filter.withOffset(proto.getOffset()) : filter;
    filter = proto.hasKey() ? filter.withKey(proto.getKey()) : filter;
    filter = proto.hasError() ? filter.withError(proto.getError()) : filter;
    filter = reason(proto.getReason()).map(filter::withReason).orElse(filter);
    return failure(proto.getFailure()).map(filter::withFailure).orElse(filter);
  }

  private static OperationsProto.DeadLetter toProto(DeadLetter letter) {
    return OperationsProto.DeadLetter.newBuilder()
        .setSubscription(letter.subscription())
        .setTopic(letter.topic())
        .setPartition(letter.partition())
        .setOffset(letter.offset())
        .setKey(letter.key())
        .setReason(toProto(letter.reason()))
        .setFailure(toProto(letter.failure()))
        .setError(letter.error().orElse(""))
        .setErrorMessage(letter.errorMessage().orElse(""))
        .setAttempts(letter.attempts())
        .setFirstFailureMillis(letter.firstFailure().toEpochMilli())
        .setLastFailureMillis(letter.lastFailure().toEpochMilli())
        .setConsequence(toProto(letter.consequence()))
        .build();
  }

  private static DeadLetter fromProto(OperationsProto.DeadLetter proto) {
    DeadLetter.Builder letter =
        DeadLetter.builder(proto.getSubscription(), proto.getTopic())
            .at(proto.getPartition(), proto.getOffset())
            .key(proto.getKey())
            .reason(reason(proto.getReason()).orElseThrow(() -> unknown("reason")))
            .failure(failure(proto.getFailure()).orElseThrow(() -> unknown("failure")))
            .attempts(proto.getAttempts())
            .failedAt(
                Instant.ofEpochMilli(proto.getFirstFailureMillis()),
                Instant.ofEpochMilli(proto.getLastFailureMillis()))
            .consequence(consequence(proto.getConsequence()));
    present(proto.getError()).ifPresent(letter::error);
    present(proto.getErrorMessage()).ifPresent(letter::errorMessage);
    return letter.build();
  }

  /** Reads a text whose absence is stored as an empty one. */
  private static Optional<String> present(String text) {
    return Optional.of(text).filter(any -> !any.isEmpty());
  }

  private static OperationsProto.Reason toProto(DeadLetter.Reason reason) {
    return switch (reason) {
      case ATTEMPTS_EXHAUSTED -> OperationsProto.Reason.REASON_ATTEMPTS_EXHAUSTED;
      case TOO_OLD -> OperationsProto.Reason.REASON_TOO_OLD;
      case PERMANENT -> OperationsProto.Reason.REASON_PERMANENT;
      case EXPIRED -> OperationsProto.Reason.REASON_EXPIRED;
      case NO_SECOND_ATTEMPT -> OperationsProto.Reason.REASON_NO_SECOND_ATTEMPT;
    };
  }

  private static Optional<DeadLetter.Reason> reason(OperationsProto.Reason proto) {
    return switch (proto) {
      case REASON_UNSPECIFIED -> Optional.empty();
      case REASON_ATTEMPTS_EXHAUSTED -> Optional.of(DeadLetter.Reason.ATTEMPTS_EXHAUSTED);
      case REASON_TOO_OLD -> Optional.of(DeadLetter.Reason.TOO_OLD);
      case REASON_PERMANENT -> Optional.of(DeadLetter.Reason.PERMANENT);
      case REASON_EXPIRED -> Optional.of(DeadLetter.Reason.EXPIRED);
      case REASON_NO_SECOND_ATTEMPT -> Optional.of(DeadLetter.Reason.NO_SECOND_ATTEMPT);
      case UNRECOGNIZED -> throw unknown("reason");
    };
  }

  private static OperationsProto.Failure toProto(DeadLetter.Failure failure) {
    return switch (failure) {
      case HANDLER -> OperationsProto.Failure.FAILURE_HANDLER;
      case NACK -> OperationsProto.Failure.FAILURE_NACK;
      case DEADLINE -> OperationsProto.Failure.FAILURE_DEADLINE;
      case UNDECODABLE -> OperationsProto.Failure.FAILURE_UNDECODABLE;
      case CRASH -> OperationsProto.Failure.FAILURE_CRASH;
      case EXPIRY -> OperationsProto.Failure.FAILURE_EXPIRY;
    };
  }

  private static Optional<DeadLetter.Failure> failure(OperationsProto.Failure proto) {
    return switch (proto) {
      case FAILURE_UNSPECIFIED -> Optional.empty();
      case FAILURE_HANDLER -> Optional.of(DeadLetter.Failure.HANDLER);
      case FAILURE_NACK -> Optional.of(DeadLetter.Failure.NACK);
      case FAILURE_DEADLINE -> Optional.of(DeadLetter.Failure.DEADLINE);
      case FAILURE_UNDECODABLE -> Optional.of(DeadLetter.Failure.UNDECODABLE);
      case FAILURE_CRASH -> Optional.of(DeadLetter.Failure.CRASH);
      case FAILURE_EXPIRY -> Optional.of(DeadLetter.Failure.EXPIRY);
      case UNRECOGNIZED -> throw unknown("failure");
    };
  }

  private static OperationsProto.Consequence toProto(OnExhausted consequence) {
    return switch (consequence) {
      case CONTINUE -> OperationsProto.Consequence.CONSEQUENCE_CONTINUE;
      case PARK_KEY -> OperationsProto.Consequence.CONSEQUENCE_PARK_KEY;
      case STOP_PARTITION -> OperationsProto.Consequence.CONSEQUENCE_STOP_PARTITION;
    };
  }

  private static OnExhausted consequence(OperationsProto.Consequence proto) {
    return switch (proto) {
      case CONSEQUENCE_CONTINUE -> OnExhausted.CONTINUE;
      case CONSEQUENCE_PARK_KEY -> OnExhausted.PARK_KEY;
      case CONSEQUENCE_STOP_PARTITION -> OnExhausted.STOP_PARTITION;
      case CONSEQUENCE_UNSPECIFIED, UNRECOGNIZED -> throw unknown("consequence");
    };
  }

  private static IllegalArgumentException unknown(String what) {
    return new IllegalArgumentException(
        "a newer version of Perille sends a %s of dead letters that this one doesn't know: update this node"
            .formatted(what));
  }
}
