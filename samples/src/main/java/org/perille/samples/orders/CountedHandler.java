package org.perille.samples.orders;

import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;

/**
 * Counts the decisions of a state machine, including those without effect.
 *
 * <p>The table shows from it how many duplicates were attempted. A decision must have no side
 * effect, and nothing depends on this count.
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
