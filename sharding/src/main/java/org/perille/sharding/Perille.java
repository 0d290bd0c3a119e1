package org.perille.sharding;

import com.typesafe.config.Config;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.stream.javadsl.Source;
import org.perille.DeadLetters;
import org.perille.Definition;
import org.perille.EventSourcedSubscription;
import org.perille.Health;
import org.perille.KeyEffect;
import org.perille.KeyMessage;
import org.perille.KeyState;
import org.perille.Publisher;
import org.perille.Receipt;
import org.perille.Reset;
import org.perille.ResetReport;
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
   * @param definitions topics and subscriptions; a subscription brings its topics along
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
   * subscription's role must register it. Durable subscriptions are compared with what the storage
   * knows of them from earlier starts, on any node.
   *
   * @return this
   * @throws org.perille.ConfigurationException if a definition is wrong, or contradicts another, or
   *     a subscription was changed in a way in which it can't go on at its cursor; nothing of this
   *     call is started
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

  /**
   * Completes when a subscription has durably finished a message. Fails with a time-out if that
   * doesn't happen within {@code perille.cluster.handled-timeout}, which means that it isn't known;
   * and with a {@link org.perille.DeadLetterException} if the message was given up and is a dead
   * letter now. What was skipped, or discarded by an operator, is finished, too.
   */
  CompletionStage<Done> handled(Subscription<?> subscription, Receipt receipt);

  /**
   * The state of a key, from any node: it contains everything that the subscription has finished,
   * and may contain more. Read from the storage, whether or not the subscription is running.
   */
  <S> CompletionStage<KeyState<S>> state(EventSourcedSubscription<?, S> subscription, String key);

  /**
   * The reply that a subscription has given to a message, once it has finished it; fails as {@link
   * #handled} does. Empty if it has given none.
   *
   * @param key the key of the message
   * @param type the class of the reply; a reply of another class fails the stage
   */
  <R> CompletionStage<Optional<R>> reply(
      Subscription<?> subscription, String key, Receipt receipt, Class<R> type);

  /**
   * The messages of a key in a topic, oldest first, up to the end as it is when the stream starts.
   * Reads all messages of the key's partition, and gives those of the key.
   */
  <T> Source<KeyMessage<T>, NotUsed> history(Topic<T> topic, String key);

  /**
   * What an event-sourced subscription, or one that keeps the results of its calls, has done for a
   * key, oldest first, since the subscription was last reset, up to the end as it is when the
   * stream starts.
   */
  Source<KeyEffect, NotUsed> effects(Subscription<?> subscription, String key);

  /**
   * Lets a subscription handle messages again, from an earlier position on; see {@link Reset}.
   * Repeating an order is safe, and needed when the stage fails: some partitions may then have been
   * reset.
   *
   * @throws org.perille.ConfigurationException if the subscription is ephemeral, and has no
   *     position
   */
  CompletionStage<ResetReport> reset(Subscription<?> subscription, Reset reset);

  /**
   * The messages that a subscription gave up on: to be listed, read, redriven and discarded.
   *
   * @throws org.perille.ConfigurationException if the subscription is ephemeral, and keeps none
   */
  <T> DeadLetters<T> deadLetters(Subscription<T> subscription);

  /**
   * Lets a subscription begin nothing more, in all its partitions, until it is resumed: durable
   * when the stage completes. What is running ends as ever. Safe to repeat, and needed when the
   * stage fails: some partitions may then have been paused.
   *
   * @param reason for those who look at the status; 1 to 1,000 characters
   * @throws org.perille.ConfigurationException if the subscription is ephemeral
   * @throws IllegalArgumentException if there is no reason, or it is too long
   */
  CompletionStage<Done> pause(Subscription<?> subscription, String reason);

  /**
   * {@link #pause(Subscription, String)} for one partition.
   *
   * @throws IllegalArgumentException if the topic has no such partition, too
   */
  CompletionStage<Done> pause(Subscription<?> subscription, int partition, String reason);

  /**
   * Lets a subscription that was paused go on, in all its partitions. A partition that was stopped
   * by a dead letter goes on when that is redriven or discarded.
   *
   * @throws org.perille.ConfigurationException if the subscription is ephemeral
   */
  CompletionStage<Done> resume(Subscription<?> subscription);

  /**
   * {@link #resume(Subscription)} for one partition.
   *
   * @throws IllegalArgumentException if the topic has no such partition
   */
  CompletionStage<Done> resume(Subscription<?> subscription, int partition);

  /**
   * Removes a subscription that no node defines any more from the registry: nodes no longer name it
   * as one whose cursor stands still. Durable when the stage completes, and safe to repeat. What is
   * stored of it stays: defined again under its name, it goes on at its cursor.
   *
   * <p>The stage fails with a {@link org.perille.ConfigurationException} if the subscription isn't
   * registered, or if this node defines it; and with a {@link org.perille.StorageException} if the
   * database can't be used.
   *
   * @param topic the name of the topic that it received
   * @param name its name, or a former one
   */
  CompletionStage<Done> removeSubscription(String topic, String name);

  /** Whether this node works; never blocks. See {@link Health} for what it means. */
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
