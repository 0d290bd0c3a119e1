package org.perille.proof.delivery;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongFunction;
import org.perille.internal.cursor.Generation;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.log.LogEntry;
import org.perille.testkit.history.Operation;

/** Records in the history what happens to the messages of the subscription. */
final class SubscriptionHistory {
  private final Simulation scenario;
  private final String subscription;
  private final Set<Long> skipped = new HashSet<>();
  private long generations;

  SubscriptionHistory(Simulation scenario) {
    this.scenario = scenario;
    this.subscription = scenario.setup().subscription().name();
  }

  /**
   * Records the messages of a key that the worker may have skipped, once it delivers a later one.
   */
  void noteSkipped(String key, long before) {
    for (LogEntry entry : scenario.topic().entries()) {
      if (entry.offset() >= before) {
        return;
      }
      if (entry.message().key().equals(key) && scenario.ledger().mayBeSkipped(entry)) {
        noteSkipped(entry.offset());
      }
    }
  }

  /** Records the messages that a reset has passed over. */
  void notePassedOver(Generation generation) {
    if (generation.number() > generations) {
      generations = generation.number();
      for (long offset = 0;
          offset < Math.min(generation.start(), scenario.topic().end());
          offset++) {
        noteSkipped(offset);
      }
    }
  }

  private void noteSkipped(long offset) {
    if (skipped.add(offset)) {
      scenario.record(at -> new Operation.Skipped(at, subscription, 0, offset));
    }
  }

  /** Records durable failure events. */
  void noteChanges(List<FailureEvent> changes) {
    for (FailureEvent change : changes) {
      if (change instanceof FailureEvent.GivenUp givenUp) {
        long offset = givenUp.position().offset();
        scenario.record(at -> new Operation.DeadLettered(at, subscription, 0, offset));
      } else if (change instanceof FailureEvent.Redriven redriven) {
        noteEach(
            redriven.offsets(),
            offset -> at -> new Operation.Redriven(at, subscription, 0, offset));
      } else if (change instanceof FailureEvent.Discarded discarded) {
        noteEach(
            discarded.offsets(),
            offset -> at -> new Operation.Discarded(at, subscription, 0, offset));
      }
    }
  }

  private void noteEach(
      Collection<Long> offsets, LongFunction<LongFunction<Operation>> operationOf) {
    offsets.forEach(offset -> scenario.record(operationOf.apply(offset)));
  }

  /** Returns the record of an effect that exists. */
  Operation effectFound(long at, long offset, long epoch) {
    return new Operation.EffectFound(
        at,
        at,
        subscription,
        scenario.topic().id().partition(),
        offset,
        scenario.topic().entries().get((int) offset).message().key(),
        scenario.topic().value(offset),
        epoch);
  }

  /** Records the final contents of the partition, and the effects. */
  void readAll() {
    ModelTopic topic = scenario.topic();
    scenario.effects().readEffects();
    scenario.record(at -> new Operation.EffectsRead(at, subscription));
    for (LogEntry entry : topic.entries()) {
      if (scenario.ledger().mayBeSkipped(entry)) {
        noteSkipped(entry.offset());
      }
      scenario.record(
          at ->
              new Operation.MessageRead(
                  at,
                  "reader",
                  topic.id().topic(),
                  0,
                  entry.offset(),
                  entry.message().key(),
                  topic.value(entry.offset()),
                  entry.message().id()));
    }
    scenario.record(at -> new Operation.LogRead(at, "reader", topic.id().topic(), 0, topic.end()));
    scenario.record(Operation.Ended::new);
  }
}
