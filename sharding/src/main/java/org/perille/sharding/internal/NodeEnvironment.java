package org.perille.sharding.internal;

import java.time.Clock;
import java.util.Objects;
import org.apache.pekko.actor.setup.Setup;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.Subscription;
import org.perille.internal.handler.WorkerTime;
import org.perille.spi.Processing;

/**
 * The environment of a node: the time, and the calls of an application's handlers.
 *
 * <p>An application's tests control both.
 *
 * <p>It is part of an actor system's setup, not of the configuration, so it can't be changed by
 * mistake.
 */
public final class NodeEnvironment extends Setup {
  /** An interceptor between a worker and its handler. */
  @FunctionalInterface
  public interface Interception {
    /**
     * Returns the processing that calls the handler of a subscription; of the same kind as its own.
     */
    <T> Processing<T> around(Subscription<T> subscription);
  }

  private final WorkerTime time;
  private final Interception interception;

  public NodeEnvironment(WorkerTime time, Interception interception) {
    this.time = Objects.requireNonNull(time, "time");
    this.interception = Objects.requireNonNull(interception, "interception");
  }

  /** Returns the environment of an actor system. */
  public static NodeEnvironment of(ActorSystem<?> system) {
    return system
        .settings()
        .setup()
        .get(NodeEnvironment.class)
        .orElseGet(() -> new NodeEnvironment(WorkerTime.of(Clock.systemUTC()), Processing::of));
  }

  public WorkerTime time() {
    return time;
  }

  public <T> Processing<T> processing(Subscription<T> subscription) {
    return interception.around(subscription);
  }
}
