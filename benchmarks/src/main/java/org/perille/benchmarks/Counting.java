package org.perille.benchmarks;

import java.util.Optional;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.PerilleMessage;
import org.perille.Topic;

/** A state machine as small as one can be: it counts, and may pass the message on. */
final class Counting
    implements EventSourcedHandler<Counting.Hit, Counting.Count, Counting.Counted> {
  /** What is counted; the padding makes it 200 bytes. */
  record Hit(String key, long dueNanos, String padding) implements PerilleMessage {}

  record Counted(int by) implements PerilleMessage {}

  record Count(long hits) implements PerilleMessage {}

  private final Optional<Topic<Hit>> next;

  Counting(Optional<Topic<Hit>> next) {
    this.next = next;
  }

  static Topic<Hit> topic(String name) {
    return Topic.of(name, Hit.class).keyedBy(Hit::key).withPartitions(16);
  }

  @Override
  public Class<Count> stateType() {
    return Count.class;
  }

  @Override
  public Class<Counted> eventType() {
    return Counted.class;
  }

  @Override
  public Count emptyState() {
    return new Count(0);
  }

  @Override
  public Effect<Counted> handle(Count state, Delivery<Hit> delivery) {
    Effect<Counted> counted = Effect.of(new Counted(1));
    return next.map(topic -> counted.publish(topic, delivery.message())).orElse(counted);
  }

  @Override
  public Count apply(Count state, Counted event) {
    return new Count(state.hits() + event.by());
  }
}
