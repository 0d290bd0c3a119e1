package org.perille.proof.workload;

import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.PerilleMessage;

/** Counts a key's messages, stores the last one, and replies with both. */
final class Tallying implements EventSourcedHandler<Item, Tallying.Tally, Tallying.Tallied> {

  /** The number of a key's messages, and the last one. */
  record Tally(long count, String last) implements PerilleMessage {}

  /** The event that a message was counted. */
  record Tallied(String value) implements PerilleMessage {}

  /** The reply to a message: its value, and its number within its key. */
  record Answer(String value, long number) implements PerilleMessage {}

  private final FeatureScript script;

  Tallying(FeatureScript script) {
    this.script = script;
  }

  @Override
  public Class<Tally> stateType() {
    return Tally.class;
  }

  @Override
  public Class<Tallied> eventType() {
    return Tallied.class;
  }

  @Override
  public Tally emptyState() {
    return new Tally(0, "");
  }

  @Override
  public Effect<Tallied> handle(Tally state, Delivery<Item> delivery) throws Exception {
    script.handle(delivery);
    String value = delivery.payload().value();
    return Effect.of(new Tallied(value)).reply(new Answer(value, state.count() + 1));
  }

  @Override
  public Tally apply(Tally state, Tallied event) {
    return new Tally(state.count() + 1, event.value());
  }
}
