package org.perille.internal.effect;

import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.perille.Receipt;
import org.perille.Topic;
import org.perille.internal.log.LaneReport;
import org.perille.internal.log.LogMessage;

/** Where messages go that are published for handled ones: this node's side of a topic. */
public interface Outlet {
  /** Says what a worker has durably finished; asked whenever a batch is sent. */
  @FunctionalInterface
  interface Lane {
    LaneReport report();
  }

  /** This node's outlets. */
  @FunctionalInterface
  interface Outlets {
    /**
     * The outlet of a topic.
     *
     * @throws org.perille.PublishRefusedException if the topic isn't registered on this node
     */
    Outlet of(String topic);
  }

  /** The topic, as it is registered. */
  Topic<?> topic();

  /**
   * Makes bytes of a message.
   *
   * @throws org.perille.PublishRefusedException if it can't be stored
   */
  LogMessage encode(Object message, Map<String, String> headers);

  /**
   * Publishes a message, after all that were given to this outlet before, until it is durable. The
   * stage fails if it isn't known whether it is, or if the worker was replaced: then that worker
   * must not go on.
   *
   * @throws org.perille.PublishRefusedException if this node is stopping
   */
  CompletionStage<Receipt> publish(LogMessage message, Lane lane);

  /**
   * Publishes a message that nothing but its id recognises, until it is durable.
   *
   * @throws org.perille.PublishRefusedException if this node is stopping
   */
  CompletionStage<Receipt> publish(LogMessage message);
}
