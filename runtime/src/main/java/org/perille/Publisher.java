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
 * <p><b>Failure</b>: the stage fails with {@link PublishRefusedException} if the message certainly
 * isn't stored and never will be. It fails with {@link PublishUnknownException} if the message may
 * have been stored, or still may be. Publishing it again with the same message id is safe in both
 * cases. Time-out: {@code perille.publisher.timeout} (default: 30 s).
 *
 * <p><b>Threading</b>: safe for use by any number of threads. Stages complete on threads that run
 * only callbacks of applications. A topic uses at most {@code perille.publisher.callback-threads}
 * of them at the same time (default: 8). A callback that blocks there delays later receipts of this
 * topic on this node, and finally its publishers. It delays nothing else. A callback that is
 * attached after the completion, or after an immediate failure, runs on the attaching thread.
 */
public interface Publisher<T> {

  /**
   * Publishes a message.
   *
   * @return a stage with the receipt; the type's description lists its failures
   */
  CompletionStage<Receipt> publish(Message<T> message);

  /** Publishes a message without an id and headers. */
  default CompletionStage<Receipt> publish(T payload) {
    return publish(Message.of(payload));
  }

  /** Publishes a message with a stable id. */
  default CompletionStage<Receipt> publish(T payload, MessageId id) {
    return publish(Message.of(payload).withId(id));
  }

  /**
   * Publishes at most once, without a receipt. A loss isn't reported.
   *
   * <p>The message is sent in the same batches as others, so it keeps their order. It saves only
   * the cost of a receipt.
   *
   * @throws PublishRefusedException if the message isn't even accepted for sending
   */
  void publishAndForget(Message<T> message);

  /** Publishes like {@link #publishAndForget(Message)}, without an id and headers. */
  default void publishAndForget(T payload) {
    publishAndForget(Message.of(payload));
  }

  /**
   * Returns a flow that publishes the messages of a stream and emits their receipts in the same
   * order.
   *
   * <p>A full buffer backpressures the stream. Any other failure fails it.
   */
  Flow<Message<T>, Receipt, NotUsed> flow();

  /**
   * Returns a sink that publishes the messages of a stream. It completes when the last is durable.
   */
  default Sink<Message<T>, CompletionStage<org.apache.pekko.Done>> sink() {
    return flow().toMat(Sink.ignore(), Keep.right());
  }
}
