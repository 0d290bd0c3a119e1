package org.perille.sharding;

import com.typesafe.config.Config;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.Definition;
import org.perille.Health;
import org.perille.Publisher;
import org.perille.Subscription;
import org.perille.SubscriptionStatus;
import org.perille.Topic;
import org.perille.sharding.internal.PerilleNode;

/**
 * Perille on this node: where an application starts, publishes and asks how things are.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
public interface Perille extends AutoCloseable {

  /**
   * Starts Perille with an actor system of its own, called {@code perille}, and joins the cluster
   * of the configured seed nodes, or forms one alone when there are none. Blocks until the storage
   * is checked and the node is a member, at most {@code perille.cluster.start-timeout}.
   *
   * <p>Where the configuration leaves Pekko's defaults, those of {@code perille-node.conf} apply:
   * the cluster provider, a split-brain resolver, logging through SLF4J.
   *
   * @param config the application's configuration, such as {@code ConfigFactory.load()}
   * @param definitions topics and subscriptions; a subscription brings its topic along
   * @throws org.perille.ConfigurationException if a setting or a definition is wrong; nothing runs
   * @throws org.perille.StorageException if the database can't be used; nothing runs
   */
  static Perille start(Config config, Definition... definitions) {
    return PerilleNode.start(config, definitions);
  }

  /**
   * Perille in a Pekko application's own actor system, which must be one of a cluster and have a
   * downing provider. The first call checks the configuration and the storage, and blocks
   * meanwhile; further ones give the same Perille.
   *
   * @throws org.perille.ConfigurationException if a setting is wrong
   * @throws org.perille.StorageException if the database can't be used
   */
  static Perille get(ActorSystem<?> system) {
    return PerilleNode.get(system);
  }

  /**
   * Adds topics and subscriptions; blocks while the storage is asked. Every node with a
   * subscription's role must register it.
   *
   * @return this
   * @throws org.perille.ConfigurationException if a definition is wrong, or contradicts another
   */
  Perille register(Definition... definitions);

  /**
   * The sending side of a registered topic; always the same one for a topic.
   *
   * @throws org.perille.PublishRefusedException with reason UNKNOWN_TOPIC if it isn't registered
   */
  <T> Publisher<T> publisher(Topic<T> topic);

  /**
   * How far a subscription is, asked of its partitions, wherever they are. Fails with a time-out if
   * one of them can't be asked within {@code perille.cluster.ask-timeout}.
   */
  CompletionStage<SubscriptionStatus> status(Subscription<?> subscription);

  /** Whether this node works; never blocks. */
  Health health();

  /** The actor system that Perille runs in. */
  ActorSystem<?> system();

  /**
   * Ends publishing, hands over partitions and workers, leaves the cluster and terminates the actor
   * system, also one that the application brought.
   */
  CompletionStage<Done> stop();

  /** {@link #stop()}, and waits for it. */
  @Override
  void close();
}
