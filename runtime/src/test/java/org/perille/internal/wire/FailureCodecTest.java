package org.perille.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.perille.DeadLetter;
import org.perille.OnExhausted;
import org.perille.internal.failure.DeadLetterRecord;
import org.perille.internal.failure.DeferredMessage;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailureLogEvent;
import org.perille.internal.failure.FailureSnapshot;
import org.perille.internal.failure.FailureSnapshot.DeferredIn;
import org.perille.internal.failure.FailureSnapshot.Operation;

class FailureCodecTest {
  private static final FailureEvent.Position PLACE = new FailureEvent.Position("unit", 7, 3);
  private static final FailureEvent.Cause CAUSE =
      new FailureEvent.Cause(DeadLetter.Failure.HANDLER, "java.io.IOException", "no route");

  private static List<FailureEvent> changes() {
    List<FailureEvent> changes =
        new ArrayList<>(
            List.of(
                new FailureEvent.Deferred(PLACE, 5, true),
                new FailureEvent.Begun("unit", List.of(7L, 8L)),
                new FailureEvent.Withdrawn("unit"),
                new FailureEvent.Failed(PLACE, CAUSE, 5, 6),
                new FailureEvent.Interrupted(PLACE, true, 5, 6),
                new FailureEvent.Resolved("unit", 7),
                new FailureEvent.Forwarded(7),
                new FailureEvent.Redriven("order", List.of(7L, 9L), 6),
                new FailureEvent.Discarded("order", List.of(7L), "test data"),
                new FailureEvent.Paused(Optional.of("maintenance")),
                new FailureEvent.Paused(Optional.empty()),
                new FailureEvent.AttemptHighWatermark(20),
                new FailureEvent.PossiblyAttemptedBegun(19),
                new FailureEvent.Settled(18),
                new FailureEvent.GenerationBegun(2, 4)));
    for (DeadLetter.Reason reason : DeadLetter.Reason.values()) {
      for (DeadLetter.Failure failure : DeadLetter.Failure.values()) {
        for (OnExhausted consequence : OnExhausted.values()) {
          changes.add(givenUp(reason, failure, consequence));
        }
      }
    }
    return changes;
  }

  private static FailureEvent.GivenUp givenUp(
      DeadLetter.Reason reason, DeadLetter.Failure failure, OnExhausted consequence) {
    return new FailureEvent.GivenUp(
        PLACE, reason, new FailureEvent.Cause(failure, "E", "message"), 10, 11, 12, consequence);
  }

  private static FailureSnapshot snapshot(Optional<String> paused) {
    FailureEvent.GivenUp givenUp =
        givenUp(DeadLetter.Reason.TOO_OLD, DeadLetter.Failure.NACK, OnExhausted.PARK_KEY);
    return new FailureSnapshot(
        List.of(
            new DeferredIn(
                "unit",
                new DeferredMessage(
                    7, 3, 6, 5, 11, 12, 13, CAUSE, 14, 15, true, true, true, true, true)),
            new DeferredIn(
                "other",
                new DeferredMessage(
                    8,
                    3,
                    0,
                    0,
                    0,
                    0,
                    0,
                    FailureEvent.Cause.NONE,
                    0,
                    0,
                    false,
                    false,
                    false,
                    false,
                    false))),
        List.of(new DeadLetterRecord(givenUp, true), new DeadLetterRecord(givenUp, false)),
        List.of(new Operation("monday", 3), new Operation("tuesday", 0)),
        paused,
        20,
        19,
        2,
        44);
  }

  /** Returns examples of everything that is stored of failures. */
  static List<Object> stored() {
    List<Object> stored =
        new ArrayList<>(
            List.of(
                new FailureLogEvent.Activated(12, "node"),
                snapshot(Optional.of("maintenance")),
                snapshot(Optional.empty())));
    changes().forEach(change -> stored.add(new FailureLogEvent.Changed(List.of(change))));
    stored.add(new FailureLogEvent.Changed(changes()));
    return stored;
  }

  @Test
  void no_kind_of_change_was_forgotten() {
    List<Class<?>> tested = changes().stream().<Class<?>>map(Object::getClass).toList();
    assertThat(tested).contains(FailureEvent.class.getPermittedSubclasses());
  }
}
