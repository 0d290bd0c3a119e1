package org.perille.internal.wire;

import java.util.Optional;
import org.perille.DeadLetter;
import org.perille.OnExhausted;
import org.perille.internal.failure.DeadLetterRecord;
import org.perille.internal.failure.DeferredMessage;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailureLogEvent;
import org.perille.internal.failure.FailureSnapshot;
import org.perille.internal.schema.FailureProto;

/** The stored form of a worker's failures. */
final class FailureCodec {
  private FailureCodec() {}

  static FailureProto.FailuresActivated toProto(FailureLogEvent.Activated event) {
    return FailureProto.FailuresActivated.newBuilder()
        .setTimestampMillis(event.timestampMillis())
        .setNode(event.node())
        .build();
  }

  static FailureLogEvent.Activated fromProto(FailureProto.FailuresActivated proto) {
    return new FailureLogEvent.Activated(proto.getTimestampMillis(), proto.getNode());
  }

  static FailureProto.FailuresChanged toProto(FailureLogEvent.Changed event) {
    FailureProto.FailuresChanged.Builder proto = FailureProto.FailuresChanged.newBuilder();
    event.changes().forEach(change -> proto.addChanges(toProto(change)));
    return proto.build();
  }

  static FailureLogEvent.Changed fromProto(FailureProto.FailuresChanged proto) {
    return new FailureLogEvent.Changed(
        proto.getChangesList().stream().map(FailureCodec::fromProto).toList());
  }

  private static FailureProto.FailureEvent toProto(FailureEvent change) {
    FailureProto.FailureEvent.Builder proto = FailureProto.FailureEvent.newBuilder();
    if (change instanceof FailureEvent.Deferred c) {
      proto.setDeferred(
          FailureProto.Deferred.newBuilder()
              .setPosition(toProto(c.position()))
              .setDueMillis(c.dueMillis())
              .setTried(c.tried()));
    } else if (change instanceof FailureEvent.Begun c) {
      proto.setBegun(
          FailureProto.Begun.newBuilder().setGroup(c.group()).addAllOffsets(c.offsets()));
    } else if (change instanceof FailureEvent.Withdrawn c) {
      proto.setWithdrawn(FailureProto.Withdrawn.newBuilder().setGroup(c.group()));
    } else if (change instanceof FailureEvent.Failed c) {
      proto.setFailed(
          FailureProto.Failed.newBuilder()
              .setPosition(toProto(c.position()))
              .setCause(toProto(c.cause()))
              .setAtMillis(c.atMillis())
              .setDueMillis(c.dueMillis()));
    } else if (change instanceof FailureEvent.Interrupted c) {
      proto.setInterrupted(
          FailureProto.Interrupted.newBuilder()
              .setPosition(toProto(c.position()))
              .setCounted(c.counted())
              .setAtMillis(c.atMillis())
              .setDueMillis(c.dueMillis()));
    } else if (change instanceof FailureEvent.Resolved c) {
      proto.setResolved(
          FailureProto.Resolved.newBuilder().setGroup(c.group()).setOffset(c.offset()));
    } else if (change instanceof FailureEvent.GivenUp c) {
      proto.setGivenUp(toProto(c));
    } else {
      addOperation(proto, change);
    }
    return proto.build();
  }

  private static void addOperation(FailureProto.FailureEvent.Builder proto, FailureEvent change) {
    if (change instanceof FailureEvent.Forwarded c) {
      proto.setForwarded(FailureProto.Forwarded.newBuilder().setOffset(c.offset()));
    } else if (change instanceof FailureEvent.Redriven c) {
      proto.setRedriven(
          FailureProto.Redriven.newBuilder()
              .setRequestId(c.requestId())
              .addAllOffsets(c.offsets())
              .setAtMillis(c.atMillis()));
    } else if (change instanceof FailureEvent.Discarded c) {
      proto.setDiscarded(
          FailureProto.Discarded.newBuilder()
              .setRequestId(c.requestId())
              .addAllOffsets(c.offsets())
              .setReason(c.reason()));
    } else if (change instanceof FailureEvent.Paused c) {
      FailureProto.Paused.Builder paused = FailureProto.Paused.newBuilder();
      c.reason().ifPresent(paused::setReason);
      proto.setPaused(paused);
    } else if (change instanceof FailureEvent.AttemptHighWatermark c) {
      proto.setAttemptHighWatermark(
          FailureProto.AttemptHighWatermark.newBuilder().setBelow(c.below()));
    } else if (change instanceof FailureEvent.PossiblyAttemptedBegun c) {
      proto.setPossiblyAttemptedBegun(
          FailureProto.PossiblyAttemptedBegun.newBuilder().setBelow(c.below()));
    } else if (change instanceof FailureEvent.Settled c) {
      proto.setSettled(FailureProto.Settled.newBuilder().setBelow(c.below()));
    } else if (change instanceof FailureEvent.GenerationBegun c) {
      proto.setGenerationBegun(
          FailureProto.GenerationBegun.newBuilder().setNumber(c.number()).setStart(c.start()));
    }
  }

  private static FailureEvent fromProto(FailureProto.FailureEvent proto) {
    return switch (proto.getEventCase()) {
      case DEFERRED ->
          new FailureEvent.Deferred(
              fromProto(proto.getDeferred().getPosition()),
              proto.getDeferred().getDueMillis(),
              proto.getDeferred().getTried());
      case BEGUN ->
          new FailureEvent.Begun(proto.getBegun().getGroup(), proto.getBegun().getOffsetsList());
      case WITHDRAWN -> new FailureEvent.Withdrawn(proto.getWithdrawn().getGroup());
      case FAILED ->
          new FailureEvent.Failed(
              fromProto(proto.getFailed().getPosition()),
              fromProto(proto.getFailed().getCause()),
              proto.getFailed().getAtMillis(),
              proto.getFailed().getDueMillis());
      case INTERRUPTED ->
          new FailureEvent.Interrupted(
              fromProto(proto.getInterrupted().getPosition()),
              proto.getInterrupted().getCounted(),
              proto.getInterrupted().getAtMillis(),
              proto.getInterrupted().getDueMillis());
      case RESOLVED ->
          new FailureEvent.Resolved(
              proto.getResolved().getGroup(), proto.getResolved().getOffset());
      case GIVEN_UP -> fromProto(proto.getGivenUp());
      case FORWARDED -> new FailureEvent.Forwarded(proto.getForwarded().getOffset());
      case REDRIVEN ->
          new FailureEvent.Redriven(
              proto.getRedriven().getRequestId(),
              proto.getRedriven().getOffsetsList(),
              proto.getRedriven().getAtMillis());
      case DISCARDED ->
          new FailureEvent.Discarded(
              proto.getDiscarded().getRequestId(),
              proto.getDiscarded().getOffsetsList(),
              proto.getDiscarded().getReason());
      case PAUSED ->
          new FailureEvent.Paused(
              proto.getPaused().hasReason()
                  ? Optional.of(proto.getPaused().getReason())
                  : Optional.empty());
      case ATTEMPT_HIGH_WATERMARK ->
          new FailureEvent.AttemptHighWatermark(proto.getAttemptHighWatermark().getBelow());
      case POSSIBLY_ATTEMPTED_BEGUN ->
          new FailureEvent.PossiblyAttemptedBegun(proto.getPossiblyAttemptedBegun().getBelow());
      case SETTLED -> new FailureEvent.Settled(proto.getSettled().getBelow());
      case GENERATION_BEGUN ->
          new FailureEvent.GenerationBegun(
              proto.getGenerationBegun().getNumber(), proto.getGenerationBegun().getStart());
      case EVENT_NOT_SET ->
          throw new IllegalArgumentException(
              "a newer version of Perille has stored a change that this one doesn't know: update"
                  + " this node");
    };
  }

  private static FailureProto.Position toProto(FailureEvent.Position position) {
    return FailureProto.Position.newBuilder()
        .setGroup(position.group())
        .setOffset(position.offset())
        .setSequenceNumber(position.sequenceNumber())
        .build();
  }

  private static FailureEvent.Position fromProto(FailureProto.Position proto) {
    return new FailureEvent.Position(
        proto.getGroup(), proto.getOffset(), proto.getSequenceNumber());
  }

  private static FailureProto.Cause toProto(FailureEvent.Cause cause) {
    return FailureProto.Cause.newBuilder()
        .setFailure(
            switch (cause.failure()) {
              case HANDLER -> FailureProto.Failure.HANDLER;
              case NACK -> FailureProto.Failure.NACK;
              case DEADLINE -> FailureProto.Failure.DEADLINE;
              case UNDECODABLE -> FailureProto.Failure.UNDECODABLE;
              case CRASH -> FailureProto.Failure.CRASH;
              case EXPIRY -> FailureProto.Failure.EXPIRY;
            })
        .setError(cause.error())
        .setMessage(cause.message())
        .build();
  }

  private static FailureEvent.Cause fromProto(FailureProto.Cause proto) {
    return new FailureEvent.Cause(
        switch (proto.getFailure()) {
          case NACK -> DeadLetter.Failure.NACK;
          case DEADLINE -> DeadLetter.Failure.DEADLINE;
          case UNDECODABLE -> DeadLetter.Failure.UNDECODABLE;
          case CRASH -> DeadLetter.Failure.CRASH;
          case EXPIRY -> DeadLetter.Failure.EXPIRY;
          case HANDLER, UNRECOGNIZED -> DeadLetter.Failure.HANDLER;
        },
        proto.getError(),
        proto.getMessage());
  }

  private static FailureProto.GivenUp toProto(FailureEvent.GivenUp givenUp) {
    return FailureProto.GivenUp.newBuilder()
        .setPosition(toProto(givenUp.position()))
        .setReason(
            switch (givenUp.reason()) {
              case ATTEMPTS_EXHAUSTED -> FailureProto.Reason.ATTEMPTS_EXHAUSTED;
              case TOO_OLD -> FailureProto.Reason.TOO_OLD;
              case PERMANENT -> FailureProto.Reason.PERMANENT;
              case EXPIRED -> FailureProto.Reason.EXPIRED;
              case NO_SECOND_ATTEMPT -> FailureProto.Reason.NO_SECOND_ATTEMPT;
            })
        .setCause(toProto(givenUp.cause()))
        .setAttempts(givenUp.attempts())
        .setFirstFailureMillis(givenUp.firstFailureMillis())
        .setLastFailureMillis(givenUp.lastFailureMillis())
        .setConsequence(
            switch (givenUp.consequence()) {
              case CONTINUE -> FailureProto.Consequence.CONTINUE;
              case PARK_KEY -> FailureProto.Consequence.PARK_KEY;
              case STOP_PARTITION -> FailureProto.Consequence.STOP_PARTITION;
            })
        .build();
  }

  private static FailureEvent.GivenUp fromProto(FailureProto.GivenUp proto) {
    return new FailureEvent.GivenUp(
        fromProto(proto.getPosition()),
        switch (proto.getReason()) {
          case TOO_OLD -> DeadLetter.Reason.TOO_OLD;
          case PERMANENT -> DeadLetter.Reason.PERMANENT;
          case EXPIRED -> DeadLetter.Reason.EXPIRED;
          case NO_SECOND_ATTEMPT -> DeadLetter.Reason.NO_SECOND_ATTEMPT;
          case ATTEMPTS_EXHAUSTED, UNRECOGNIZED -> DeadLetter.Reason.ATTEMPTS_EXHAUSTED;
        },
        fromProto(proto.getCause()),
        proto.getAttempts(),
        proto.getFirstFailureMillis(),
        proto.getLastFailureMillis(),
        switch (proto.getConsequence()) {
          case CONTINUE -> OnExhausted.CONTINUE;
          case STOP_PARTITION -> OnExhausted.STOP_PARTITION;
          case PARK_KEY, UNRECOGNIZED -> OnExhausted.PARK_KEY;
        });
  }

  static FailureProto.FailureSnapshot toProto(FailureSnapshot snapshot) {
    FailureProto.FailureSnapshot.Builder proto =
        FailureProto.FailureSnapshot.newBuilder()
            .setAttemptHighWatermark(snapshot.attemptHighWatermark())
            .setPossiblyAttemptedBelow(snapshot.possiblyAttemptedBelow())
            .setGeneration(snapshot.generation())
            .setSequenceNumber(snapshot.sequenceNumber());
    snapshot.deferred().forEach(deferred -> proto.addDeferred(toProto(deferred)));
    snapshot
        .letters()
        .forEach(
            letter ->
                proto.addLetters(
                    FailureProto.DeadLetterRecord.newBuilder()
                        .setGivenUp(toProto(letter.givenUp()))
                        .setForwarded(letter.forwarded())));
    snapshot
        .operations()
        .forEach(
            requestId ->
                proto.addOperations(
                    FailureProto.Operation.newBuilder()
                        .setName(requestId.name())
                        .setConcerned(requestId.concerned())));
    snapshot.paused().ifPresent(proto::setPaused);
    return proto.build();
  }

  static FailureSnapshot fromProto(FailureProto.FailureSnapshot proto) {
    return new FailureSnapshot(
        proto.getDeferredList().stream().map(FailureCodec::fromProto).toList(),
        proto.getLettersList().stream()
            .map(
                letter ->
                    new DeadLetterRecord(fromProto(letter.getGivenUp()), letter.getForwarded()))
            .toList(),
        proto.getOperationsList().stream()
            .map(
                requestId ->
                    new FailureSnapshot.Operation(requestId.getName(), requestId.getConcerned()))
            .toList(),
        proto.hasPaused() ? Optional.of(proto.getPaused()) : Optional.empty(),
        proto.getAttemptHighWatermark(),
        proto.getPossiblyAttemptedBelow(),
        proto.getGeneration(),
        proto.getSequenceNumber());
  }

  private static FailureProto.DeferredMessage toProto(FailureSnapshot.DeferredIn deferred) {
    DeferredMessage message = deferred.message();
    return FailureProto.DeferredMessage.newBuilder()
        .setPosition(
            toProto(
                new FailureEvent.Position(
                    deferred.group(), message.offset(), message.sequenceNumber())))
        .setAttempts(message.attempts())
        .setAttemptsBeforeRedrive(message.attemptsBeforeRedrive())
        .setFirstFailureMillis(message.firstFailureMillis())
        .setFirstCountedMillis(message.firstCountedMillis())
        .setLastFailureMillis(message.lastFailureMillis())
        .setCause(toProto(message.cause()))
        .setDueMillis(message.dueMillis())
        .setDueSetMillis(message.dueSetMillis())
        .setTried(message.tried())
        .setBegun(message.begun())
        .setOutcomeUnknown(message.outcomeUnknown())
        .setAlone(message.alone())
        .setRedriven(message.redriven())
        .build();
  }

  private static FailureSnapshot.DeferredIn fromProto(FailureProto.DeferredMessage proto) {
    return new FailureSnapshot.DeferredIn(
        proto.getPosition().getGroup(),
        new DeferredMessage(
            proto.getPosition().getOffset(),
            proto.getPosition().getSequenceNumber(),
            proto.getAttempts(),
            proto.getAttemptsBeforeRedrive(),
            proto.getFirstFailureMillis(),
            proto.getFirstCountedMillis(),
            proto.getLastFailureMillis(),
            fromProto(proto.getCause()),
            proto.getDueMillis(),
            proto.getDueSetMillis(),
            proto.getTried(),
            proto.getBegun(),
            proto.getOutcomeUnknown(),
            proto.getAlone(),
            proto.getRedriven()));
  }
}
