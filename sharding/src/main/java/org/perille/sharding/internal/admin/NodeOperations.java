package org.perille.sharding.internal.admin;

import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.TopicHandle;
import org.perille.spi.SubscriptionInternals;

/**
 * The operations of a node.
 *
 * @param storedName the name that a subscription is stored under, whether or not the node defines
 *     it
 */
public record NodeOperations(
    SubscriptionAdmin admin, KeyQueries queries, Function<Subscription<?>, String> storedName) {

  /** Returns the operations on a topic, on whichever node runs. */
  public static <T> TopicHandle<T> topic(Supplier<NodeOperations> node, Topic<T> topic) {
    Objects.requireNonNull(topic, "topic");
    return key -> () -> stream(() -> node.get().queries().history(topic, key));
  }

  /**
   * Returns a stream of the node that runs, or one that fails if there is none.
   *
   * @param source throws an {@link IllegalStateException} if there is none
   */
  static <E> Source<E, NotUsed> stream(Supplier<Source<E, NotUsed>> source) {
    try {
      return source.get();
    } catch (IllegalStateException e) {
      return Source.failed(e);
    }
  }

  /** Returns a definition under the name of its stored data. */
  <D extends Subscription<?>> D stored(D subscription) {
    return SubscriptionInternals.storedAs(subscription, storedName.apply(subscription));
  }
}
