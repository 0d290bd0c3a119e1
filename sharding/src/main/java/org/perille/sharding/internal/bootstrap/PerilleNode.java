package org.perille.sharding.internal.bootstrap;

import com.typesafe.config.Config;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.StreamSupport;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Extension;
import org.apache.pekko.actor.typed.ExtensionId;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.cluster.ClusterEvent;
import org.apache.pekko.cluster.typed.Cluster;
import org.perille.Definition;
import org.perille.EventSourcedSubscription;
import org.perille.EventSourcedSubscriptionHandle;
import org.perille.Health;
import org.perille.Perille;
import org.perille.PublishRefusedException;
import org.perille.Publisher;
import org.perille.Subscription;
import org.perille.SubscriptionHandle;
import org.perille.Topic;
import org.perille.TopicHandle;
import org.perille.Transaction;
import org.perille.internal.NodeProblems;
import org.perille.internal.feed.PartitionJournal;
import org.perille.internal.feed.QueryPartitionJournal;
import org.perille.internal.outbox.OutboxEncoder;
import org.perille.internal.outbox.OutboxTarget;
import org.perille.internal.settings.PerilleSettings;
import org.perille.sharding.internal.NodeEnvironment;
import org.perille.sharding.internal.admin.KeyQueries;
import org.perille.sharding.internal.admin.NodeOperations;
import org.perille.sharding.internal.admin.SubscriptionAdmin;
import org.perille.sharding.internal.admin.SubscriptionOperations;
import org.perille.sharding.internal.outbox.Outboxes;
import org.perille.sharding.internal.publisher.Publishers;
import org.perille.sharding.internal.region.LimitCoordinators;
import org.perille.sharding.internal.region.Partitions;
import org.perille.sharding.internal.region.ShardSupervision;
import org.perille.sharding.internal.region.Subscriptions;
import org.perille.sharding.internal.region.UsedJournals;
import org.perille.sharding.internal.transaction.NewTransaction;
import org.perille.sharding.internal.transaction.Transactions;
import org.perille.spi.Processing;
import org.perille.spi.StorageProfile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Perille in one actor system: validates, starts and connects its parts. */
public final class PerilleNode implements Perille, Extension {
  private static final Logger LOG = LoggerFactory.getLogger(PerilleNode.class);

  /** The identity of the one Perille of an actor system. */
  private static final class Id extends ExtensionId<PerilleNode> {
    private static final Id INSTANCE = new Id();

    @Override
    public PerilleNode createExtension(ActorSystem<?> system) {
      return new PerilleNode(system);
    }
  }

  private final ActorSystem<?> system;
  private final Config config;
  private final StorageProfile storage;
  private final PerilleSettings settings;
  private final Clock clock;
  private final ClusterGuard guard;
  private final Partitions partitions;
  private final Subscriptions subscriptions;
  private final ShardSupervision shards;
  private final NodeOperations operations;
  private final NodeHealth health;
  private final Registry registry;
  private final Map<String, OutboxTarget> chainPublishers = new ConcurrentHashMap<>();
  private final Publishers publishers;
  private final Transactions transactions;
  private final Outboxes outboxes;
  private final ActorRef<ClusterEvent.ClusterDomainEvent> memberEvents;
  private volatile Definitions definitions = Definitions.NONE;
  private volatile Perille owner = this;

  /** True if the log has the line with what this node is. */
  private boolean described;

  /** The stop of a node that leaves its actor system alone. */
  private Optional<CompletionStage<Done>> stopped = Optional.empty();

  /** Returns the node of an actor system. See {@link Perille#get}. */
  public static PerilleNode get(ActorSystem<?> system) {
    try {
      return system.registerExtension(Id.INSTANCE);
    } catch (RuntimeException e) {
      // The actor system wraps the exception of the first call for concurrent callers.
      if (e.getCause() instanceof org.perille.PerilleException cause) {
        throw cause;
      }
      throw e;
    }
  }

  private PerilleNode(ActorSystem<?> system) {
    this.system = system;
    this.config = system.settings().config();
    NodeConfig.check(config);
    this.storage = NodeConfig.storage(config);
    NodeConfig.requireSettings(config, storage.pluginSettings(config));
    DatabaseLease.check(config, storage);
    String node = Cluster.get(system).selfMember().address().toString();
    this.settings = PerilleSettings.of(config, storage, node);
    storage.prepare(config);
    this.guard =
        new ClusterGuard(system, storage.nodes(config), NodeConfig.heartbeatInterval(config));
    guardCluster();
    this.memberEvents =
        system.systemActorOf(
            MemberEvents.create(guard::downed), OneDatabase.NODE_ACTOR, Props.empty());
    system.systemActorOf(
        JournalStart.create(
            settings.partition().journalPluginId(), settings.partition().snapshotPluginId()),
        "perille-journal-start",
        Props.empty());
    NodeEnvironment environment = NodeEnvironment.of(system);
    this.clock = environment.time().clock();
    String role = config.getString("perille.cluster.partition-role");
    PartitionJournal journal = new QueryPartitionJournal(system, storage.readJournalPluginId());
    UsedJournals journals = new UsedJournals(system, storage);
    Optional<String> partitionRole = role.isEmpty() ? Optional.empty() : Optional.of(role);
    this.partitions =
        new Partitions(
            system,
            partitionRole,
            settings.partition(),
            journal,
            journals,
            clock,
            (message, producer) -> publisherOfTransactions().relay(message, producer));
    this.publishers = new Publishers(system, settings, partitions.batches(), journal, clock);
    LimitCoordinators limits = new LimitCoordinators(system);
    this.subscriptions =
        new Subscriptions(
            system,
            partitions,
            settings.worker(),
            this::chainPublisher,
            journal,
            limits,
            environment);
    this.shards = new ShardSupervision(system, NodeConfig.coordinatorTimeout(config));
    shards.watch(partitions.shards());
    partitions.keepTransactionLogsAwake();
    shards.watch(limits.shards());
    shards.watch(subscriptions.shards());
    this.health =
        new NodeHealth(
            system,
            new DatabaseCheck(
                    () -> storage.ping(config),
                    new ClockCheck(clock, NodeProblems.of(system), DatabaseCheck.VALID),
                    System::nanoTime)
                .start());
    this.registry = new Registry(system, config, storage, partitions, journals);
    this.operations =
        new NodeOperations(
            new SubscriptionAdmin(system, partitions, journal, settings.worker().decompressor()),
            new KeyQueries(system, partitions, settings.worker(), storage.readJournalPluginId()),
            registry::storedName);
    OutboxEncoder encoder = publishers.encoder(topic -> definitions.require(topic));
    this.transactions =
        new Transactions(system, settings.publisher(), encoder, publishers, partitions);
    this.outboxes =
        new Outboxes(
            system,
            settings.publisher().maxMessageBytes(),
            encoder,
            () -> definitions.topics().keySet(),
            this::chainPublisher);
    CoordinatedShutdown.get(system)
        .addTask(CoordinatedShutdown.PhaseServiceUnbind(), "perille-stop-relays", outboxes::stop);
    CoordinatedShutdown.get(system)
        .addTask(
            CoordinatedShutdown.PhaseServiceRequestsDone(),
            "perille-close-publishers",
            this::closePublishers);
    CoordinatedShutdown.get(system)
        .addTask(
            CoordinatedShutdown.PhaseServiceRequestsDone(),
            "perille-leave-subscriptions",
            subscriptions::leave);
  }

  private void guardCluster() {
    org.apache.pekko.cluster.Cluster.get(Adapter.toClassic(system))
        .registerOnMemberUp(guard::admitMember);
    CoordinatedShutdown.get(system)
        .addTask(
            CoordinatedShutdown.PhaseBeforeActorSystemTerminate(),
            "perille-leave-database",
            guard::close);
    // An actor system that is terminated directly also stops using the database.
    system.getWhenTerminated().thenRun(guard::close);
  }

  @Override
  public synchronized Perille register(Definition... definitions) {
    if (stopped.isPresent()) {
      throw new IllegalStateException(
          "Perille was stopped in this actor system: register topics and subscriptions in a new one");
    }
    Definitions added = this.definitions.added(definitions).withoutOptions();
    Serializers.require(system, added);
    added.topics().values().forEach(settings.compression()::require);
    if (this.definitions.topics().isEmpty() && hasOthers()) {
      registry.requireSameApplication(added.topics().keySet());
    }
    if (!added.topics().isEmpty()) {
      storage.registerTopics(config, added.partitions());
    }
    for (Subscription<?> subscription : added.subscriptions().values()) {
      if (Processing.of(subscription) instanceof Processing.Transactional<?> transactional) {
        transactional.handler().prepare(config);
      }
    }
    Definitions all = this.definitions.with(added);
    outboxes.prepare(added.outboxes().values(), added.topics().values(), all.topics().values());
    List<Subscription<?>> starting = registry.register(added.subscriptions().values());
    this.definitions = all;
    added.topics().values().forEach(partitions::require);
    if (!all.outboxes().isEmpty()) {
      // An outbox accepts messages even when this node has stopped, and can create none any more.
      all.topics().keySet().forEach(this::chainPublisher);
    }
    // Before the handlers, which may publish through them.
    added.outboxes().values().forEach(outboxes::start);
    subscriptions.start(starting);
    if (!described) {
      described = true;
      LOG.info(NodeDescription.of(system, config, storage, this.definitions).line());
    }
    return this;
  }

  private boolean hasOthers() {
    return StreamSupport.stream(Cluster.get(system).state().getMembers().spliterator(), false)
            .count()
        > 1;
  }

  @Override
  public synchronized <T> Publisher<T> publisher(Topic<T> topic) {
    definitions.require(topic);
    return publishers.of(topic);
  }

  /** Returns the publisher through which handlers publish to a topic. */
  private OutboxTarget chainPublisher(String topic) {
    OutboxTarget known = chainPublishers.get(topic);
    return known == null ? newChainPublisher(topic) : known;
  }

  private synchronized OutboxTarget newChainPublisher(String name) {
    Topic<?> topic = definitions.topics().get(name);
    if (topic == null) {
      throw new PublishRefusedException(
          PublishRefusedException.Reason.UNKNOWN_TOPIC,
          "a handler or an outbox publishes to topic '%s', which isn't registered on this node: pass it to Perille.start or to register"
              .formatted(name));
    }
    OutboxTarget chainPublisher = publishers.of(topic);
    chainPublishers.put(name, chainPublisher);
    return chainPublisher;
  }

  private Publishers publisherOfTransactions() {
    return publishers;
  }

  @Override
  public Transaction transaction() {
    return new NewTransaction(transactions::commit);
  }

  Transactions transactions() {
    return transactions;
  }

  private CompletionStage<Done> closePublishers() {
    return transactions
        .closeWithPublishers(config.getDuration("perille.cluster.close-timeout"))
        .thenApply(
            all -> {
              partitions.leave();
              return Done.getInstance();
            });
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

  /** Returns the object that the application uses: this, or one that outlives this node. */
  Perille owner() {
    return owner;
  }

  void belongsTo(Perille perille) {
    owner = perille;
  }

  NodeOperations operations() {
    return operations;
  }

  ClusterGuard guard() {
    return guard;
  }

  @Override
  public CompletionStage<Done> removeSubscription(String topic, String name) {
    return registry.remove(topic, name);
  }

  @Override
  public Health health() {
    return health.now();
  }

  @Override
  public ActorSystem<?> system() {
    return system;
  }

  /** {@inheritDoc} Returns this, because a node of an actor system runs from the beginning. */
  @Override
  public Perille start() {
    return this;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Leaves the actor system alone. Stops publishers, workers, partitions, and at last removes
   * the entry in the database, which says that a node uses it.
   */
  @Override
  public synchronized CompletionStage<Done> stop() {
    if (stopped.isEmpty()) {
      Duration timeout = ShutdownTimes.handOver(config);
      shards.stop();
      registry.close();
      stopped =
          Optional.of(
              outboxes
                  .stop()
                  .thenCompose(ended -> closePublishers().exceptionally(this::notClosed))
                  .thenCompose(closed -> subscriptions.leave())
                  .thenCompose(left -> subscriptions.handOver(timeout))
                  .thenCompose(handedOver -> partitions.handOver(timeout))
                  .thenCompose(handedOver -> guard.close())
                  .whenComplete((done, failure) -> endParts()));
    }
    return stopped.get();
  }

  private void endParts() {
    health.stop();
    Adapter.toClassic(system).stop(Adapter.toClassic(memberEvents));
  }

  /** Continues the stop if a publisher hasn't answered, as the actor system's own shutdown does. */
  private Done notClosed(Throwable failure) {
    LOG.warn("Not all publishers have closed; the stop continues", failure);
    partitions.leave();
    return Done.getInstance();
  }

  @Override
  public void close() {
    stop().toCompletableFuture().join();
  }
}
