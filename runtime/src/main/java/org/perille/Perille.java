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
   * Creates a node and starts it: {@link #create} and {@link #start()} in one call.
   *
   * @param config the application's configuration, such as {@code ConfigFactory.load()}
   * @param definitions topics and subscriptions; a subscription includes its topics. And {@link
   *     NodeOptions}, if it has any
   * @throws ConfigurationException if a setting or a definition is wrong; nothing runs then
   * @throws StorageException if the database can't be used; nothing runs then
   */
  static Perille start(Config config, Definition... definitions) {
    return create(config, definitions).start();
  }

  /**
   * Creates a node that isn't started.
   *
   * <p>Its publishers and handles exist at once, so that handlers can be constructed with them:
   *
   * <pre>{@code
   * Perille perille = Perille.create(ConfigFactory.load(), orders, invoices);
   * Publisher<Invoice> publisher = perille.publisher(invoices);
   * perille.register(Subscription.of("billing", orders).atLeastOnce(new Billing(publisher)));
   * perille.start();
   * }</pre>
   *
   * <p>Until the node runs, publishing is refused with {@link
   * PublishRefusedException.Reason#NOT_RUNNING}, and operations fail with an {@link
   * IllegalStateException}.
   *
   * <p>Where the configuration leaves Pekko's defaults, the settings of {@code perille-node.conf}
   * apply: the cluster provider, a split-brain resolver, logging through SLF4J.
   *
   * @param config the application's configuration, such as {@code ConfigFactory.load()}
   * @param definitions topics and subscriptions; a subscription includes its topics. And {@link
   *     NodeOptions}, if it has any. More may be added with {@link #register}
   * @throws ConfigurationException if a setting or a definition is wrong, as far as that is known
   *     without the database
   */
  static Perille create(Config config, Definition... definitions) {
    return Engines.find().create(config, definitions);
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
   * Starts this node with an actor system of its own, called {@code perille}, as a member of a
   * cluster. Without effect on a node that runs.
   *
   * <p>Blocks until the storage is checked, the node is a member, and its subscriptions are
   * registered. Becoming a member takes at most {@code perille.cluster.start-timeout} (default: 60
   * s). If the start fails, it leaves no thread behind, and may be repeated.
   *
   * <p>Nodes find each other in the database, and the first one forms the cluster: see {@code
   * perille.cluster.discovery}.
   *
   * <p>If the cluster goes on without this node, because it was cut off or paused, its actor system
   * ends and another one starts with the same definitions. Publishers and handles go on working.
   * Meanwhile {@link #health()} isn't live, and publishing is refused with {@link
   * PublishRefusedException.Reason#NOT_RUNNING}. {@code perille.cluster.when-downed = exit} makes
   * the JVM exit instead.
   *
   * @return this
   * @throws ConfigurationException if a setting or a definition is wrong; nothing runs then
   * @throws StorageException if the database can't be used; nothing runs then
   * @throws IllegalStateException if this node was stopped, also during the call, or if another
   *     thread starts it
   */
  Perille start();

  /**
   * Adds topics and subscriptions and starts them. Blocks while the storage is read. Before {@link
   * #start()} it only adds them.
   *
   * <p>Every node with a subscription's role must register it. Perille compares durable
   * subscriptions with those that the storage has from earlier starts on any node.
   *
   * @return this
   * @throws ConfigurationException if a definition is wrong, or contradicts another one, or a
   *     subscription was changed so that it can't continue at its cursor; nothing of this call is
   *     started then
   * @throws StorageException if the database can't be used
   * @throws IllegalStateException if this node was stopped, or is starting
   */
  Perille register(Definition... definitions);

  /**
   * Returns the publisher of a registered topic; always the same one for a topic.
   *
   * @throws PublishRefusedException with reason UNKNOWN_TOPIC if the topic isn't registered
   */
  <T> Publisher<T> publisher(Topic<T> topic);

  /**
   * Returns a new transaction, which publishes several messages together: all or none.
   *
   * <p>All nodes of the cluster must run a version of Perille that has transactions.
   */
  Transaction transaction();

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

  /**
   * Returns the actor system that this node runs in, or ran in last. A node that was downed gets
   * another one.
   *
   * @throws IllegalStateException if this node was never started
   */
  ActorSystem<?> system();

  /**
   * Stops this node.
   *
   * <p>It stops publishing, and hands over partitions and workers. The stage completes when all of
   * it is done; repeating it is safe.
   *
   * <p>A node from {@link #create} also leaves the cluster and terminates its actor system. It does
   * the same when the JVM exits, unless {@code perille.cluster.stop-on-jvm-exit} is off.
   *
   * <p>A node from {@link #get} leaves the application's actor system alone, which remains a member
   * of its cluster. Perille can't be used again in that actor system; the connections of its
   * storage are closed when the actor system terminates.
   */
  CompletionStage<Done> stop();

  /** Stops this node and waits until it has stopped; see {@link #stop()}. */
  @Override
  void close();
}
