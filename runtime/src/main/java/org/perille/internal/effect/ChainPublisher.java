package org.perille.internal.effect;

import java.util.concurrent.CompletionStage;
import org.perille.Message;
import org.perille.Receipt;
import org.perille.Topic;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.ProducerReport;

/** A destination of messages that are published for handled ones: this node's side of a topic. */
public interface ChainPublisher {
  /** A producer, which reports its durably finished offsets. Called whenever a batch is sent. */
  @FunctionalInterface
  interface Producer {
    ProducerReport report();
  }

  /** The chain publishers of this node. */
  @FunctionalInterface
  interface ChainPublishers {
    /**
     * Returns the chain publisher of a topic.
     *
     * @throws org.perille.PublishRefusedException if the topic isn't registered on this node
     */
    ChainPublisher of(String topic);
  }

  /** Returns the topic, as it is registered. */
  Topic<?> topic();

  /**
   * Serializes a message.
   *
   * @throws org.perille.PublishRefusedException if it can't be stored
   */
  LogMessage encodeOutgoing(Message<?> message);

  /**
   * Publishes a message until it is durable, after all earlier messages of this publisher.
   *
   * <p>The stage fails if the outcome is unknown, or if the worker was replaced. Then that worker
   * must not continue.
   *
   * @throws org.perille.PublishRefusedException if this node is stopping
   */
  CompletionStage<Receipt> publish(LogMessage message, Producer producer);

  /**
   * Publishes a message until it is durable, deduplicated by its id only.
   *
   * @throws org.perille.PublishRefusedException if this node is stopping
   */
  CompletionStage<Receipt> publish(LogMessage message);
}
