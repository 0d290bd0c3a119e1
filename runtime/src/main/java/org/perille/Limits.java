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
 */
public sealed interface Limits permits LimitsValue {
  /** Returns no limits except the subscription's parallelism for each partition. The default. */
  static Limits none() {
    return LimitsValue.NONE;
  }

  /** Returns the limit of messages per second on each node, if there is one. */
  OptionalDouble ratePerNode();

  /** Returns the limit of messages per second on all nodes together, if there is one. */
  OptionalDouble rateInCluster();

  /**
   * Returns the limit of concurrent handlers on each node, if there is one. A transaction of many
   * messages is one.
   */
  OptionalInt concurrencyPerNode();

  /** Returns the limit of concurrent handlers on all nodes together, if there is one. */
  OptionalInt concurrencyInCluster();

  /**
   * Returns the same limits with another rate for each node.
   *
   * @param messagesPerSecond 0.001 to 10,000,000
   * @throws IllegalArgumentException if it is out of range
   */
  Limits withRatePerNode(double messagesPerSecond);

  /**
   * Returns the same limits with another rate for the cluster.
   *
   * @param messagesPerSecond 0.001 to 10,000,000
   * @throws IllegalArgumentException if it is out of range
   */
  Limits withRateInCluster(double messagesPerSecond);

  /**
   * Returns the same limits with another number of concurrent handlers on each node.
   *
   * @param handlers 1 to 1,000,000
   * @throws IllegalArgumentException if it is out of range
   */
  Limits withConcurrencyPerNode(int handlers);

  /**
   * Returns the same limits with another number of concurrent handlers in the cluster.
   *
   * @param handlers 1 to 1,000,000
   * @throws IllegalArgumentException if it is out of range
   */
  Limits withConcurrencyInCluster(int handlers);

  /** Returns whether the nodes must share a limit. */
  default boolean isShared() {
    return rateInCluster().isPresent() || concurrencyInCluster().isPresent();
  }
}
