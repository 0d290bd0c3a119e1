package org.perille.sharding.internal.bootstrap;

import com.typesafe.config.Config;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.Definition;
import org.perille.EventSourcedSubscription;
import org.perille.EventSourcedSubscriptionHandle;
import org.perille.Health;
import org.perille.Perille;
import org.perille.PerilleException;
import org.perille.Publisher;
import org.perille.Subscription;
import org.perille.SubscriptionHandle;
import org.perille.Topic;
import org.perille.TopicHandle;
import org.perille.sharding.internal.admin.NodeOperations;
import org.perille.sharding.internal.admin.SubscriptionOperations;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Perille in an actor system of its own.
 *
 * <p>If the cluster downs this node, its actor system ends, and another one starts with the same
 * definitions. The publishers and handles of the application use the node that runs.
 *
 * <p><b>Threading</b>: safe for use by any number of threads. A start runs on the thread of its
 * caller, a restart on a thread of its own, which also keeps the JVM running meanwhile.
 */
public final class RestartingPerille implements Perille {
  private static final Logger LOG = LoggerFactory.getLogger(RestartingPerille.class);

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
  private final Lifecycle.WhenDowned whenDowned;
  private final JvmExit jvmExit;
  private final CompletableFuture<Done> stopped = new CompletableFuture<>();

  /** Held while definitions are registered, so that a restart has all of them or comes first. */
  private final Object registering = new Object();

  // Guarded by this.
  private Phase phase = Phase.CREATED;
  private Definitions definitions;
  private Optional<OwnSystem> starting = Optional.empty();
  private Optional<ActorSystem<?>> last = Optional.empty();
  private final Map<String, RestartingPublisher<?>> publishers = new HashMap<>();
  private String state = "it isn't started yet: call start()";

  /** The node that runs; read without the lock, because each publish reads it. */
  private volatile Optional<PerilleNode> node = Optional.empty();

  private RestartingPerille(Config config, ActorSystemSetup setup, Definitions definitions) {
    this.config = config;
    this.setup = setup;
    this.definitions = definitions;
    Config completed = NodeConfig.complete(config);
    this.whenDowned = NodeConfig.whenDowned(completed);
    this.jvmExit = new JvmExit(NodeConfig.stopsOnJvmExit(completed), this);
  }

  /** Creates a node that isn't started. See {@link Perille#create}. */
  public static Perille create(Config config, Definition... definitions) {
    return create(config, ActorSystemSetup.empty(), definitions);
  }

  /**
   * Creates a node like {@link #create(Config, Definition...)}, with further parts in the setup of
   * its actor systems.
   */
  public static Perille create(Config config, ActorSystemSetup setup, Definition... definitions) {
    OwnSystem.check(config);
    return new RestartingPerille(config, setup, Definitions.NONE.added(definitions));
  }

  @Override
  public Perille start() {
    synchronized (this) {
      if (phase == Phase.RUNNING || phase == Phase.DOWNED) {
        return this;
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
      return this;
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
    }
    jvmExit.forget();
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
    PerilleNode begun = start.start(all.all());
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
    system.getWhenTerminated().thenRun(() -> hasEnded(system));
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
      case STOPPED -> {
        ended("its actor system has terminated");
        jvmExit.forget();
      }
      case EXIT -> {
        ended("its cluster went on without it, and the JVM exits");
        jvmExit.forget();
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
  }

  @Override
  public CompletionStage<Done> stop() {
    return stop(CoordinatedShutdown.actorSystemTerminateReason());
  }

  /** Stops this node because the JVM exits. */
  CompletionStage<Done> stopWithJvm() {
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
    jvmExit.forget();
    return stopped.copy();
  }

  @Override
  public void close() {
    stop().toCompletableFuture().join();
  }

  private PerilleNode running() {
    return node.orElseThrow(this::notRunning);
  }

  private synchronized NotRunningException notRunning() {
    return new NotRunningException(
        phase == Phase.STOPPING || phase == Phase.STOPPED,
        "Perille doesn't run on this node: " + state);
  }

  private NodeOperations operations() {
    return running().operations();
  }

  @Override
  public Perille register(Definition... more) {
    synchronized (registering) {
      Definitions added;
      synchronized (this) {
        added = definitions.added(more);
        if (phase == Phase.CREATED) {
          definitions = definitions.with(added);
          return this;
        }
      }
      running().register(more);
      synchronized (this) {
        definitions = definitions.with(added);
      }
      return this;
    }
  }

  @Override
  public <T> Publisher<T> publisher(Topic<T> topic) {
    synchronized (this) {
      definitions.require(topic);
      return publisherOf(topic);
    }
  }

  @SuppressWarnings("unchecked") // stored under its topic, whose class the caller has checked
  private <T> Publisher<T> publisherOf(Topic<T> topic) {
    return (Publisher<T>)
        publishers.computeIfAbsent(
            topic.name(), name -> new RestartingPublisher<>(topic, this::running));
  }

  @Override
  public <T> TopicHandle<T> topic(Topic<T> topic) {
    return NodeOperations.topic(this::operations, topic);
  }

  @Override
  public <T> SubscriptionHandle<T> subscription(Subscription<T> subscription) {
    return SubscriptionOperations.of(this::operations, subscription);
  }

  @Override
  public <T, S> EventSourcedSubscriptionHandle<T, S> subscription(
      EventSourcedSubscription<T, S> subscription) {
    return SubscriptionOperations.of(this::operations, subscription);
  }

  @Override
  public CompletionStage<Done> removeSubscription(String topic, String name) {
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(name, "name");
    return node.map(running -> running.removeSubscription(topic, name))
        .orElseGet(() -> CompletableFuture.failedStage(notRunning()));
  }

  @Override
  public Health health() {
    return node.map(PerilleNode::health).orElseGet(this::healthWithoutNode);
  }

  private synchronized Health healthWithoutNode() {
    return new Health(
        phase == Phase.CREATED || phase == Phase.STARTING, false, "this node: " + state, List.of());
  }

  @Override
  public synchronized ActorSystem<?> system() {
    return last.orElseThrow(this::notRunning);
  }
}
