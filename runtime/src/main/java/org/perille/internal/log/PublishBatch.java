package org.perille.internal.log;

import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;
import org.perille.internal.PerilleSerializable;

/**
 * A batch from a publisher to a partition, by reliable delivery: messages to append, all or none.
 *
 * @param publisher the publisher's epoch
 * @param number the publisher's number of the batch, from 1, rising within a partition
 * @param conditions the conditions of messages, by their positions in the batch
 * @param producers the reports of the workers whose messages are in the batch
 * @param mayBeForgotten true if the publisher understands the receipt of a forgotten publisher
 */
public record PublishBatch(
    String topic,
    int partition,
    String publisher,
    long number,
    List<LogMessage> messages,
    Map<Integer, LogCondition> conditions,
    List<ProducerReport> producers,
    ActorRef<BatchReceipt> replyTo,
    boolean mayBeForgotten)
    implements PerilleSerializable {

  /** Creates a batch of a publisher that understands all receipts. */
  public PublishBatch(
      String topic,
      int partition,
      String publisher,
      long number,
      List<LogMessage> messages,
      Map<Integer, LogCondition> conditions,
      List<ProducerReport> producers,
      ActorRef<BatchReceipt> replyTo) {
    this(topic, partition, publisher, number, messages, conditions, producers, replyTo, true);
  }

  /** Creates a batch of a publisher that understands all receipts, without conditions. */
  public PublishBatch(
      String topic,
      int partition,
      String publisher,
      long number,
      List<LogMessage> messages,
      List<ProducerReport> producers,
      ActorRef<BatchReceipt> replyTo) {
    this(topic, partition, publisher, number, messages, Map.of(), producers, replyTo, true);
  }
}
