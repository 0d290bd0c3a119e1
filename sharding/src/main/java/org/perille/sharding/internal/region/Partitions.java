package org.perille.sharding.internal.region;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.delivery.ConsumerController.SequencedMessage;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.cluster.sharding.ShardCoordinator;
import org.apache.pekko.cluster.sharding.ShardCoordinator.ShardAllocationStrategy;
import org.apache.pekko.cluster.sharding.typed.ClusterShardingSettings;
import org.apache.pekko.cluster.sharding.typed.ShardingEnvelope;
import org.apache.pekko.cluster.sharding.typed.ShardingMessageExtractor;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityTypeKey;
import org.perille.Topic;
import org.perille.internal.NodeProblems;
import org.perille.internal.feed.PartitionJournal;
import org.perille.internal.hook.Listeners;
import org.perille.internal.hook.NodeHooks;
import org.perille.internal.log.PartitionId;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.partition.Partition;
import org.perille.internal.partition.PartitionRequest;
import org.perille.internal.partition.SubscribedWorkers;
import org.perille.internal.settings.PartitionSettings;
import org.perille.internal.transaction.TransactionLogs;
import org.perille.internal.transaction.TransactionPartition;
import org.perille.internal.transaction.TransactionRelay;
import org.perille.internal.transaction.TransactionReports;
import org.perille.sharding.internal.admin.PartitionClient;

/** All partitions of all topics, one shard each, distributed over the nodes that own partitions. */
public final class Partitions implements PartitionClient {
  /**
   * Reliable delivery wraps batches, but requests aren't wrapped. So the entity accepts any
   * message.
   */
  private static final EntityTypeKey<Object> TYPE =
      EntityTypeKey.create(Object.class, "perille-partition");

  private static final class OneShardEach
      extends ShardingMessageExtractor<ShardingEnvelope<Object>, Object> {
    @Override
    public String entityId(ShardingEnvelope<Object> envelope) {
      return envelope.entityId();
    }

    @Override
    public String shardId(String entityId) {
      return entityId;
    }

    @Override
    public Object unwrapMessage(ShardingEnvelope<Object> envelope) {
      return envelope.message();
    }
  }

  private static final Duration ASK_AGAIN_AFTER = Duration.ofSeconds(1);

  private static final Duration WAKE_INTERVAL = Duration.ofSeconds(5);

  private final ActorSystem<?> system;
  private final PartitionSettings settings;
  private final PartitionJournal journal;
  private final Clock clock;
  private final Listeners listeners;
  private final TransactionRelay.Target transactions;
  private final TransactionReports transactionReports;
  private final ActorRef<ShardingEnvelope<Object>> region;
  private final Set<PartitionId> required = ConcurrentHashMap.newKeySet();
  private final Optional<String> role;
  private final UsedPartitions used;
  private volatile SubscribedWorkers workers = SubscribedWorkers.NONE;
  private volatile boolean leaving;

  /**
   * Starts this node's share of the partitions.
   *
   * @param role the role of the nodes that own partitions; empty means all
   * @param journals the journals that have been used
   * @param transactions publishes the messages of transactions
   */
  public Partitions(
      ActorSystem<?> system,
      Optional<String> role,
      PartitionSettings settings,
      PartitionJournal journal,
      UsedJournals journals,
      Clock clock,
      TransactionRelay.Target transactions) {
    this.system = system;
    this.settings = settings;
    this.journal = journal;
    this.clock = clock;
    this.listeners = NodeHooks.of(system).listeners();
    this.transactions = transactions;
    this.transactionReports = new TransactionReports(NodeProblems.of(system), listeners);
    this.role = role;
    this.used = new UsedPartitions(journals::among);
    // A partition must not passivate, because it feeds workers whose messages don't pass the
    // region.
    ClusterShardingSettings sharding =
        ClusterShardingSettings.create(system).withNoPassivationStrategy();
    this.region =
        ClusterSharding.get(system)
            .init(
                Entity.of(
                        TYPE,
                        entity ->
                            PartitionEntity.create(
                                owner(PartitionId.ofEntityId(entity.getEntityId()))))
                    .withMessageExtractor(new OneShardEach())
                    .withSettings(role.map(sharding::withRole).orElse(sharding))
                    .withAllocationStrategy(allocation()));
  }

  private Behavior<Partition.Command> owner(PartitionId id) {
    if (TransactionLogs.contain(id)) {
      return TransactionPartition.create(
          id, settings, journal, clock, transactions, transactionReports);
    }
    used.add(id);
    return Partition.create(id, settings, journal, clock, listeners, workers);
  }

  /** Returns the partitions that are known to have been used. */
  UsedPartitions used() {
    return used;
  }

  /** Sets the workers that the partitions feed. */
  void feed(SubscribedWorkers subscribed) {
    workers = subscribed;
  }

  /**
   * Keeps the logs of transactions awake, on whichever node they are: what was committed goes on
   * without a message from a publisher, and after any failure.
   */
  public void keepTransactionLogsAwake() {
    List<PartitionId> logs = TransactionLogs.all();
    required.addAll(logs);
    system
        .scheduler()
        .scheduleWithFixedDelay(
            WAKE_INTERVAL,
            WAKE_INTERVAL,
            () -> logs.forEach(log -> wake(log.entityId())),
            system.executionContext());
  }

  /**
   * Returns the allocation strategy: it balances the nodes, half of the difference at a time. A
   * move takes about a second.
   */
  static ShardAllocationStrategy allocation() {
    return ShardCoordinator.ShardAllocationStrategy$.MODULE$.leastShardAllocationStrategy(20, 0.5);
  }

  /** Adds a topic. Those of its partitions that have ever been used must be on some node. */
  public void require(Topic<?> topic) {
    List<PartitionId> added =
        IntStream.range(0, topic.partitions())
            .mapToObj(partition -> new PartitionId(topic.name(), partition))
            .toList();
    required.addAll(added);
    CompletionStage<?> unused = used.find(added.stream());
  }

  /** Returns the shards of the partitions. */
  public Shards shards() {
    return new Shards(
        TYPE.name(),
        role,
        () ->
            required.stream()
                .filter(id -> used.contains(id) || TransactionLogs.contain(id))
                .map(PartitionId::entityId)
                .collect(Collectors.toUnmodifiableSet()),
        this::wake,
        this::seen);
  }

  /**
   * Learns which partitions other nodes have used. If the owner of one of them has failed, and
   * nothing is sent to it any more, it is started again for the messages that it has.
   */
  private void seen(Set<String> partitions) {
    partitions.forEach(partition -> used.add(PartitionId.ofEntityId(partition)));
  }

  private void wake(String partition) {
    ask(PartitionId.ofEntityId(partition), new PartitionRequest.Describe(system.ignoreRef()));
  }

  /** Sends a request to a partition, wherever it is. The request may be lost. */
  void ask(PartitionId id, PartitionRequest request) {
    if (!leaving) {
      region.tell(new ShardingEnvelope<>(id.entityId(), request));
    }
  }

  /**
   * Stops requests, because this node is about to hand over its partitions.
   *
   * <p>Further requests would wait in the region for the new owners, and delay the region's end.
   */
  public void leave() {
    leaving = true;
  }

  /** Hands over this node's partitions while the node remains a member of its cluster. */
  public CompletionStage<Boolean> handOver(Duration timeout) {
    return Regions.handOver(system, TYPE.name(), timeout);
  }

  @Override
  public <A> CompletionStage<A> askUntilAnswered(
      PartitionId id, Function<ActorRef<A>, PartitionRequest> request, Duration timeout) {
    if (leaving) {
      return CompletableFuture.failedFuture(
          new IllegalStateException(
              "this node is stopping and sends no more requests: use another node"));
    }
    Duration once = timeout.compareTo(ASK_AGAIN_AFTER) < 0 ? timeout : ASK_AGAIN_AFTER;
    // A scheduler that is shut down forgets the time-outs of open questions. This one outlives it.
    CompletableFuture<A> answer =
        new CompletableFuture<A>()
            .orTimeout(once.plus(ASK_AGAIN_AFTER).toMillis(), TimeUnit.MILLISECONDS);
    CompletionStage<A> unused =
        AskPattern.<ShardingEnvelope<Object>, A>ask(
                region,
                replyTo -> new ShardingEnvelope<>(id.entityId(), request.apply(replyTo)),
                once,
                system.scheduler())
            .whenComplete(
                (value, failure) -> {
                  if (failure == null) {
                    answer.complete(value);
                  } else {
                    answer.completeExceptionally(failure);
                  }
                });
    Duration left = timeout.minus(once);
    return left.isZero()
        ? answer
        : answer.exceptionallyCompose(lost -> askUntilAnswered(id, request, left));
  }

  /** Returns the region to which reliable delivery sends batches. */
  @SuppressWarnings("unchecked") // the region accepts any message
  public ActorRef<ShardingEnvelope<SequencedMessage<PublishBatch>>> batches() {
    return (ActorRef<ShardingEnvelope<SequencedMessage<PublishBatch>>>) (ActorRef<?>) region;
  }
}
