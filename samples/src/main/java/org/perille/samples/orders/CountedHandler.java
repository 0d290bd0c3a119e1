package org.perille.samples.orders;

import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;

/**
 * Counts how often a state machine decides, also in vain: for the table that shows how many
 * duplicates were attempted. A decision must change nothing outside, and this count is nothing that
 * anyone builds on.
 */
record CountedHandler<T, S, E>(EventSourcedHandler<T, S, E> handler, Tally attempts)
    implements EventSourcedHandler<T, S, E> {

  @Override
  public Class<S> stateType() {
    return handler.stateType();
  }

  @Override
  public Class<E> eventType() {
    return handler.eventType();
  }

  @Override
  public S emptyState() {
    return handler.emptyState();
  }

  @Override
  public Effect<E> handle(S state, Delivery<T> delivery) throws Exception {
    attempts.add();
    return handler.handle(state, delivery);
  }

  @Override
  public S apply(S state, E event) {
    return handler.apply(state, event);
  }
}
