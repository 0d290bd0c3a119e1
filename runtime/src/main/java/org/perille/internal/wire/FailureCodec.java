package org.perille.internal.wire;

import java.util.Optional;
import org.perille.DeadLetter;
import org.perille.OnExhausted;
import org.perille.internal.failure.Change;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailureSnapshot;
import org.perille.internal.failure.Held;
import org.perille.internal.failure.Letter;
import org.perille.internal.schema.FailureProto;

/** The stored form of a worker's failures. */
final class FailureCodec {
  private FailureCodec() {}

  static FailureProto.FailuresActivated toProto(FailureEvent.Activated event) {
    return FailureProto.FailuresActivated.newBuilder()
        .setTimestampMillis(event.timestampMillis())
        .setNode(event.node())
        .build();
  }

  static FailureEvent.Activated fromProto(FailureProto.FailuresActivated proto) {
    return new FailureEvent.Activated(proto.getTimestampMillis(), proto.getNode());
  }

  static FailureProto.FailuresChanged toProto(FailureEvent.Changed event) {
    FailureProto.FailuresChanged.Builder proto = FailureProto.FailuresChanged.newBuilder();
    event.changes().forEach(change -> proto.addChanges(toProto(change)));
    return proto.build();
  }

  static FailureEvent.Changed fromProto(FailureProto.FailuresChanged proto) {
    return new FailureEvent.Changed(
        proto.getChangesList().stream().map(FailureCodec::fromProto).toList());
  }

  private static FailureProto.Change toProto(Change change) {
    FailureProto.Change.Builder proto = FailureProto.Change.newBuilder();
    if (change instanceof Change.PutAside c) {
      proto.setPutAside(
          FailureProto.PutAside.newBuilder()
              .setPlace(toProto(c.place()))
              .setDueMillis(c.dueMillis())
              .setTried(c.tried()));
    } else if (change instanceof Change.Begun c) {
      proto.setBegun(FailureProto.Begun.newBuilder().setUnit(c.unit()).addAllOffsets(c.offsets()));
    } else if (change instanceof Change.Withdrawn c) {
      proto.setWithdrawn(FailureProto.Withdrawn.newBuilder().setUnit(c.unit()));
    } else if (change instanceof Change.Failed c) {
      proto.setFailed(
          FailureProto.Failed.newBuilder()
              .setPlace(toProto(c.place()))
              .setCause(toProto(c.cause()))
              .setAtMillis(c.atMillis())
              .setDueMillis(c.dueMillis()));
    } else if (change instanceof Change.Interrupted c) {
      proto.setInterrupted(
          FailureProto.Interrupted.newBuilder()
              .setPlace(toProto(c.place()))
              .setCounted(c.counted())
              .setAtMillis(c.atMillis())
              .setDueMillis(c.dueMillis()));
    } else if (change instanceof Change.Resolved c) {
      proto.setResolved(FailureProto.Resolved.newBuilder().setUnit(c.unit()).setOffset(c.offset()));
    } else if (change instanceof Change.GivenUp c) {
      proto.setGivenUp(toProto(c));
    } else {
      addOrder(proto, change);
    }
    return proto.build();
  }

  private static void addOrder(FailureProto.Change.Builder proto, Change change) {
    if (change instanceof Change.Forwarded c) {
      proto.setForwarded(FailureProto.Forwarded.newBuilder().setOffset(c.offset()));
    } else if (change instanceof Change.Redriven c) {
      proto.setRedriven(
          FailureProto.Redriven.newBuilder()
              .setOrder(c.order())
              .addAllOffsets(c.offsets())
              .setDueMillis(c.dueMillis()));
    } else if (change instanceof Change.Discarded c) {
      proto.setDiscarded(
          FailureProto.Discarded.newBuilder()
              .setOrder(c.order())
              .addAllOffsets(c.offsets())
              .setReason(c.reason()));
    } else if (change instanceof Change.Paused c) {
      FailureProto.Paused.Builder paused = FailureProto.Paused.newBuilder();
      c.reason().ifPresent(paused::setReason);
      proto.setPaused(paused);
    } else if (change instanceof Change.Reserved c) {
      proto.setReserved(FailureProto.Reserved.newBuilder().setBelow(c.below()));
    } else if (change instanceof Change.SuspectsBegun c) {
      proto.setSuspectsBegun(FailureProto.SuspectsBegun.newBuilder().setBelow(c.below()));
    } else if (change instanceof Change.Settled c) {
      proto.setSettled(FailureProto.Settled.newBuilder().setBelow(c.below()));
    } else if (change instanceof Change.GenerationBegun c) {
      proto.setGenerationBegun(
          FailureProto.GenerationBegun.newBuilder().setNumber(c.number()).setStart(c.start()));
    }
  }

  private static Change fromProto(FailureProto.Change proto) {
    return switch (proto.getChangeCase()) {
      case PUT_ASIDE ->
          new Change.PutAside(
              fromProto(proto.getPutAside().getPlace()),
              proto.getPutAside().getDueMillis(),
              proto.getPutAside().getTried());
      case BEGUN -> new Change.Begun(proto.getBegun().getUnit(), proto.getBegun().getOffsetsList());
      case WITHDRAWN -> new Change.Withdrawn(proto.getWithdrawn().getUnit());
      case FAILED ->
          new Change.Failed(
              fromProto(proto.getFailed().getPlace()),
              fromProto(proto.getFailed().getCause()),
              proto.getFailed().getAtMillis(),
              proto.getFailed().getDueMillis());
      case INTERRUPTED ->
          new Change.Interrupted(
              fromProto(proto.getInterrupted().getPlace()),
              proto.getInterrupted().getCounted(),
              proto.getInterrupted().getAtMillis(),
              proto.getInterrupted().getDueMillis());
      case RESOLVED ->
          new Change.Resolved(proto.getResolved().getUnit(), proto.getResolved().getOffset());
      case GIVEN_UP -> fromProto(proto.getGivenUp());
      case FORWARDED -> new Change.Forwarded(proto.getForwarded().getOffset());
      case REDRIVEN ->
          new Change.Redriven(
              proto.getRedriven().getOrder(),
              proto.getRedriven().getOffsetsList(),
              proto.getRedriven().getDueMillis());
      case DISCARDED ->
          new Change.Discarded(
              proto.getDiscarded().getOrder(),
              proto.getDiscarded().getOffsetsList(),
              proto.getDiscarded().getReason());
      case PAUSED ->
          new Change.Paused(
              proto.getPaused().hasReason()
                  ? Optional.of(proto.getPaused().getReason())
                  : Optional.empty());
      case RESERVED -> new Change.Reserved(proto.getReserved().getBelow());
      case SUSPECTS_BEGUN -> new Change.SuspectsBegun(proto.getSuspectsBegun().getBelow());
      case SETTLED -> new Change.Settled(proto.getSettled().getBelow());
      case GENERATION_BEGUN ->
          new Change.GenerationBegun(
              proto.getGenerationBegun().getNumber(), proto.getGenerationBegun().getStart());
      case CHANGE_NOT_SET ->
          throw new IllegalArgumentException(
              "a newer version of Perille has stored a change that this one doesn't know: update this node");
    };
  }

  private static FailureProto.Place toProto(Change.Place place) {
    return FailureProto.Place.newBuilder()
        .setUnit(place.unit())
        .setOffset(place.offset())
        .setSequenceNumber(place.sequenceNumber())
        .build();
  }

  private static Change.Place fromProto(FailureProto.Place proto) {
    return new Change.Place(proto.getUnit(), proto.getOffset(), proto.getSequenceNumber());
  }

  private static FailureProto.Cause toProto(Change.Cause cause) {
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

  private static Change.Cause fromProto(FailureProto.Cause proto) {
    return new Change.Cause(
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

  private static FailureProto.GivenUp toProto(Change.GivenUp givenUp) {
    return FailureProto.GivenUp.newBuilder()
        .setPlace(toProto(givenUp.place()))
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
              case SKIP -> FailureProto.Consequence.SKIP;
              case PARK_KEY -> FailureProto.Consequence.PARK_KEY;
              case STOP_PARTITION -> FailureProto.Consequence.STOP_PARTITION;
            })
        .build();
  }

  private static Change.GivenUp fromProto(FailureProto.GivenUp proto) {
    return new Change.GivenUp(
        fromProto(proto.getPlace()),
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
          case SKIP -> OnExhausted.SKIP;
          case STOP_PARTITION -> OnExhausted.STOP_PARTITION;
          case PARK_KEY, UNRECOGNIZED -> OnExhausted.PARK_KEY;
        });
  }

  static FailureProto.FailureSnapshot toProto(FailureSnapshot snapshot) {
    FailureProto.FailureSnapshot.Builder proto =
        FailureProto.FailureSnapshot.newBuilder()
            .setReservedBelow(snapshot.reservedBelow())
            .setSuspectsBelow(snapshot.suspectsBelow())
            .setGeneration(snapshot.generation())
            .setSequenceNumber(snapshot.sequenceNumber());
    snapshot.held().forEach(held -> proto.addHeld(toProto(held)));
    snapshot
        .letters()
        .forEach(
            letter ->
                proto.addLetters(
                    FailureProto.Letter.newBuilder()
                        .setGivenUp(toProto(letter.givenUp()))
                        .setForwarded(letter.forwarded())));
    snapshot
        .orders()
        .forEach(
            order ->
                proto.addOrders(
                    FailureProto.Order.newBuilder()
                        .setName(order.name())
                        .setConcerned(order.concerned())));
    snapshot.paused().ifPresent(proto::setPaused);
    return proto.build();
  }

  static FailureSnapshot fromProto(FailureProto.FailureSnapshot proto) {
    return new FailureSnapshot(
        proto.getHeldList().stream().map(FailureCodec::fromProto).toList(),
        proto.getLettersList().stream()
            .map(letter -> new Letter(fromProto(letter.getGivenUp()), letter.getForwarded()))
            .toList(),
        proto.getOrdersList().stream()
            .map(order -> new FailureSnapshot.Order(order.getName(), order.getConcerned()))
            .toList(),
        proto.hasPaused() ? Optional.of(proto.getPaused()) : Optional.empty(),
        proto.getReservedBelow(),
        proto.getSuspectsBelow(),
        proto.getGeneration(),
        proto.getSequenceNumber());
  }

  private static FailureProto.Held toProto(FailureSnapshot.HeldIn held) {
    Held message = held.message();
    return FailureProto.Held.newBuilder()
        .setPlace(
            toProto(new Change.Place(held.unit(), message.offset(), message.sequenceNumber())))
        .setAttempts(message.attempts())
        .setForgiven(message.forgiven())
        .setFirstFailureMillis(message.firstFailureMillis())
        .setFirstCountedMillis(message.firstCountedMillis())
        .setLastFailureMillis(message.lastFailureMillis())
        .setCause(toProto(message.cause()))
        .setDueMillis(message.dueMillis())
        .setTried(message.tried())
        .setBegun(message.begun())
        .setUnclear(message.unclear())
        .setAlone(message.alone())
        .setRedriven(message.redriven())
        .build();
  }

  private static FailureSnapshot.HeldIn fromProto(FailureProto.Held proto) {
    return new FailureSnapshot.HeldIn(
        proto.getPlace().getUnit(),
        new Held(
            proto.getPlace().getOffset(),
            proto.getPlace().getSequenceNumber(),
            proto.getAttempts(),
            proto.getForgiven(),
            proto.getFirstFailureMillis(),
            proto.getFirstCountedMillis(),
            proto.getLastFailureMillis(),
            fromProto(proto.getCause()),
            proto.getDueMillis(),
            proto.getTried(),
            proto.getBegun(),
            proto.getUnclear(),
            proto.getAlone(),
            proto.getRedriven()));
  }
}
