package org.perille.benchmarks.contender;

import java.util.Optional;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.PerilleMessage;
import org.perille.Topic;

/**
 * A minimal state machine.
 *
 * @param next the topic to which it forwards what it has counted
 */
public record Counting(Optional<Topic<Parcel>> next)
    implements EventSourcedHandler<Parcel, Counting.Count, Counting.Counted> {
  /** The event that parcels arrived. */
  public record Counted(int by) implements PerilleMessage {}

  /** The number of parcels so far. */
  public record Count(long parcels) implements PerilleMessage {}

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
  public Effect<Counted> handle(Count state, Delivery<Parcel> delivery) {
    Effect<Counted> counted = Effect.of(new Counted(1));
    return next.map(topic -> counted.publish(topic, delivery.payload())).orElse(counted);
  }

  @Override
  public Count apply(Count state, Counted event) {
    return new Count(state.parcels() + event.by());
  }
}
