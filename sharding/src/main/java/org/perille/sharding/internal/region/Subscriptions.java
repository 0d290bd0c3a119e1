package org.perille.sharding.internal.region;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.cluster.sharding.typed.ShardedDaemonProcessSettings;
import org.apache.pekko.cluster.sharding.typed.javadsl.ShardedDaemonProcess;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.pattern.Patterns;
import org.perille.Guarantee;
import org.perille.Limits;
import org.perille.Subscription;
import org.perille.internal.effect.ChainPublisher;
import org.perille.internal.feed.PartitionJournal;
import org.perille.internal.handler.HandlerThreads;
import org.perille.internal.hook.Hooks;
import org.perille.internal.hook.InterceptedHandlers;
import org.perille.internal.limit.Limiter;
import org.perille.internal.limit.NodeLimiter;
import org.perille.internal.log.PartitionId;
import org.perille.internal.partition.WorkerCommand;
import org.perille.internal.payload.PayloadCodec;
import org.perille.internal.settings.WorkerSettings;
import org.perille.internal.worker.Worker;
import org.perille.internal.worker.WorkerAssignment;
import org.perille.sharding.internal.NodeEnvironment;
import org.perille.sharding.internal.NodeHooks;

/**
 * Places workers.
 *
 * <p>A durable subscription has one worker for each partition in the whole cluster. An ephemeral
 * one has one for each partition on every node.
 */
public final class Subscriptions {
  /** The interval after which a worker whose node has died is restarted elsewhere. */
  private static final Duration KEEP_ALIVE_INTERVAL = Duration.ofSeconds(2);

  /** The time in which an actor stops, unless the node is overloaded. */
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(2);

  private final ActorSystem<?> system;
  private final Partitions partitions;
  private final WorkerSettings settings;
  private final ChainPublisher.ChainPublishers chainPublishers;
  private final PartitionJournal journal;
  private final LimitCoordinators coordinators;
  private final NodeEnvironment environment;
  private final List<HandlerThreads> threads = new ArrayList<>();
  private final Hooks hooks;
  private final List<String> daemons = new ArrayList<>();
  private final List<ActorRef<WorkerCommand>> ephemeral = new ArrayList<>();

  public Subscriptions(
      ActorSystem<?> system,
      Partitions partitions,
      WorkerSettings settings,
      ChainPublisher.ChainPublishers chainPublishers,
      PartitionJournal journal,
      LimitCoordinators coordinators,
      NodeEnvironment environment) {
    this.system = system;
    this.partitions = partitions;
    this.settings = settings;
    this.chainPublishers = chainPublishers;
    this.journal = journal;
    this.coordinators = coordinators;
    this.environment = environment;
    this.hooks = NodeHooks.of(system);
    system.getWhenTerminated().thenRun(this::closeThreads);
  }

  /**
   * Starts the workers of a subscription on this node.
   *
   * @return the shards of the workers
   */
  public <T> Optional<Shards> start(Subscription<T> subscription) {
    Optional<String> role = subscription.role();
    Cluster cluster = Cluster.get(system);
    if (role.isPresent() && !cluster.selfMember().hasRole(role.get())) {
      return Optional.empty();
    }
    HandlerThreads handlers = new HandlerThreads(subscription.name());
    synchronized (this) {
      threads.add(handlers);
    }
    Limiter limiter = limiter(subscription);
    if (subscription.guarantee() == Guarantee.EPHEMERAL) {
      startOnThisNode(subscription, handlers, limiter, cluster);
      return Optional.empty();
    }
    return Optional.of(startInCluster(subscription, handlers, limiter, role));
  }

  /**
   * Returns the limiter of a subscription. Nodes share limits even if each of them runs all
   * partitions.
   */
  private Limiter limiter(Subscription<?> subscription) {
    if (subscription.limits().equals(Limits.none()) && subscription.circuitBreaker().isEmpty()) {
      return Limiter.OPEN;
    }
    NodeLimiter limiter =
        new NodeLimiter(
            subscription.toString(),
            subscription.limits(),
            subscription.circuitBreaker(),
            environment.time().nanoClock(),
            this::after,
            system.executionContext());
    if (subscription.limits().isShared()) {
      coordinators.keepAsking(subscription, limiter);
    }
    return limiter;
  }

  private void after(Duration delay, Runnable task) {
    try {
      system.scheduler().scheduleOnce(delay, task, system.executionContext());
    } catch (IllegalStateException e) {
      // The actor system has terminated, and so have all waiting workers.
      system.log().debug("A limiter's timer could not be started", e);
    }
  }

  private <T> Shards startInCluster(
      Subscription<T> subscription,
      HandlerThreads handlers,
      Limiter limiter,
      Optional<String> role) {
    ShardedDaemonProcessSettings daemon =
        ShardedDaemonProcessSettings.create(system).withKeepAliveInterval(KEEP_ALIVE_INTERVAL);
    String name = "perille-" + subscription.topic().name() + "~" + subscription.storedName();
    synchronized (this) {
      daemons.add(name);
    }
    ShardedDaemonProcess.get(system)
        .init(
            WorkerCommand.class,
            name,
            subscription.topic().partitions(),
            partition ->
                worker(subscription.storedName(), subscription, partition, handlers, limiter),
            role.map(daemon::withRole).orElse(daemon),
            Optional.of(Worker.Stop.INSTANCE),
            Optional.of(Partitions.allocation()));
    Set<String> all =
        IntStream.range(0, subscription.topic().partitions())
            .mapToObj(Integer::toString)
            .collect(Collectors.toUnmodifiableSet());
    return Shards.of(typeOfDaemon(name), role, () -> all);
  }

  /** Returns the type of the shards of a sharded daemon process. */
  private static String typeOfDaemon(String name) {
    return "sharded-daemon-process-" + name;
  }

  private <T> void startOnThisNode(
      Subscription<T> subscription, HandlerThreads handlers, Limiter limiter, Cluster cluster) {
    String share =
        subscription.name()
            + "@"
            + Long.toUnsignedString(cluster.selfMember().uniqueAddress().longUid());
    for (int partition = 0; partition < subscription.topic().partitions(); partition++) {
      ActorRef<WorkerCommand> worker =
          system.systemActorOf(
              worker(share, subscription, partition, handlers, limiter),
              "perille-"
                  + subscription.topic().name()
                  + "~"
                  + subscription.name()
                  + "~"
                  + partition,
              Props.empty());
      synchronized (this) {
        ephemeral.add(worker);
      }
    }
  }

  private <T> Behavior<WorkerCommand> worker(
      String name,
      Subscription<T> subscription,
      int partition,
      HandlerThreads handlers,
      Limiter limiter) {
    PartitionId id = new PartitionId(subscription.topic().name(), partition);
    return Worker.create(
        new WorkerAssignment<>(
            name,
            subscription,
            id,
            settings,
            PayloadCodec.of(system, subscription.topic()),
            handlers,
            request -> partitions.ask(id, request),
            chainPublishers,
            journal,
            limiter,
            InterceptedHandlers.around(
                subscription.name(), environment.processing(subscription), hooks),
            environment.time(),
            hooks.listeners()));
  }

  /**
   * Stops the keep-alives, because this node is about to hand over its workers.
   *
   * <p>Keep-alives for stopped workers would wait in their region for another node, and delay the
   * region's end until a time-out.
   */
  public synchronized CompletionStage<Done> leave() {
    coordinators.leave();
    return CompletableFuture.allOf(
            daemons.stream()
                .map(name -> stopKeepAlive(name).toCompletableFuture())
                .toArray(CompletableFuture[]::new))
        .thenApply(all -> Done.getInstance());
  }

  /**
   * Stops the keep-alives by their actor's name. Pekko offers no other way to stop them before the
   * regions.
   */
  private CompletionStage<Boolean> stopKeepAlive(String daemon) {
    return Adapter.toClassic(system)
        .actorSelection("/system/ShardedDaemonProcessKeepAlive-" + daemon)
        .resolveOne(STOP_TIMEOUT)
        .thenCompose(keepAlive -> Patterns.gracefulStop(keepAlive, STOP_TIMEOUT))
        .exceptionally(
            failed -> {
              // A dying node has stopped them already. Otherwise Pekko warns of the consequence.
              system.log().debug("The keep-alives of {} could not be stopped", daemon, failed);
              return false;
            });
  }

  /**
   * Hands over this node's workers while the node remains a member of its cluster, after {@link
   * #leave}.
   */
  public synchronized CompletionStage<Done> handOver(Duration timeout) {
    Stream<CompletionStage<Boolean>> durable =
        daemons.stream().map(name -> Regions.handOver(system, typeOfDaemon(name), timeout));
    Stream<CompletionStage<Boolean>> own =
        ephemeral.stream()
            .map(
                worker ->
                    Regions.stop(
                        system,
                        Adapter.toClassic(worker),
                        Worker.Stop.INSTANCE,
                        timeout,
                        "worker " + worker.path().name()));
    Stream<CompletionStage<Boolean>> limits = Stream.of(coordinators.handOver(timeout));
    return CompletableFuture.allOf(
            Stream.of(durable, own, limits)
                .flatMap(stages -> stages)
                .map(CompletionStage::toCompletableFuture)
                .toArray(CompletableFuture[]::new))
        .thenApply(
            all -> {
              closeThreads();
              return Done.getInstance();
            });
  }

  private synchronized void closeThreads() {
    threads.forEach(HandlerThreads::close);
  }
}
