package org.perille.spring.internal;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.perille.Health;
import org.perille.Outbox;
import org.perille.OutboxStatus;
import org.perille.Perille;
import org.perille.PerilleException;
import org.perille.Subscription;
import org.perille.SubscriptionStatus;
import org.perille.SubscriptionStatus.PartitionStatus;
import org.perille.Topic;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/**
 * The endpoint {@code perille}: the node's health, its topics, the progress of its subscriptions in
 * the whole cluster, and the state of its outboxes.
 *
 * <p>A reading asks each partition, and takes at most {@code perille.cluster.ask-timeout}; then it
 * asks the database of each outbox. What can't be read has an error instead.
 */
@Endpoint(id = "perille")
public final class PerilleEndpoint {
  private final Perille perille;
  private final Supplier<List<Topic<?>>> topics;
  private final Supplier<List<Subscription<?>>> subscriptions;
  private final Supplier<List<Outbox>> outboxes;

  PerilleEndpoint(
      Perille perille,
      Supplier<List<Topic<?>>> topics,
      Supplier<List<Subscription<?>>> subscriptions,
      Supplier<List<Outbox>> outboxes) {
    this.perille = perille;
    this.topics = topics;
    this.subscriptions = subscriptions;
    this.outboxes = outboxes;
  }

  /** Reads all of it. */
  @ReadOperation
  public Map<String, Object> read() {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("health", health());
    result.put("topics", allTopics());
    List<CompletableFuture<Map<String, Object>>> reading =
        subscriptions.get().stream().map(this::describe).toList();
    result.put("subscriptions", reading.stream().map(CompletableFuture::join).toList());
    result.put("outboxes", outboxes.get().stream().map(PerilleEndpoint::describe).toList());
    return result;
  }

  private Map<String, Object> health() {
    Health health = perille.health();
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("live", health.live());
    result.put("ready", health.ready());
    result.put("detail", health.detail());
    result.put("problems", health.problems());
    return result;
  }

  /** Returns the number of partitions by topic, also of topics that only subscriptions name. */
  private Map<String, Integer> allTopics() {
    Map<String, Integer> partitions = new TreeMap<>();
    topics.get().forEach(topic -> partitions.put(topic.name(), topic.partitions()));
    subscriptions
        .get()
        .forEach(
            subscription ->
                partitions.put(subscription.topic().name(), subscription.topic().partitions()));
    return partitions;
  }

  private CompletableFuture<Map<String, Object>> describe(Subscription<?> subscription) {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("name", subscription.name());
    result.put("topic", subscription.topic().name());
    result.put("guarantee", subscription.guarantee().name());
    return perille
        .subscription(subscription)
        .status()
        .toCompletableFuture()
        .handle(
            (status, failure) -> {
              if (failure == null) {
                result.putAll(progress(status));
              } else {
                Throwable cause = failure.getCause() == null ? failure : failure.getCause();
                result.put("error", String.valueOf(cause.getMessage()));
              }
              return result;
            });
  }

  private static Map<String, Object> describe(Outbox outbox) {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("name", outbox.name());
    try {
      OutboxStatus status = outbox.status();
      result.put("waiting", status.waiting());
      result.put("age", status.age().toString());
      result.put("deadLetters", status.deadLetters());
      result.put("parked", status.parked());
      status.node().ifPresent(node -> result.put("node", node));
    } catch (PerilleException e) {
      result.put("error", String.valueOf(e.getMessage()));
    }
    return result;
  }

  private static Map<String, Object> progress(SubscriptionStatus status) {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("lag", status.lag());
    result.put("retrying", sum(status, partition -> partition.problems().retrying()));
    result.put("waiting", sum(status, partition -> partition.problems().waiting()));
    result.put("deadLetters", sum(status, partition -> partition.problems().deadLetters()));
    result.put("parkedKeys", sum(status, partition -> partition.problems().parkedKeys()));
    result.put("hanging", sum(status, partition -> partition.problems().hanging()));
    result.put(
        "partitionsWithoutWorker",
        sum(status, partition -> partition.nextOffset().isEmpty() ? 1 : 0));
    result.put("pausedPartitions", paused(status));
    return result;
  }

  private static Map<Integer, String> paused(SubscriptionStatus status) {
    Map<Integer, String> reasons = new TreeMap<>();
    for (PartitionStatus partition : status.partitions()) {
      partition.problems().paused().ifPresent(reason -> reasons.put(partition.partition(), reason));
    }
    return reasons;
  }

  private static long sum(SubscriptionStatus status, ToLongFunction<PartitionStatus> number) {
    return status.partitions().stream().mapToLong(number).sum();
  }
}
