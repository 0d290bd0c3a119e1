package org.perille;

import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * How much of a subscription may be handled at once and in a second, on each node and in the whole
 * cluster. What is over a limit waits, in order.
 *
 * <p><b>Guarantee</b>: the cluster's limits are divided among the nodes that work for the
 * subscription, so that their sum is never above the limit while nodes come, go, crash or are cut
 * off; a node that hears nothing of its share stops beginning handlers.
 *
 * <p><b>Not guaranteed</b>: that the cluster's limit is used up at every moment: shares follow the
 * work within about two seconds. Handlers that a node has begun before it was cut off are not
 * counted after its share has run out, nor those that have missed their deadline. A rate allows a
 * burst of a tenth of a second, one message on each node at least.
 *
 * <p><b>Threading</b>: immutable.
 *
 * @param ratePerNode messages in a second on each node
 * @param rateInCluster messages in a second on all nodes together
 * @param concurrencyPerNode handlers at once on each node; a transaction of many messages is one
 * @param concurrencyInCluster handlers at once on all nodes together
 */
public record Limits(
    OptionalDouble ratePerNode,
    OptionalDouble rateInCluster,
    OptionalInt concurrencyPerNode,
    OptionalInt concurrencyInCluster) {

  /** No limits but the subscription's parallelism for each partition. */
  public static final Limits NONE =
      new Limits(
          OptionalDouble.empty(), OptionalDouble.empty(), OptionalInt.empty(), OptionalInt.empty());

  public Limits {
    requireRate(ratePerNode);
    requireRate(rateInCluster);
    requireConcurrency(concurrencyPerNode);
    requireConcurrency(concurrencyInCluster);
  }

  /** The same limits with another rate for each node, 0.001 to 10,000,000 messages per second. */
  public Limits withRatePerNode(double messagesPerSecond) {
    return new Limits(
        OptionalDouble.of(messagesPerSecond),
        rateInCluster,
        concurrencyPerNode,
        concurrencyInCluster);
  }

  /** The same limits with another rate for the cluster, 0.001 to 10,000,000 messages per second. */
  public Limits withRateInCluster(double messagesPerSecond) {
    return new Limits(
        ratePerNode,
        OptionalDouble.of(messagesPerSecond),
        concurrencyPerNode,
        concurrencyInCluster);
  }

  /** The same limits with another number of handlers at once on each node, 1 to 1,000,000. */
  public Limits withConcurrencyPerNode(int handlers) {
    return new Limits(ratePerNode, rateInCluster, OptionalInt.of(handlers), concurrencyInCluster);
  }

  /** The same limits with another number of handlers at once in the cluster, 1 to 1,000,000. */
  public Limits withConcurrencyInCluster(int handlers) {
    return new Limits(ratePerNode, rateInCluster, concurrencyPerNode, OptionalInt.of(handlers));
  }

  /** Whether nodes have to share a limit. */
  public boolean isShared() {
    return rateInCluster.isPresent() || concurrencyInCluster.isPresent();
  }

  private static void requireRate(OptionalDouble rate) {
    if (rate.isPresent() && !(rate.getAsDouble() >= 0.001 && rate.getAsDouble() <= 10_000_000)) {
      throw new ConfigurationException(
          "%s messages per second is no limit: use 0.001 to 10000000"
              .formatted(rate.getAsDouble()));
    }
  }

  private static void requireConcurrency(OptionalInt handlers) {
    if (handlers.isPresent() && (handlers.getAsInt() < 1 || handlers.getAsInt() > 1_000_000)) {
      throw new ConfigurationException(
          "%d handlers at once is no limit: use 1 to 1000000".formatted(handlers.getAsInt()));
    }
  }
}
