package org.perille;

import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * The limits of a subscription's handlers: how many at once, and how many per second.
 *
 * <p>They apply to each node and to the whole cluster. Messages over a limit wait, in order.
 *
 * <p><b>Guarantee</b>: the cluster's limits are divided among the nodes that work for the
 * subscription. The sum of their shares never exceeds the limit, while nodes join, leave, crash or
 * are cut off. A node that can't renew its share starts no more handlers.
 *
 * <p><b>Not guaranteed</b>: the full use of the cluster's limit at every moment. Shares follow the
 * work within about two seconds. Handlers that a node has started before it was cut off don't count
 * after its share has expired, nor do those that have missed their deadline. A rate allows a burst
 * of a tenth of a second, at least one message on each node.
 *
 * <p><b>Threading</b>: immutable.
 *
 * @param ratePerNode messages per second on each node
 * @param rateInCluster messages per second on all nodes together
 * @param concurrencyPerNode concurrent handlers on each node; a transaction of many messages is one
 * @param concurrencyInCluster concurrent handlers on all nodes together
 */
public record Limits(
    OptionalDouble ratePerNode,
    OptionalDouble rateInCluster,
    OptionalInt concurrencyPerNode,
    OptionalInt concurrencyInCluster) {

  /** No limits except the subscription's parallelism for each partition. The default. */
  public static final Limits NONE =
      new Limits(
          OptionalDouble.empty(), OptionalDouble.empty(), OptionalInt.empty(), OptionalInt.empty());

  public Limits {
    requireRate(ratePerNode);
    requireRate(rateInCluster);
    requireConcurrency(concurrencyPerNode);
    requireConcurrency(concurrencyInCluster);
  }

  /**
   * Returns the same limits with another rate for each node.
   *
   * @param messagesPerSecond 0.001 to 10,000,000
   * @throws ConfigurationException if it is out of range
   */
  public Limits withRatePerNode(double messagesPerSecond) {
    return new Limits(
        OptionalDouble.of(messagesPerSecond),
        rateInCluster,
        concurrencyPerNode,
        concurrencyInCluster);
  }

  /**
   * Returns the same limits with another rate for the cluster.
   *
   * @param messagesPerSecond 0.001 to 10,000,000
   * @throws ConfigurationException if it is out of range
   */
  public Limits withRateInCluster(double messagesPerSecond) {
    return new Limits(
        ratePerNode,
        OptionalDouble.of(messagesPerSecond),
        concurrencyPerNode,
        concurrencyInCluster);
  }

  /**
   * Returns the same limits with another number of concurrent handlers on each node.
   *
   * @param handlers 1 to 1,000,000
   * @throws ConfigurationException if it is out of range
   */
  public Limits withConcurrencyPerNode(int handlers) {
    return new Limits(ratePerNode, rateInCluster, OptionalInt.of(handlers), concurrencyInCluster);
  }

  /**
   * Returns the same limits with another number of concurrent handlers in the cluster.
   *
   * @param handlers 1 to 1,000,000
   * @throws ConfigurationException if it is out of range
   */
  public Limits withConcurrencyInCluster(int handlers) {
    return new Limits(ratePerNode, rateInCluster, concurrencyPerNode, OptionalInt.of(handlers));
  }

  /** Returns whether the nodes must share a limit. */
  public boolean isShared() {
    return rateInCluster.isPresent() || concurrencyInCluster.isPresent();
  }

  private static void requireRate(OptionalDouble rate) {
    if (rate.isPresent() && !(rate.getAsDouble() >= 0.001 && rate.getAsDouble() <= 10_000_000)) {
      throw new ConfigurationException(
          "%s messages per second is not a limit: use 0.001 to 10000000"
              .formatted(rate.getAsDouble()));
    }
  }

  private static void requireConcurrency(OptionalInt handlers) {
    if (handlers.isPresent() && (handlers.getAsInt() < 1 || handlers.getAsInt() > 1_000_000)) {
      throw new ConfigurationException(
          "%d concurrent handlers is not a limit: use 1 to 1000000".formatted(handlers.getAsInt()));
    }
  }
}
