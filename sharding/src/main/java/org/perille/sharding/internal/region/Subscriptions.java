package org.perille.sharding.internal.region;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.apache.pekko.Done;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.cluster.typed.Cluster;
import org.perille.Guarantee;
import org.perille.Limits;
import org.perille.PerilleListener.LimitsProgress;
import org.perille.Subscription;
import org.perille.internal.effect.ChainPublisher;
import org.perille.internal.feed.PartitionJournal;
import org.perille.internal.handler.HandlerThreads;
import org.perille.internal.hook.Hooks;
import org.perille.internal.hook.InterceptedHandlers;
import org.perille.internal.hook.NodeHooks;
import org.perille.internal.limit.Limiter;
import org.perille.internal.limit.NodeLimiter;
import org.perille.internal.log.PartitionId;
import org.perille.internal.partition.WorkerCommand;
import org.perille.internal.payload.PayloadCodec;
import org.perille.internal.settings.WorkerSettings;
import org.perille.internal.worker.Worker;
import org.perille.internal.worker.WorkerAssignment;
import org.perille.sharding.internal.NodeEnvironment;

/**
 * Places workers.
 *
 * <p>A durable subscription has one worker for each partition in the whole cluster. An ephemeral
 * one has one for each partition on every node.
 */
public final class Subscriptions {
  private static final Duration LIMITS_REPORTED_EVERY = Duration.ofSeconds(5);

  private final ActorSystem<?> system;
  private final Partitions partitions;
  private final WorkerSettings settings;
  private final ChainPublisher.ChainPublishers chainPublishers;
  private final PartitionJournal journal;
  private final LimitCoordinators coordinators;
  private final NodeEnvironment environment;
  private final HandlerThreads threads = new HandlerThreads();
  private final Hooks hooks;
  private final WorkerRegion workers;
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
    this.workers = new WorkerRegion(system, partitions.used());
    partitions.feed(workers);
    system.getWhenTerminated().thenRun(threads::close);
  }

  /** Starts the workers of subscriptions on this node, of those whose role it has. */
  public void start(Collection<Subscription<?>> subscriptions) {
    Cluster cluster = Cluster.get(system);
    Map<PlacedSubscription, IntFunction<Behavior<WorkerCommand>>> placed = new LinkedHashMap<>();
    for (Subscription<?> subscription : subscriptions) {
      if (subscription.role().map(cluster.selfMember()::hasRole).orElse(true)) {
        IntFunction<Behavior<WorkerCommand>> worker = workers(subscription, cluster);
        if (subscription.guarantee() == Guarantee.EPHEMERAL) {
          startOnThisNode(subscription, worker);
        } else {
          placed.put(PlacedSubscription.of(subscription), worker);
        }
      }
    }
    workers.add(placed);
  }

  /** Returns the function that creates the worker of a partition. */
  private <T> IntFunction<Behavior<WorkerCommand>> workers(
      Subscription<T> subscription, Cluster cluster) {
    Executor handlers = threads.of(subscription.name());
    Limiter limiter = limiter(subscription);
    String name =
        subscription.guarantee() == Guarantee.EPHEMERAL
            ? subscription.name()
                + "@"
                + Long.toUnsignedString(cluster.selfMember().uniqueAddress().longUid())
            : subscription.storedName();
    return partition -> worker(name, subscription, partition, handlers, limiter);
  }

  /** Returns the shards of the workers. */
  public Shards shards() {
    return workers.shards();
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
    if (!hooks.listeners().areNone()) {
      reportPeriodically(subscription, limiter);
    }
    return limiter;
  }

  /** Reports the limits of a subscription to the listeners, until the actor system ends. */
  private void reportPeriodically(Subscription<?> subscription, NodeLimiter limiter) {
    String topic = subscription.topic().name();
    Cancellable unused =
        system
            .scheduler()
            .scheduleWithFixedDelay(
                LIMITS_REPORTED_EVERY,
                LIMITS_REPORTED_EVERY,
                () -> {
                  LimitsProgress event = limiter.progress(topic, subscription.name());
                  hooks.listeners().report(() -> listener -> listener.limitsProgress(event));
                },
                system.executionContext());
  }

  private void after(Duration delay, Runnable task) {
    try {
      system.scheduler().scheduleOnce(delay, task, system.executionContext());
    } catch (IllegalStateException e) {
      // The actor system has terminated, and so have all waiting workers.
      system.log().debug("A limiter's timer could not be started", e);
    }
  }

  private void startOnThisNode(
      Subscription<?> subscription, IntFunction<Behavior<WorkerCommand>> worker) {
    for (int partition = 0; partition < subscription.topic().partitions(); partition++) {
      ActorRef<WorkerCommand> started =
          system.systemActorOf(
              worker.apply(partition),
              "perille-"
                  + subscription.topic().name()
                  + "~"
                  + subscription.name()
                  + "~"
                  + partition,
              Props.empty());
      synchronized (this) {
        ephemeral.add(started);
      }
    }
  }

  private <T> Behavior<WorkerCommand> worker(
      String name,
      Subscription<T> subscription,
      int partition,
      Executor handlers,
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

  /** Prepares the end, because this node is about to hand over its workers. */
  public CompletionStage<Done> leave() {
    workers.leave();
    coordinators.leave();
    return CompletableFuture.completedFuture(Done.getInstance());
  }

  /**
   * Hands over this node's workers while the node remains a member of its cluster, after {@link
   * #leave}.
   */
  public synchronized CompletionStage<Done> handOver(Duration timeout) {
    Stream<CompletionStage<Boolean>> durable = Stream.of(workers.handOver(timeout));
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
              threads.close();
              return Done.getInstance();
            });
  }
}
