package org.perille.sharding.internal.bootstrap;

import com.typesafe.config.Config;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.Definition;
import org.perille.Health;
import org.perille.Perille;
import org.perille.PerilleException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one node after another in this process, each in an actor system of its own.
 *
 * <p>If the cluster downs a node, its actor system ends, and another one starts with the same
 * definitions.
 *
 * <p><b>Threading</b>: safe for use by any number of threads. A start runs on the thread of its
 * caller, a restart on a thread of its own, which also keeps the JVM running meanwhile.
 */
final class NodeSupervisor {
  private static final Logger LOG = LoggerFactory.getLogger(NodeSupervisor.class);

  private static final int EXIT_CODE = 1;

  private enum Phase {
    CREATED,
    STARTING,
    RUNNING,
    DOWNED,
    STOPPING,
    STOPPED
  }

  private final Config config;
  private final ActorSystemSetup setup;
  private final Perille perille;
  private final Lifecycle.WhenDowned whenDowned;
  private final JvmExit jvmExit;
  private final CompletableFuture<Done> stopped = new CompletableFuture<>();

  /** Held while definitions are registered, so that a restart has all of them or comes first. */
  private final Object registering = new Object();

  // Guarded by this.
  private Phase phase = Phase.CREATED;
  private String state = "it isn't started yet: call start()";
  private Definitions definitions = Definitions.NONE;
  private Optional<OwnSystem> starting = Optional.empty();
  private Optional<ActorSystem<?>> last = Optional.empty();

  /** The node that runs; read without the lock, because each publish reads it. */
  private volatile Optional<PerilleNode> node = Optional.empty();

  /**
   * Creates a supervisor that has started no node.
   *
   * @param setup further parts of the setup of the actor systems
   * @param perille the object that the application uses
   * @throws org.perille.ConfigurationException if a setting is wrong, as far as that is known
   *     without the database
   */
  NodeSupervisor(Config config, ActorSystemSetup setup, Perille perille) {
    this.config = config;
    this.setup = setup;
    this.perille = perille;
    Config completed = OwnSystem.check(config);
    this.whenDowned = NodeConfig.whenDowned(completed);
    this.jvmExit = new JvmExit(NodeConfig.stopsOnJvmExit(completed), this::stopWithJvm);
  }

  /** Starts the first node. See {@link Perille#start()}. */
  void start() {
    synchronized (this) {
      if (phase == Phase.RUNNING || phase == Phase.DOWNED) {
        return;
      }
      if (phase != Phase.CREATED) {
        throw new IllegalStateException("Perille can't be started: " + state);
      }
      phase = Phase.STARTING;
      state = "it is starting";
    }
    try {
      jvmExit.watch();
      begin();
    } catch (Throwable e) {
      afterFailedStart();
      throw e;
    }
  }

  private synchronized void afterFailedStart() {
    if (phase == Phase.STOPPING) {
      ended("it was stopped while it started");
    } else {
      phase = Phase.CREATED;
      state = "its start has failed: call start() again";
      jvmExit.forget();
    }
  }

  /** Starts an actor system. Blocks. A stop meanwhile makes it fail. */
  private void begin() {
    OwnSystem start = new OwnSystem(config, setup);
    Definitions all;
    synchronized (registering) {
      synchronized (this) {
        requireWanted();
        starting = Optional.of(start);
        all = definitions;
      }
    }
    PerilleNode begun = start.start(all);
    if (!takeOver(begun)) {
      CoordinatedShutdown.get(begun.system())
          .runAll(CoordinatedShutdown.actorSystemTerminateReason())
          .toCompletableFuture()
          .join();
      requireWanted();
    }
  }

  private synchronized void requireWanted() {
    if (phase == Phase.STOPPING) {
      throw new IllegalStateException("Perille was stopped while it started");
    }
  }

  private synchronized boolean takeOver(PerilleNode begun) {
    if (phase == Phase.STOPPING) {
      return false;
    }
    phase = Phase.RUNNING;
    state = "it runs";
    last = Optional.of(begun.system());
    begun.belongsTo(perille);
    node = Optional.of(begun);
    ActorSystem<?> system = begun.system();
    CoordinatedShutdown.get(system)
        .addTask(
            CoordinatedShutdown.PhaseBeforeServiceUnbind(),
            "perille-downed",
            () -> {
              endsNow(system);
              return CompletableFuture.completedStage(Done.getInstance());
            });
    endsNow(system);
    OwnSystem.ended(system).thenRun(() -> hasEnded(system));
    return true;
  }

  /** Publishes no more through a node that was downed, as soon as it begins to end. */
  private synchronized void endsNow(ActorSystem<?> system) {
    if (phase == Phase.RUNNING && Lifecycle.isDowned(reason(system))) {
      downed();
    }
  }

  private void downed() {
    phase = Phase.DOWNED;
    node = Optional.empty();
    state =
        "its cluster went on without it at %s, and %s"
            .formatted(
                Instant.now(),
                whenDowned == Lifecycle.WhenDowned.EXIT ? "the JVM exits" : "it starts again");
    LOG.warn("This node was downed: {}", state);
  }

  private synchronized void hasEnded(ActorSystem<?> system) {
    if (phase == Phase.STOPPING) {
      ended("it was stopped");
    }
    if (phase == Phase.STOPPED) {
      return;
    }
    switch (Lifecycle.after(reason(system), whenDowned)) {
      case STOPPED -> ended("its actor system has terminated");
      case EXIT -> {
        ended("its cluster went on without it, and the JVM exits");
        jvmExit.exit(EXIT_CODE);
      }
      case RESTART -> {
        if (phase == Phase.RUNNING) {
          downed();
        }
        new Thread(this::restart, "perille-restart").start();
      }
    }
  }

  private static Optional<CoordinatedShutdown.Reason> reason(ActorSystem<?> system) {
    return CoordinatedShutdown.get(system).getShutdownReason();
  }

  /** Starts actor systems until one runs, or Perille is stopped. */
  private void restart() {
    for (int attempt = 1; true; attempt++) {
      try {
        begin();
        LOG.info("This node was downed, and runs again at {}", system().address());
        return;
      } catch (Throwable e) {
        if (!waitAfter(attempt, e)) {
          return;
        }
      }
    }
  }

  /** Returns whether there is another attempt. */
  private synchronized boolean waitAfter(int attempt, Throwable failure) {
    Duration delay = Lifecycle.delayAfter(attempt);
    if (phase != Phase.STOPPING) {
      state =
          "its cluster went on without it, and it can't start again (attempt %d; the next one follows in %s): %s"
              .formatted(attempt, delay, failure.getMessage());
      LOG.warn(
          "This node was downed: {}", state, failure instanceof PerilleException ? null : failure);
    }
    long start = System.nanoTime();
    long left = delay.toNanos();
    while (phase != Phase.STOPPING && left > 0) {
      try {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      } catch (InterruptedException e) {
        LOG.debug("Only a stop interrupts this thread", e);
      }
      left = delay.toNanos() - (System.nanoTime() - start);
    }
    if (phase == Phase.STOPPING) {
      ended("it was stopped");
      return false;
    }
    return true;
  }

  private synchronized void ended(String reason) {
    phase = Phase.STOPPED;
    node = Optional.empty();
    state = reason;
    stopped.complete(Done.getInstance());
    // Not before: a JVM that exits while the node stops waits for it.
    jvmExit.forget();
  }

  /** Stops the node, or the start of one. No other one starts. */
  CompletionStage<Done> stop() {
    return stop(CoordinatedShutdown.actorSystemTerminateReason());
  }

  private CompletionStage<Done> stopWithJvm() {
    return stop(CoordinatedShutdown.jvmExitReason());
  }

  private CompletionStage<Done> stop(CoordinatedShutdown.Reason reason) {
    Optional<PerilleNode> running;
    synchronized (this) {
      running = node;
      if (phase == Phase.CREATED) {
        ended("it was stopped");
      } else if (phase != Phase.STOPPED && phase != Phase.STOPPING) {
        phase = Phase.STOPPING;
        state = "it is stopping";
        starting.ifPresent(OwnSystem::cancel);
        notifyAll();
      } else {
        return stopped.copy();
      }
    }
    running.ifPresent(
        stopping ->
            CoordinatedShutdown.get(stopping.system())
                .runAll(reason)
                .whenComplete((done, failure) -> ended("it was stopped")));
    return stopped.copy();
  }

  /** Returns the node that runs, if there is one. */
  Optional<PerilleNode> node() {
    return node;
  }

  /**
   * Returns the node that runs.
   *
   * @throws NotRunningException if there is none
   */
  PerilleNode running() {
    return node.orElseThrow(this::notRunning);
  }

  /** Returns the exception that says why no node runs. */
  synchronized NotRunningException notRunning() {
    return new NotRunningException(
        phase == Phase.STOPPING || phase == Phase.STOPPED,
        "Perille doesn't run on this node: " + state);
  }

  /** Returns the definitions of the nodes. */
  synchronized Definitions definitions() {
    return definitions;
  }

  /** Adds definitions to the node that runs, if one was started, and to those that follow. */
  void register(Definition... more) {
    synchronized (registering) {
      Definitions added;
      synchronized (this) {
        added = definitions.added(more);
        if (phase == Phase.CREATED) {
          OwnSystem.checkOptions(config, added);
          definitions = definitions.with(added);
          return;
        }
      }
      running().register(more);
      synchronized (this) {
        definitions = definitions.with(added);
      }
    }
  }

  /** Returns the health while no node runs. */
  synchronized Health healthWithoutNode() {
    return new Health(
        phase == Phase.CREATED || phase == Phase.STARTING, false, "this node: " + state, List.of());
  }

  /**
   * Returns the actor system of the node that runs, or ran last.
   *
   * @throws NotRunningException if none was started
   */
  synchronized ActorSystem<?> system() {
    return last.orElseThrow(this::notRunning);
  }
}
