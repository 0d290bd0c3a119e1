package org.perille.proof.actors;

import org.apache.pekko.actor.typed.delivery.ConsumerController.SequencedMessage;
import org.apache.pekko.actor.typed.delivery.internal.ProducerControllerImpl;
import org.perille.internal.feed.FeedAnswer;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.partition.PartitionRequest;
import org.perille.internal.partition.WorkerRequest;

/**
 * The messages that may cross the network, and so may be lost, come twice, late or out of order.
 *
 * <p>This depends on the message and on its receiver, never on where the sender currently is. The
 * sender of such a message doesn't know whether the receiver is on its node. A message that is
 * passed on to an actor beside its receiver (a batch from the entity to its partition) has crossed
 * once, and isn't listed for the second actor.
 *
 * <p>All other messages are between actors of one node, or from the journal to an actor. They can't
 * get lost, so that faults in them would show failures that can't happen.
 *
 * <p>Answers to questions go to promises, which have no mailbox. For the sender a lost question and
 * a lost answer are alike, and a repeated question is answered twice.
 */
final class NetworkMessages {
  private NetworkMessages() {}

  static boolean mayHaveCrossed(Part receiver, Object message) {
    return switch (receiver) {
      case ENTITY -> message instanceof SequencedMessage || message instanceof PartitionRequest;
      case SESSION -> message instanceof SequencedMessage;
      case BATCH_PRODUCER, FEED_PRODUCER ->
          message instanceof ProducerControllerImpl.Request
              || message instanceof ProducerControllerImpl.Ack
              || message instanceof ProducerControllerImpl.Resend;
      case PUBLISHER -> message instanceof BatchReceipt;
      case FEED_CLIENT -> message instanceof FeedAnswer;
      case WORKER -> message instanceof WorkerRequest;
      default -> false;
    };
  }
}
