package org.perille.sharding.internal.bootstrap;

import com.typesafe.config.Config;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.perille.NodeOptions;
import org.perille.internal.settings.PerilleSettings;
import org.perille.spi.StorageProfile;

/**
 * The start of an actor system of Perille's own, and its end.
 *
 * <p><b>Threading</b>: one thread starts it; any other may cancel that.
 */
final class OwnSystem {
  private static final String NAME = "perille";

  private final Config config;
  private final ActorSystemSetup setup;

  // Guarded by this.
  private Optional<Thread> joining = Optional.empty();
  private boolean cancelled;

  /**
   * Creates a start.
   *
   * @param setup further parts of the actor system's setup
   */
  OwnSystem(Config config, ActorSystemSetup setup) {
    this.config = config;
    this.setup = setup;
  }

  /**
   * Checks a configuration as far as that is possible without the database.
   *
   * @return the configuration with the defaults of nodes
   * @throws org.perille.ConfigurationException if a setting is wrong
   */
  static Config check(Config config) {
    return check(config, Optional.empty());
  }

  /** Checks a configuration like {@link #check(Config)}, with the options of these definitions. */
  static void checkOptions(Config config, Definitions added) {
    if (added.options().isPresent()) {
      Config unused = check(config, added.options());
    }
  }

  private static Config check(Config config, Optional<NodeOptions> options) {
    Config completed = NodeConfig.complete(config);
    StorageProfile storage = NodeConfig.storage(completed);
    Config own = withOptions(completed, storage, options);
    DiscoveryMethod.of(own, storage.isShared());
    check(storage.pluginSettings(own).withFallback(own), storage);
    return own;
  }

  private static Config withOptions(
      Config completed, StorageProfile storage, Optional<NodeOptions> options) {
    return options
        .flatMap(NodeOptions::dataSource)
        .map(pool -> storage.withDataSource(completed, pool))
        .orElse(completed);
  }

  private static void check(Config completed, StorageProfile storage) {
    PerilleSettings.of(completed, storage, "");
    NodeConfig.check(completed);
    DatabaseLease.check(completed, storage);
  }

  /**
   * Starts an actor system whose node is a member of its cluster and runs these definitions.
   * Blocks. Leaves no thread behind if it fails.
   *
   * @throws IllegalStateException if it was cancelled
   */
  PerilleNode start(Definitions definitions) {
    Config defaults = NodeConfig.complete(config);
    StorageProfile storage = NodeConfig.storage(defaults);
    Config own = withOptions(defaults, storage, definitions.options());
    DiscoveryMethod discovery = DiscoveryMethod.of(own, storage.isShared());
    Config shared = NodeConfig.withSharedStorage(config, own, storage);
    Config completed = storage.pluginSettings(shared).withFallback(shared);
    check(completed, storage);
    storage.prepare(completed);
    StartedSystem started = new StartedSystem();
    try {
      ActorSystem<Void> system =
          ActorSystem.create(
              Behaviors.empty(), NAME, started.in(setup).and(BootstrapSetup.create(completed)));
      PerilleNode node = PerilleNode.get(system);
      cancellable(() -> Joining.join(system, node.guard(), discovery));
      node.register(definitions.all());
      TwoNodes.warnLater(system, completed);
      NodeReports.report(system);
      return node;
    } catch (Throwable e) {
      started.end(e);
      throw e;
    }
  }

  /**
   * Runs the part of the start that may take long because of others.
   *
   * <p>Only this part is interrupted. An interrupt elsewhere would leave a half-created actor
   * system, or close the file of a database.
   */
  private void cancellable(Runnable part) {
    synchronized (this) {
      requireWanted();
      joining = Optional.of(Thread.currentThread());
    }
    try {
      part.run();
    } finally {
      synchronized (this) {
        joining = Optional.empty();
        if (cancelled) {
          // The thread is the caller's.
          boolean ignored = Thread.interrupted();
        }
      }
    }
    synchronized (this) {
      requireWanted();
    }
  }

  private void requireWanted() {
    if (cancelled) {
      throw new IllegalStateException("Perille was stopped while it started");
    }
  }

  /** Makes the start fail soon. */
  synchronized void cancel() {
    cancelled = true;
    joining.ifPresent(Thread::interrupt);
  }

  /**
   * Returns a stage that is complete when an actor system has ended.
   *
   * <p>That is when it has terminated, or when it hasn't within the time-outs of its coordinated
   * shutdown: an actor whose last call hangs never lets it terminate.
   */
  static CompletionStage<Done> ended(ActorSystem<?> system) {
    CompletableFuture<Done> ended = new CompletableFuture<>();
    system.getWhenTerminated().thenAccept(ended::complete);
    CoordinatedShutdown shutdown = CoordinatedShutdown.get(system);
    shutdown.addTask(
        CoordinatedShutdown.PhaseActorSystemTerminate(),
        "perille-ended",
        () -> {
          // It runs already, so this only returns its end.
          shutdown
              .runAll(CoordinatedShutdown.actorSystemTerminateReason())
              .whenComplete((done, failure) -> ended.complete(Done.getInstance()));
          return CompletableFuture.completedStage(Done.getInstance());
        });
    return ended;
  }
}
