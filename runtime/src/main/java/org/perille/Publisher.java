package org.perille;

import java.util.concurrent.CompletionStage;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;

/**
 * The sending side of a topic.
 *
 * <p><b>Guarantee</b>: the stage completes with a receipt when the message is durable. Until then
 * the runtime repeats it across loss, crash and rebalance, and stores it once. Two messages for one
 * key, the second published after the first call returned, are stored in that order.
 *
 * <p><b>Failure</b>: the stage fails with {@link PublishRefusedException} when the message
 * certainly isn't stored and never will be, and with {@link PublishUnknownException} when it may
 * have been, or still may be. Repeating it with the same message id is safe in both cases.
 *
 * <p><b>Threading</b>: safe for use by any number of threads. Stages complete on one of {@code
 * perille.publisher.callback-threads} threads of the topic, which do nothing else. What is attached
 * to a stage and blocks there holds back later receipts of this topic on this node, and in the end
 * its publishers; it holds back nothing else. What is attached to a stage that has completed, or
 * has failed at once, runs on the thread that attaches it.
 */
public interface Publisher<T> {

  /** Publishes a message; see the type's description for what the stage says. */
  CompletionStage<Receipt> publish(Message<T> message);

  /** Publishes a message that has neither id nor headers. */
  default CompletionStage<Receipt> publish(T value) {
    return publish(Message.of(value));
  }

  /** Publishes a message under a stable name. */
  default CompletionStage<Receipt> publish(T value, MessageId id) {
    return publish(Message.of(value).withId(id));
  }

  /**
   * Publishes at most once: no receipt, and nobody learns when the message is lost.
   *
   * <p>It travels in the same batches as other messages, so it keeps their order and costs less
   * only by what a receipt costs.
   *
   * @throws PublishRefusedException if the message isn't even accepted for sending
   */
  void publishAndForget(Message<T> message);

  /** {@link #publishAndForget(Message)} for a message that has neither id nor headers. */
  default void publishAndForget(T value) {
    publishAndForget(Message.of(value));
  }

  /**
   * Publishes the messages of a stream and gives their receipts in the same order. A full buffer
   * holds the stream back; any other failure fails it.
   */
  Flow<Message<T>, Receipt, NotUsed> flow();

  /** Publishes the messages of a stream; completes when the last one is durable. */
  default Sink<Message<T>, CompletionStage<org.apache.pekko.Done>> sink() {
    return flow().toMat(Sink.ignore(), Keep.right());
  }
}
