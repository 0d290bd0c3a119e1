package org.perille.proof.actors;

import org.apache.pekko.actor.typed.delivery.ConsumerController.SequencedMessage;
import org.apache.pekko.actor.typed.delivery.internal.ProducerControllerImpl;
import org.perille.internal.feed.FeedAnswer;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.partition.PartitionRequest;
import org.perille.internal.subscribe.WorkerRequest;

/**
 * Says which messages may have come over the network, and so may be lost, come twice, late or out
 * of order.
 *
 * <p>That is decided by what a message is and by who receives it, never by where the sender happens
 * to be: whoever sends these doesn't know whether the receiver is on its node. A message that goes
 * on to an actor beside its receiver (a batch from the entity to its partition) has crossed once,
 * and isn't listed there. All else is said between actors of one node, or of the journal to an
 * actor, and can't get lost: to touch that would show failures that nobody can have. Questions are
 * answered to promises, which have no mailbox; for who asks, a lost question and a lost answer are
 * alike, and a question that comes twice is answered twice.
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
