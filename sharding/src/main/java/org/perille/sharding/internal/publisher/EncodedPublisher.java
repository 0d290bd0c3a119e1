package org.perille.sharding.internal.publisher;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorRef;
import org.perille.PublishRefusedException;
import org.perille.PublishRefusedException.Reason;
import org.perille.Receipt;
import org.perille.internal.effect.ChainPublisher;
import org.perille.internal.log.LogMessage;
import org.perille.internal.publish.Admission;
import org.perille.internal.publish.PendingPublish;
import org.perille.internal.publish.Submission;

/**
 * Publishes messages of the runtime that are encoded already, until they are durable. Always
 * admitted: whoever uses it has limits.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
record EncodedPublisher(String topic, ActorRef<PublisherActor.Command> actor, Admission admission) {

  /**
   * Publishes a message, after all earlier ones of its partition.
   *
   * @throws PublishRefusedException if this node is stopping
   */
  CompletionStage<Receipt> publish(
      int partition, LogMessage message, Optional<ChainPublisher.Producer> producer) {
    if (admission.isClosed()) {
      throw new PublishRefusedException(
          Reason.STOPPED,
          "no more messages for topic '%s' are sent: Perille is stopping on this node"
              .formatted(topic));
    }
    CompletableFuture<Receipt> promise = new CompletableFuture<>();
    PendingPublish<CompletableFuture<Receipt>> pending =
        new PendingPublish<>(message, Optional.empty(), promise, producer);
    admission.admit(message.sizeInBytes());
    actor.tell(new PublisherActor.Submit(new Submission(partition, pending)));
    return promise;
  }
}
