package org.perille.samples.clicks;

import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;

/**
 * The exact counter.
 *
 * <p>The event and the fact that the click is handled are one write. A crash can't come between the
 * work and the cursor.
 */
final class ClickCounter implements EventSourcedHandler<Click, Clicks, Counted> {
  private final CrashPoint crash;

  ClickCounter(CrashPoint crash) {
    this.crash = crash;
  }

  @Override
  public Class<Clicks> stateType() {
    return Clicks.class;
  }

  @Override
  public Class<Counted> eventType() {
    return Counted.class;
  }

  @Override
  public Clicks emptyState() {
    return Clicks.NONE;
  }

  @Override
  public Effect<Counted> handle(Clicks state, Delivery<Click> delivery) {
    crash.pass(Crash.Place.DECIDING, delivery);
    return Effect.of(new Counted(delivery.payload().country()));
  }

  @Override
  public Clicks apply(Clicks state, Counted event) {
    return state.plus(event);
  }
}
