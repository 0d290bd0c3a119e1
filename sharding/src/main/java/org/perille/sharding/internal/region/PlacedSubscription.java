package org.perille.sharding.internal.region;

import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.perille.StartPosition;
import org.perille.Subscription;
import org.perille.internal.Pure;
import org.perille.internal.log.PartitionId;

/**
 * A subscription whose workers are placed in the cluster.
 *
 * <p>A worker is a sharded entity in a shard of its own. Both have the same id: topic, subscription
 * and partition.
 *
 * @param name the topic and the stored name of the subscription
 * @param partitions the number of its workers
 * @param isEager whether all workers must run, also those of partitions without messages
 */
@Pure
record PlacedSubscription(String name, int partitions, boolean isEager) {
  /** Neither names of topics nor of subscriptions contain it. */
  private static final String SEPARATOR = "~";

  private static final String EAGER = SEPARATOR + "eager";

  static PlacedSubscription of(Subscription<?> subscription) {
    return new PlacedSubscription(
        nameOf(subscription.topic().name(), subscription.storedName()),
        subscription.topic().partitions(),
        // Any other start depends on the moment of the first attachment.
        !(subscription.start() instanceof StartPosition.Earliest));
  }

  /** Returns the name of a subscription. */
  static String nameOf(String topic, String subscription) {
    return topic + SEPARATOR + subscription;
  }

  /** Returns the name of its topic. */
  String topic() {
    return name.substring(0, name.indexOf(SEPARATOR));
  }

  /** Returns its stored name. */
  String subscription() {
    return name.substring(name.indexOf(SEPARATOR) + 1);
  }

  /** Returns the partitions of its topic. */
  Stream<PartitionId> all() {
    return IntStream.range(0, partitions)
        .mapToObj(partition -> new PartitionId(topic(), partition));
  }

  /** Returns the ids of the workers that must run. */
  Stream<String> workers(Predicate<PartitionId> isUsed) {
    return all()
        .filter(partition -> isEager || isUsed.test(partition))
        .map(partition -> worker(name, partition.partition()));
  }

  /** Returns the id of a worker of the subscription with this name. */
  static String worker(String name, int partition) {
    return name + SEPARATOR + partition;
  }

  /** Returns the subscription's name in the id of a worker. */
  static String nameOf(String worker) {
    return worker.substring(0, worker.lastIndexOf(SEPARATOR));
  }

  /** Returns the partition in the id of a worker. */
  static int partitionOf(String worker) {
    return Integer.parseInt(worker.substring(worker.lastIndexOf(SEPARATOR) + 1));
  }

  /** Returns the partition of a worker. */
  static PartitionId partitionIdOf(String worker) {
    return new PartitionId(worker.substring(0, worker.indexOf(SEPARATOR)), partitionOf(worker));
  }

  /** Returns the subscription in text form, for other nodes. */
  String text() {
    return worker(name, partitions) + (isEager ? EAGER : "");
  }

  /** Returns the subscription of a {@link #text}; empty if a newer version wrote it differently. */
  static Optional<PlacedSubscription> ofText(String text) {
    try {
      boolean isEager = text.endsWith(EAGER);
      String worker = isEager ? text.substring(0, text.length() - EAGER.length()) : text;
      return Optional.of(new PlacedSubscription(nameOf(worker), partitionOf(worker), isEager));
    } catch (NumberFormatException | StringIndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }
}
