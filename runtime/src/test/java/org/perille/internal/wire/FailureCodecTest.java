package org.perille.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializer;
import org.apache.pekko.serialization.Serializers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.perille.DeadLetter;
import org.perille.OnExhausted;
import org.perille.internal.failure.Change;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailureSnapshot;
import org.perille.internal.failure.FailureSnapshot.HeldIn;
import org.perille.internal.failure.FailureSnapshot.Order;
import org.perille.internal.failure.Held;
import org.perille.internal.failure.Letter;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FailureCodecTest {
  private static final Change.Place PLACE = new Change.Place("unit", 7, 3);
  private static final Change.Cause CAUSE =
      new Change.Cause(DeadLetter.Failure.HANDLER, "java.io.IOException", "no route");

  private final ActorTestKit kit = ActorTestKit.create();
  private final Serialization serialization = SerializationExtension.get(kit.system());

  @AfterAll
  void stop() {
    kit.shutdownTestKit();
  }

  private static List<Change> changes() {
    List<Change> changes =
        new ArrayList<>(
            List.of(
                new Change.PutAside(PLACE, 5, true),
                new Change.Begun("unit", List.of(7L, 8L)),
                new Change.Withdrawn("unit"),
                new Change.Failed(PLACE, CAUSE, 5, 6),
                new Change.Interrupted(PLACE, true, 5, 6),
                new Change.Resolved("unit", 7),
                new Change.Forwarded(7),
                new Change.Redriven("order", List.of(7L, 9L), 6),
                new Change.Discarded("order", List.of(7L), "test data"),
                new Change.Paused(Optional.of("maintenance")),
                new Change.Paused(Optional.empty()),
                new Change.Reserved(20),
                new Change.SuspectsBegun(19),
                new Change.Settled(18),
                new Change.GenerationBegun(2, 4)));
    for (DeadLetter.Reason reason : DeadLetter.Reason.values()) {
      for (DeadLetter.Failure failure : DeadLetter.Failure.values()) {
        for (OnExhausted consequence : OnExhausted.values()) {
          changes.add(givenUp(reason, failure, consequence));
        }
      }
    }
    return changes;
  }

  private static Change.GivenUp givenUp(
      DeadLetter.Reason reason, DeadLetter.Failure failure, OnExhausted consequence) {
    return new Change.GivenUp(
        PLACE, reason, new Change.Cause(failure, "E", "message"), 10, 11, 12, consequence);
  }

  private static FailureSnapshot snapshot(Optional<String> paused) {
    Change.GivenUp givenUp =
        givenUp(DeadLetter.Reason.TOO_OLD, DeadLetter.Failure.NACK, OnExhausted.PARK_KEY);
    return new FailureSnapshot(
        List.of(
            new HeldIn(
                "unit", new Held(7, 3, 6, 5, 11, 12, 13, CAUSE, 14, true, true, true, true, true)),
            new HeldIn(
                "other",
                new Held(
                    8, 3, 0, 0, 0, 0, 0, Change.Cause.NONE, 0, false, false, false, false, false))),
        List.of(new Letter(givenUp, true), new Letter(givenUp, false)),
        List.of(new Order("monday", 3), new Order("tuesday", 0)),
        paused,
        20,
        19,
        2,
        44);
  }

  private void assertComesBack(Object stored) {
    Serializer serializer = serialization.findSerializerFor(stored);
    assertThat(serializer).isInstanceOf(PerilleSerializer.class);
    assertThat(
            serialization
                .deserialize(
                    serializer.toBinary(stored),
                    serializer.identifier(),
                    Serializers.manifestFor(serializer, stored))
                .get())
        .isEqualTo(stored);
  }

  @Test
  void whatever_is_stored_of_failures_comes_back_as_it_was() {
    assertComesBack(new FailureEvent.Activated(12, "node"));
    assertComesBack(new FailureEvent.Changed(changes()));
    changes().forEach(change -> assertComesBack(new FailureEvent.Changed(List.of(change))));
    assertComesBack(snapshot(Optional.of("maintenance")));
    assertComesBack(snapshot(Optional.empty()));
  }

  @Test
  void no_kind_of_change_was_forgotten() {
    List<Class<?>> tested = changes().stream().<Class<?>>map(Object::getClass).toList();
    assertThat(tested).contains(Change.class.getPermittedSubclasses());
  }
}
