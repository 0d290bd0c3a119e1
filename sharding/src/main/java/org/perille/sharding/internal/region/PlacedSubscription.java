package org.perille.sharding.internal.region;

import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.perille.Subscription;
import org.perille.internal.Pure;

/**
 * A subscription whose workers are placed in the cluster.
 *
 * <p>A worker is a sharded entity in a shard of its own. Both have the same id: topic, subscription
 * and partition.
 *
 * @param name the topic and the stored name of the subscription
 * @param partitions the number of its workers
 */
@Pure
record PlacedSubscription(String name, int partitions) {
  /** Neither names of topics nor of subscriptions contain it. */
  private static final String SEPARATOR = "~";

  static PlacedSubscription of(Subscription<?> subscription) {
    return new PlacedSubscription(
        nameOf(subscription.topic().name(), subscription.storedName()),
        subscription.topic().partitions());
  }

  /** Returns the ids of all workers. */
  Stream<String> workers() {
    return IntStream.range(0, partitions).mapToObj(this::worker);
  }

  private String worker(int partition) {
    return worker(name, partition);
  }

  /** Returns the id of the worker of a subscription with this name. */
  static String worker(String name, int partition) {
    return name + SEPARATOR + partition;
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

  /** Returns the subscription's name in the id of a worker. */
  static String nameOf(String worker) {
    return worker.substring(0, worker.lastIndexOf(SEPARATOR));
  }

  /** Returns the partition in the id of a worker. */
  static int partitionOf(String worker) {
    return Integer.parseInt(worker.substring(worker.lastIndexOf(SEPARATOR) + 1));
  }

  /** Returns the subscription in text form, for other nodes. */
  String text() {
    return worker(partitions);
  }

  /** Returns the subscription of a {@link #text}; empty if a newer version wrote it differently. */
  static Optional<PlacedSubscription> ofText(String text) {
    try {
      return Optional.of(new PlacedSubscription(nameOf(text), partitionOf(text)));
    } catch (NumberFormatException | StringIndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }
}
