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

/**
 * Perille on this node: where an application starts, publishes and asks how things are.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
public interface Perille extends AutoCloseable {

  /**
   * Starts Perille with an actor system of its own and joins the configured cluster, or forms one
   * alone when no seed nodes are configured. Blocks until the storage is checked and the node is
   * ready, at most {@code perille.cluster.start-timeout}.
   *
   * @param config the application's configuration, such as {@code ConfigFactory.load()}
   * @throws org.perille.ConfigurationException if a setting or a definition is wrong
   * @throws org.perille.StorageException if the database can't be used
   */
  static Perille start(Config config, Definition... definitions) {
    return null;
  }

  /**
   * Perille in a Pekko application's own actor system, which must be a cluster's. The first call
   * checks the configuration and the storage, and blocks meanwhile.
   */
  static Perille get(ActorSystem<?> system) {
    return null;
  }

  /** Adds topics and subscriptions; blocks while the storage is asked. Returns this. */
  Perille register(Definition... definitions);

  /** The sending side of a registered topic; always the same one for a topic. */
  <T> Publisher<T> publisher(Topic<T> topic);

  /** How far a subscription is, asked of its partitions, wherever they are. */
  CompletionStage<SubscriptionStatus> status(Subscription<?> subscription);

  /** Whether this node works; never blocks. */
  Health health();

  /** The actor system that Perille runs in. */
  ActorSystem<?> system();

  /** Leaves the cluster, hands everything over and terminates the actor system. */
  CompletionStage<Done> stop();

  /** {@link #stop()}, and waits for it. */
  @Override
  void close();
}
