package org.perille;

import com.typesafe.config.Config;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;

/**
 * The node of a Perille cluster that runs in this process.
 *
 * <p>It publishes, and provides the operations on topics and subscriptions.
 *
 * <pre>{@code
 * try (Perille perille = Perille.start(ConfigFactory.load(), payment)) {
 *   perille.publisher(orders).publish(order).thenAccept(receipt -> ...);
 *   perille.subscription(payment).status().thenAccept(status -> ...);
 * }
 * }</pre>
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
public interface Perille extends AutoCloseable {

  /**
   * Starts a node with an actor system of its own, called {@code perille}, as a member of a
   * cluster.
   *
   * <p>The node joins the cluster of the configured seed nodes, or forms a cluster of one if none
   * are configured. Blocks until the storage is checked and the node is a member, at most {@code
   * perille.cluster.start-timeout} (default: 60 s).
   *
   * <p>Where the configuration leaves Pekko's defaults, the settings of {@code perille-node.conf}
   * apply: the cluster provider, a split-brain resolver, logging through SLF4J.
   *
   * @param config the application's configuration, such as {@code ConfigFactory.load()}
   * @param definitions topics and subscriptions; a subscription includes its topics
   * @throws ConfigurationException if a setting or a definition is wrong; nothing runs then
   * @throws StorageException if the database can't be used; nothing runs then
   */
  static Perille start(Config config, Definition... definitions) {
    return Engines.find().start(config, definitions);
  }

  /**
   * Returns the node in a Pekko application's own actor system.
   *
   * <p>The actor system must be a member of a cluster and have a downing provider. The first call
   * checks the configuration and the storage and blocks meanwhile; later calls return the same
   * node, also after it was stopped.
   *
   * @throws ConfigurationException if a setting is wrong
   * @throws StorageException if the database can't be used
   */
  static Perille get(ActorSystem<?> system) {
    return Engines.find().get(system);
  }

  /**
   * Adds topics and subscriptions and starts them. Blocks while the storage is read.
   *
   * <p>Every node with a subscription's role must register it. Perille compares durable
   * subscriptions with those that the storage has from earlier starts on any node.
   *
   * @return this
   * @throws ConfigurationException if a definition is wrong, or contradicts another one, or a
   *     subscription was changed so that it can't continue at its cursor; nothing of this call is
   *     started then
   * @throws StorageException if the database can't be used
   * @throws IllegalStateException if this node was stopped
   */
  Perille register(Definition... definitions);

  /**
   * Returns the publisher of a registered topic; always the same one for a topic.
   *
   * @throws PublishRefusedException with reason UNKNOWN_TOPIC if the topic isn't registered
   */
  <T> Publisher<T> publisher(Topic<T> topic);

  /** Returns the operations on a topic. It needn't be registered on this node. */
  <T> TopicHandle<T> topic(Topic<T> topic);

  /**
   * Returns the operations on a subscription, wherever in the cluster its workers run. It needn't
   * be registered on this node.
   */
  <T> SubscriptionHandle<T> subscription(Subscription<T> subscription);

  /**
   * Returns the operations on an event-sourced subscription, wherever in the cluster its workers
   * run. It needn't be registered on this node.
   */
  <T, S> EventSourcedSubscriptionHandle<T, S> subscription(
      EventSourcedSubscription<T, S> subscription);

  /**
   * Removes a subscription that no node defines any more from the registry.
   *
   * <p>Nodes then no longer warn that its cursor doesn't advance. The removal is durable when the
   * stage completes; repeating it is safe. The stored data remains: defined again under its name,
   * the subscription continues at its cursor.
   *
   * <p>The stage fails with a {@link ConfigurationException} if the subscription isn't registered,
   * or if this node defines it; and with a {@link StorageException} if the database can't be used.
   *
   * @param topic the name of the topic that it received
   * @param name its name, or a former one
   */
  CompletionStage<Done> removeSubscription(String topic, String name);

  /** Returns the health of this node, without blocking. See {@link Health}. */
  Health health();

  /** Returns the actor system that this node runs in. */
  ActorSystem<?> system();

  /**
   * Stops this node.
   *
   * <p>It stops publishing, and hands over partitions and workers. The stage completes when all of
   * it is done; repeating it is safe.
   *
   * <p>A node from {@link #start} also leaves the cluster and terminates its actor system. A node
   * from {@link #get} leaves the application's actor system alone, which remains a member of its
   * cluster. Perille can't be used again in that actor system; the connections of its storage are
   * closed when the actor system terminates.
   */
  CompletionStage<Done> stop();

  /** Stops this node and waits until it has stopped; see {@link #stop()}. */
  @Override
  void close();
}
