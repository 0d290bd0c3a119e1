package org.perille.internal.log;

import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Publisher to partition, by reliable delivery: messages to append, all or none.
 *
 * @param publisher the publisher's incarnation
 * @param number the publisher's number for the batch, from 1, rising within a partition
 * @param lanes what is known of the workers whose messages are among these
 * @param mayBeForgotten whether the publisher understands a receipt that says so
 */
public record PublishBatch(
    String topic,
    int partition,
    String publisher,
    long number,
    List<LogMessage> messages,
    List<LaneReport> lanes,
    ActorRef<BatchReceipt> replyTo,
    boolean mayBeForgotten) {

  /** A batch of a publisher that understands everything. */
  public PublishBatch(
      String topic,
      int partition,
      String publisher,
      long number,
      List<LogMessage> messages,
      List<LaneReport> lanes,
      ActorRef<BatchReceipt> replyTo) {
    this(topic, partition, publisher, number, messages, lanes, replyTo, true);
  }
}
