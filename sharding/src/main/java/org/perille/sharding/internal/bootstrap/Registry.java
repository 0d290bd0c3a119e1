package org.perille.sharding.internal.bootstrap;

import com.typesafe.config.Config;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.cluster.typed.Cluster;
import org.perille.ConfigurationException;
import org.perille.Guarantee;
import org.perille.Subscription;
import org.perille.internal.log.PartitionId;
import org.perille.internal.partition.PartitionRequest;
import org.perille.internal.registry.DefinedSubscription;
import org.perille.internal.registry.IdleSubscriptions;
import org.perille.internal.registry.Registration;
import org.perille.internal.registry.RegistrationMessages;
import org.perille.internal.registry.StoredName;
import org.perille.sharding.internal.admin.PartitionClient;
import org.perille.sharding.internal.region.UsedJournals;
import org.perille.spi.RegisteredSubscription;
import org.perille.spi.StorageProfile;
import org.perille.spi.SubscriptionInternals;
import org.perille.spi.SubscriptionRegistry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.concurrent.ExecutionContextExecutor;

/**
 * A node's view of the registry of durable subscriptions.
 *
 * <p>It compares the node's definitions with the registry, records which subscriptions the node
 * runs, and logs those that no node runs. The decisions are those of {@link Registration}.
 *
 * <p><b>Threading</b>: {@link #register} by one thread at a time; the others by any.
 */
final class Registry {
  private static final Logger LOG = LoggerFactory.getLogger(Registry.class);

  /**
   * The number of intervals without a record after which a subscription counts as running nowhere.
   */
  private static final int MISSED_INTERVALS = 5;

  private final ActorSystem<?> system;
  private final Config config;
  private final StorageProfile storage;
  private final PartitionClient questions;
  private final UsedJournals journals;
  private final Duration interval;
  private final ExecutionContextExecutor blocking;
  private final Cancellable looking;

  /** The subscriptions that are defined on this node. */
  private final Set<StoredName> defined = ConcurrentHashMap.newKeySet();

  /** The subscriptions that this node runs: defined here, and for a role of this node. */
  private final Set<StoredName> running = ConcurrentHashMap.newKeySet();

  /** The subscriptions that were logged since this node started. */
  private final Set<StoredName> named = ConcurrentHashMap.newKeySet();

  private volatile List<RegisteredSubscription> known;

  Registry(
      ActorSystem<?> system,
      Config config,
      StorageProfile storage,
      PartitionClient questions,
      UsedJournals journals) {
    this.system = system;
    this.config = config;
    this.storage = storage;
    this.questions = questions;
    this.journals = journals;
    this.interval = NodeConfig.registryInterval(config);
    this.blocking = system.dispatchers().lookup(DispatcherSelector.blocking());
    this.known = storage.withSubscriptions(config, SubscriptionRegistry::subscriptions);
    this.looking =
        system.scheduler().scheduleWithFixedDelay(interval, interval, this::look, blocking);
  }

  /**
   * Requires that a node which has joined others is of their application. Blocks.
   *
   * @param topics the topics of the node
   * @throws ConfigurationException if it isn't
   */
  void requireSameApplication(Collection<String> topics) {
    Set<String> known = storage.topics(config);
    Optional<String> refusal =
        storage.withSubscriptions(
            config,
            registry ->
                OtherApplications.refusal(
                    topics,
                    known,
                    registry.subscriptions(),
                    registry.now(),
                    interval.multipliedBy(MISSED_INTERVALS)));
    if (refusal.isPresent()) {
      throw new ConfigurationException(refusal.get());
    }
  }

  /**
   * Registers definitions, all or none. Blocks.
   *
   * @return the definitions, with the names that they are stored under
   * @throws ConfigurationException if one of them contradicts the registry
   */
  List<Subscription<?>> register(Collection<Subscription<?>> definitions) {
    Map<DefinedSubscription, Subscription<?>> durable = new LinkedHashMap<>();
    List<Subscription<?>> all = new ArrayList<>();
    for (Subscription<?> definition : definitions) {
      if (definition.guarantee() == Guarantee.EPHEMERAL) {
        warnIfItWasDurable(definition);
        all.add(definition);
      } else {
        durable.put(DefinedSubscription.of(definition), definition);
      }
    }
    if (durable.isEmpty()) {
      return all;
    }
    JournalFacts facts =
        new JournalFacts(
            system,
            storage.readJournalPluginId(),
            journals,
            durable,
            new RepeatedReads(
                config.getDuration("perille.cluster.start-timeout"),
                System::nanoTime,
                pause -> TimeUnit.NANOSECONDS.sleep(pause.toNanos())));
    // Reads the facts before the transaction. The transaction excludes other nodes, and the
    // database rolls back one that is idle for long. Within it, known facts aren't read again.
    List<RegisteredSubscription> before = new ArrayList<>();
    storage.withSubscriptions(config, registry -> before.addAll(registry.subscriptions()));
    new Registration(before, facts, Instant.EPOCH).decide(durable.keySet(), defined);
    before.clear();
    List<Registration.Start> starts =
        storage.withSubscriptions(
            config,
            registry -> {
              before.addAll(registry.subscriptions());
              List<Registration.Start> decided =
                  new Registration(before, facts, registry.now()).decide(durable.keySet(), defined);
              decided.forEach(start -> registry.store(start.registered()));
              known = registry.subscriptions();
              return decided;
            });
    for (Registration.Start start : starts) {
      Subscription<?> definition = durable.get(start.defined());
      report(start, definition, before);
      StoredName name = new StoredName(start.registered().topic(), start.registered().storedName());
      defined.add(name);
      if (isForThisNode(definition)) {
        running.add(name);
      }
      all.add(SubscriptionInternals.storedAs(definition, name.storedName()));
    }
    return all;
  }

  private boolean isForThisNode(Subscription<?> definition) {
    return definition.role().map(Cluster.get(system).selfMember()::hasRole).orElse(true);
  }

  private void warnIfItWasDurable(Subscription<?> ephemeral) {
    known.stream()
        .filter(r -> r.isKnownAs(ephemeral.topic().name(), ephemeral.name()))
        .filter(r -> r.removed().isEmpty())
        .forEach(
            r ->
                LOG.warn(
                    "{} is ephemeral, and a durable one of this name is registered (last seen {}): its cursor doesn't advance",
                    ephemeral,
                    r.lastSeen()));
  }

  private void report(
      Registration.Start start, Subscription<?> definition, List<RegisteredSubscription> before) {
    start.notice().ifPresent(LOG::info);
    start.warning().ifPresent(LOG::warn);
    if (start.newWithHistory()) {
      LOG.warn(RegistrationMessages.historyWarning(start.defined(), messages(definition), before));
    }
  }

  /** Returns the number of messages in the subscription's topic, as text. */
  private String messages(Subscription<?> definition) {
    List<CompletableFuture<Long>> ends = new ArrayList<>();
    for (int partition = 0; partition < definition.topic().partitions(); partition++) {
      ends.add(
          questions
              .askUntilAnswered(
                  new PartitionId(definition.topic().name(), partition),
                  PartitionRequest.Describe::new,
                  config.getDuration("perille.cluster.ask-timeout"))
              .thenApply(PartitionRequest.Description::endOffset)
              .exceptionally(unknown -> -1L)
              .toCompletableFuture());
    }
    List<Long> offsets = ends.stream().map(CompletableFuture::join).toList();
    long count = offsets.stream().filter(offset -> offset > 0).mapToLong(Long::longValue).sum();
    return offsets.contains(-1L)
        ? "messages (at least %,d)".formatted(count)
        : "%,d messages".formatted(count);
  }

  /** Returns the name that a subscription is stored under, whether or not this node defines it. */
  String storedName(Subscription<?> subscription) {
    return subscription.guarantee() == Guarantee.EPHEMERAL
        ? subscription.storedName()
        : storedNameOf(subscription);
  }

  private String storedNameOf(Subscription<?> subscription) {
    return known.stream()
        .filter(r -> r.isKnownAs(subscription.topic().name(), subscription.name()))
        .findFirst()
        .map(RegisteredSubscription::storedName)
        .orElse(subscription.storedName());
  }

  /** Records the subscriptions that run here, and logs those that run nowhere. */
  private void look() {
    try {
      List<RegisteredSubscription> idle =
          storage.withSubscriptions(
              config,
              registry -> {
                known = registry.subscriptions();
                known.stream()
                    .filter(r -> running.contains(nameOf(r)))
                    .forEach(r -> registry.store(r.seen(registry.now())));
                return IdleSubscriptions.of(
                    known, defined, registry.now(), interval.multipliedBy(MISSED_INTERVALS));
              });
      idle.stream()
          .filter(r -> named.add(nameOf(r)))
          .forEach(r -> LOG.warn(IdleSubscriptions.describe(r)));
    } catch (RuntimeException e) {
      // Unexpected exceptions too: otherwise the scheduler would never call again.
      LOG.info(
          "The registry of subscriptions can't be read or written; next attempt in {}: {}",
          interval,
          e.getMessage());
    }
  }

  private static StoredName nameOf(RegisteredSubscription registered) {
    return new StoredName(registered.topic(), registered.storedName());
  }

  /** Ends the records of what runs on this node. */
  void close() {
    looking.cancel();
  }

  /** Removes a subscription. Durable when the stage completes, and safe to repeat. */
  CompletionStage<Done> remove(String topic, String name) {
    return CompletableFuture.supplyAsync(
        () ->
            storage.withSubscriptions(
                config,
                registry -> {
                  remove(registry, topic, name);
                  return Done.getInstance();
                }),
        blocking);
  }

  private void remove(SubscriptionRegistry registry, String topic, String name) {
    List<RegisteredSubscription> all = registry.subscriptions();
    RegisteredSubscription found =
        all.stream()
            .filter(r -> r.isKnownAs(topic, name))
            .findFirst()
            .orElseThrow(
                () ->
                    new ConfigurationException(
                        "subscription '%s' of topic '%s' can't be removed: it isn't registered; registered for the topic: %s"
                            .formatted(
                                name,
                                topic,
                                all.stream()
                                    .filter(r -> r.topic().equals(topic))
                                    .map(RegisteredSubscription::name)
                                    .toList())));
    if (defined.contains(nameOf(found))) {
      throw new ConfigurationException(
          "subscription '%s' of topic '%s' can't be removed: this node runs it. Take its definition out of every node first"
              .formatted(name, topic));
    }
    registry.store(found.removed(registry.now()));
    LOG.info("subscription '{}' of topic '{}' is removed from the registry", name, topic);
  }
}
