package org.perille.sharding.internal;

import java.time.Clock;
import java.util.Objects;
import org.apache.pekko.actor.setup.Setup;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.Subscription;
import org.perille.Subscription.Processing;
import org.perille.internal.subscribe.WorkerTime;

/**
 * What a node takes from where it runs: the time, and the way to an application's handlers. The
 * application's tests have both in hand; everywhere else they are as they are.
 *
 * <p>It is part of an actor system's setup, and of no configuration: it can't be chosen by mistake.
 */
public final class Surroundings extends Setup {
  /** Stands between a worker and its handler. */
  @FunctionalInterface
  public interface Interception {
    /** How the handler of a subscription is called; of the kind that it is. */
    <T> Processing<T> around(Subscription<T> subscription);
  }

  private final WorkerTime time;
  private final Interception interception;

  public Surroundings(WorkerTime time, Interception interception) {
    this.time = Objects.requireNonNull(time, "time");
    this.interception = Objects.requireNonNull(interception, "interception");
  }

  /** Those of an actor system. */
  static Surroundings of(ActorSystem<?> system) {
    return system
        .settings()
        .setup()
        .get(Surroundings.class)
        .orElseGet(
            () -> new Surroundings(WorkerTime.of(Clock.systemUTC()), Subscription::processing));
  }

  WorkerTime time() {
    return time;
  }

  <T> Processing<T> processing(Subscription<T> subscription) {
    return interception.around(subscription);
  }
}
