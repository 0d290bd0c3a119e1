package org.perille.internal.publish;

import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Flow;
import org.perille.Message;
import org.perille.PerilleListener.Refused;
import org.perille.PerilleListener.Unknown;
import org.perille.PublishRefusedException;
import org.perille.PublishRefusedException.Reason;
import org.perille.PublishUnknownException;
import org.perille.Publisher;
import org.perille.Receipt;
import org.perille.Topic;
import org.perille.internal.effect.ChainPublisher;
import org.perille.internal.hook.Hooks;
import org.perille.internal.hook.Listeners;
import org.perille.internal.log.LogCondition;
import org.perille.internal.log.LogMessage;
import org.perille.internal.outbox.JsonMessage;
import org.perille.internal.outbox.OutboxTarget;
import org.perille.internal.payload.PayloadCodec;
import org.perille.internal.settings.PublisherSettings;

/**
 * The part of publishing on the caller's thread.
 *
 * <p>It serializes messages, refuses those that can't be stored, and limits those in memory.
 */
public final class BatchingPublisher<T> implements Publisher<T>, OutboxTarget {
  private final Topic<T> topic;
  private final MessageEncoder<T> encoder;
  private final PublisherSettings settings;
  private final Admission admission;
  private final Consumer<Submission> sender;
  private final Listeners listeners;

  /** Creates a publisher without hooks. */
  public BatchingPublisher(
      Topic<T> topic,
      PayloadCodec<T> codec,
      PublisherSettings settings,
      Admission admission,
      Consumer<Submission> sender,
      Clock clock) {
    this(topic, codec, settings, admission, sender, clock, Hooks.NONE);
  }

  public BatchingPublisher(
      Topic<T> topic,
      PayloadCodec<T> codec,
      PublisherSettings settings,
      Admission admission,
      Consumer<Submission> sender,
      Clock clock,
      Hooks hooks) {
    this.topic = topic;
    this.encoder = new MessageEncoder<>(topic, codec, settings, clock, hooks.interceptors());
    this.settings = settings;
    this.admission = admission;
    this.sender = sender;
    this.listeners = hooks.listeners();
  }

  @Override
  public CompletionStage<Receipt> publish(Message<T> message) {
    try {
      return submit(encoder.encode(message), conditionOf(message));
    } catch (PublishRefusedException refused) {
      report(refused);
      return CompletableFuture.failedFuture(refused);
    }
  }

  @Override
  public void publishAndForget(Message<T> message) {
    try {
      submit(encoder.encode(message), conditionOf(message))
          .whenComplete(
              (receipt, failure) -> {
                // There is no receipt to fail; the runtime has logged the failure.
              });
    } catch (PublishRefusedException refused) {
      report(refused);
      throw refused;
    }
  }

  private void report(PublishRefusedException refused) {
    listeners.report(
        () -> {
          Refused event = new Refused(topic.name(), refused.reason());
          return listener -> listener.refused(event);
        });
  }

  @Override
  public Flow<Message<T>, Receipt, NotUsed> flow() {
    return Flow.<Message<T>>create()
        .mapAsync(1, this::submitWhenRoom)
        .mapAsync(settings.bufferMessages(), submitted -> submitted.receipt);
  }

  private record Submitted(CompletionStage<Receipt> receipt) {}

  private CompletionStage<Submitted> submitWhenRoom(Message<T> message) {
    try {
      return submitEncoded(encoder.encode(message), conditionOf(message));
    } catch (PublishRefusedException refused) {
      report(refused);
      throw refused;
    }
  }

  /** Waits for space, so that a stream is backpressured where a single call would be refused. */
  private CompletionStage<Submitted> submitEncoded(
      LogMessage message, Optional<LogCondition> condition) {
    return trySubmit(message, condition)
        .map(receipt -> CompletableFuture.completedStage(new Submitted(receipt)))
        .orElseGet(
            () -> admission.whenRoom().thenCompose(room -> submitAfterWaiting(message, condition)));
  }

  private CompletionStage<Submitted> submitAfterWaiting(
      LogMessage message, Optional<LogCondition> condition) {
    try {
      return submitEncoded(message, condition);
    } catch (PublishRefusedException refused) {
      report(refused);
      throw refused;
    }
  }

  private static Optional<LogCondition> conditionOf(Message<?> message) {
    return message.condition().map(condition -> new LogCondition(condition.lastOffset()));
  }

  private CompletionStage<Receipt> submit(LogMessage message, Optional<LogCondition> condition) {
    return trySubmit(message, condition)
        .orElseThrow(
            () ->
                new PublishRefusedException(
                    Reason.BUFFER_FULL,
                    "%s has no space for another message: %s wait for their receipts; publish more slowly, use flow(), or raise perille.publisher.buffer-messages and buffer-bytes"
                        .formatted(topic, admission)));
  }

  /**
   * Encodes a message for an outbox or a transaction.
   *
   * @throws PublishRefusedException if it can't be published
   * @throws IllegalArgumentException if it has a condition
   */
  public LogMessage encode(Message<T> message) {
    if (message.condition().isPresent()) {
      throw new IllegalArgumentException(
          "a message for %s in an outbox can't have a condition: it is stored in its topic after the commit, and nothing may refuse it after that; compare with the application's own tables in the transaction instead, or use a Publisher"
              .formatted(topic));
    }
    try {
      return encoder.encode(message);
    } catch (PublishRefusedException refused) {
      report(refused);
      throw refused;
    }
  }

  @Override
  public LogMessage encode(JsonMessage message) {
    return encoder.encode(message);
  }

  @Override
  public void requireAccepted(LogMessage message) {
    encoder.requireSize(message);
  }

  @Override
  public Topic<?> topic() {
    return topic;
  }

  @Override
  @SuppressWarnings("unchecked") // the cast of the payload fails if it is another message
  public LogMessage encodeOutgoing(Message<?> message) {
    T unused = topic.messageClass().cast(message.payload());
    return encoder.encode((Message<T>) message);
  }

  /**
   * Publishes a handler's message. Always admitted: the workers' limits bound these messages, and
   * their order must be preserved.
   */
  @Override
  public CompletionStage<Receipt> publish(LogMessage message, ChainPublisher.Producer producer) {
    return submitAlways(
        submission(message, Optional.empty(), Optional.of(producer), Optional.empty()));
  }

  @Override
  public CompletionStage<Receipt> publish(LogMessage message) {
    return submitAlways(submission(message, Optional.empty(), Optional.empty(), Optional.empty()));
  }

  private CompletionStage<Receipt> submitAlways(Submission submission) {
    if (admission.isClosed()) {
      throw stopped();
    }
    admission.admit(submission.pending().message().sizeInBytes());
    return submit(submission);
  }

  private Optional<CompletionStage<Receipt>> trySubmit(
      LogMessage message, Optional<LogCondition> condition) {
    if (admission.isClosed()) {
      throw stopped();
    }
    Submission submission =
        submission(
            message,
            Optional.of(System.nanoTime() + settings.timeout().toNanos()),
            Optional.empty(),
            condition);
    return admission.tryAdmit(message.sizeInBytes())
        ? Optional.of(submit(submission))
        : Optional.empty();
  }

  /** Allocates all objects before the message is admitted, so that no error can leak its space. */
  private Submission submission(
      LogMessage message,
      Optional<Long> deadlineNanos,
      Optional<ChainPublisher.Producer> producer,
      Optional<LogCondition> condition) {
    return new Submission(
        Partitioner.partitionOf(message.key(), topic.partitions()),
        new PendingPublish<>(
            message, deadlineNanos, new CompletableFuture<>(), producer, condition));
  }

  private CompletionStage<Receipt> submit(Submission submission) {
    CompletableFuture<Receipt> promise = submission.pending().promise();
    try {
      sender.accept(submission);
      if (admission.isClosed()) {
        // The actor may have stopped meanwhile. Then nothing else would complete the promise.
        CompletableFuture.delayedExecutor(settings.timeout().toMillis(), TimeUnit.MILLISECONDS)
            .execute(() -> closedMeanwhile(submission.pending()));
      }
    } catch (Throwable e) {
      // The caller's stack may be too deep, or the memory full. The next caller needs the space.
      if (submission.withdraw()) {
        admission.release(1, submission.pending().message().sizeInBytes());
      }
      throw e;
    }
    return promise;
  }

  private void closedMeanwhile(PendingPublish<CompletableFuture<Receipt>> pending) {
    boolean failed =
        pending
            .promise()
            .completeExceptionally(
                new PublishUnknownException(
                    "%s was being closed while a message was published; publish it again with the same id"
                        .formatted(topic)));
    // Only the application's publishes have a deadline.
    if (failed && pending.deadlineNanos().isPresent()) {
      Unknown event = new Unknown(topic.name());
      listeners.report(() -> listener -> listener.unknown(event));
    }
  }

  private PublishRefusedException stopped() {
    return new PublishRefusedException(
        Reason.STOPPED, topic + " accepts no more messages: Perille is stopping on this node");
  }
}
