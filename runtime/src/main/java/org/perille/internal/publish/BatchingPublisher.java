package org.perille.internal.publish;

import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Flow;
import org.perille.Message;
import org.perille.MessageId;
import org.perille.PublishRefusedException;
import org.perille.PublishRefusedException.Reason;
import org.perille.PublishUnknownException;
import org.perille.Publisher;
import org.perille.Receipt;
import org.perille.Topic;
import org.perille.internal.effect.ChainPublisher;
import org.perille.internal.failure.UserCode;
import org.perille.internal.log.EpochMillis;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.Storable;
import org.perille.internal.payload.PayloadCodec;
import org.perille.internal.payload.ReadBackException;
import org.perille.internal.settings.PublisherSettings;

/**
 * The part of publishing on the caller's thread.
 *
 * <p>It serializes messages, refuses those that can't be stored, and limits those in memory.
 */
public final class BatchingPublisher<T> implements Publisher<T>, ChainPublisher {
  /**
   * The maximum length of a key in characters. Keys are in memory as long as they have messages.
   */
  private static final int MAX_KEY_LENGTH = 1000;

  private final Topic<T> topic;
  private final PayloadCodec<T> codec;
  private final PublisherSettings settings;
  private final Admission admission;
  private final Consumer<Submission> sender;
  private final Clock clock;

  public BatchingPublisher(
      Topic<T> topic,
      PayloadCodec<T> codec,
      PublisherSettings settings,
      Admission admission,
      Consumer<Submission> sender,
      Clock clock) {
    this.topic = topic;
    this.codec = codec;
    this.settings = settings;
    this.admission = admission;
    this.sender = sender;
    this.clock = clock;
  }

  @Override
  public CompletionStage<Receipt> publish(Message<T> message) {
    try {
      return submit(toLog(message));
    } catch (PublishRefusedException refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }

  @Override
  public void publishAndForget(Message<T> message) {
    submit(toLog(message))
        .whenComplete(
            (receipt, failure) -> {
              // There is no receipt to fail; the runtime has logged the failure.
            });
  }

  @Override
  public Flow<Message<T>, Receipt, NotUsed> flow() {
    return Flow.<Message<T>>create()
        .mapAsync(1, this::submitWhenRoom)
        .mapAsync(settings.bufferMessages(), submitted -> submitted.receipt);
  }

  private record Submitted(CompletionStage<Receipt> receipt) {}

  /** Waits for space, so that a stream is backpressured where a single call would be refused. */
  private CompletionStage<Submitted> submitWhenRoom(Message<T> message) {
    LogMessage log = toLog(message);
    return trySubmit(log)
        .map(receipt -> CompletableFuture.completedStage(new Submitted(receipt)))
        .orElseGet(() -> admission.whenRoom().thenCompose(room -> submitWhenRoom(message)));
  }

  private CompletionStage<Receipt> submit(LogMessage message) {
    return trySubmit(message)
        .orElseThrow(
            () ->
                new PublishRefusedException(
                    Reason.BUFFER_FULL,
                    "%s has no space for another message: %s wait for their receipts; publish more slowly, use flow(), or raise perille.publisher.buffer-messages and buffer-bytes"
                        .formatted(topic, admission)));
  }

  @Override
  public Topic<?> topic() {
    return topic;
  }

  @Override
  public LogMessage encode(Object message, Map<String, String> headers) {
    T value = topic.messageClass().cast(message);
    return toLog(Message.of(value).withHeaders(headers));
  }

  /**
   * Publishes a handler's message. Always admitted: the workers' limits bound these messages, and
   * their order must be preserved.
   */
  @Override
  public CompletionStage<Receipt> publish(LogMessage message, ChainPublisher.Producer producer) {
    return submitAlways(submission(message, Optional.empty(), Optional.of(producer)));
  }

  @Override
  public CompletionStage<Receipt> publish(LogMessage message) {
    return submitAlways(submission(message, Optional.empty(), Optional.empty()));
  }

  private CompletionStage<Receipt> submitAlways(Submission submission) {
    if (admission.isClosed()) {
      throw stopped();
    }
    admission.admit(submission.pending().message().sizeInBytes());
    return submit(submission);
  }

  private Optional<CompletionStage<Receipt>> trySubmit(LogMessage message) {
    if (admission.isClosed()) {
      throw stopped();
    }
    Submission submission =
        submission(
            message,
            Optional.of(System.nanoTime() + settings.timeout().toNanos()),
            Optional.empty());
    return admission.tryAdmit(message.sizeInBytes())
        ? Optional.of(submit(submission))
        : Optional.empty();
  }

  /** Allocates all objects before the message is admitted, so that no error can leak its space. */
  private Submission submission(
      LogMessage message,
      Optional<Long> deadlineNanos,
      Optional<ChainPublisher.Producer> producer) {
    return new Submission(
        Partitioner.partitionOf(message.key(), topic.partitions()),
        new PendingPublish<>(message, deadlineNanos, new CompletableFuture<>(), producer));
  }

  private CompletionStage<Receipt> submit(Submission submission) {
    CompletableFuture<Receipt> promise = submission.pending().promise();
    try {
      sender.accept(submission);
      if (admission.isClosed()) {
        // The actor may have stopped meanwhile. Then nothing else would complete the promise.
        CompletableFuture.delayedExecutor(settings.timeout().toMillis(), TimeUnit.MILLISECONDS)
            .execute(
                () ->
                    promise.completeExceptionally(
                        new PublishUnknownException(
                            "%s was being closed while a message was published; publish it again with the same id"
                                .formatted(topic))));
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

  private PublishRefusedException stopped() {
    return new PublishRefusedException(
        Reason.STOPPED, topic + " accepts no more messages: Perille is stopping on this node");
  }

  private LogMessage toLog(Message<T> message) {
    String key = keyOf(message.payload());
    requireStorable(message, key);
    PayloadCodec.Encoded encoded = encode(message.payload());
    LogMessage log =
        new LogMessage(
            key,
            message.id().map(MessageId::value).orElse(""),
            message.headers(),
            encoded.serializerId(),
            encoded.manifest(),
            encoded.payload(),
            times(message));
    if (log.sizeInBytes() > settings.maxMessageBytes()) {
      throw new PublishRefusedException(
          Reason.TOO_LARGE,
          "a message for %s with key '%s' has %d bytes, and perille.publisher.max-message-bytes is %d"
              .formatted(topic, key, log.sizeInBytes(), settings.maxMessageBytes()));
    }
    return log;
  }

  /**
   * Refuses text that any storage can't store, so that a later move to another storage loses
   * nothing.
   */
  private void requireStorable(Message<T> message, String key) {
    requireStorable(Reason.INVALID_KEY, "key", key);
    message.id().ifPresent(this::requirePublishable);
    message
        .headers()
        .forEach(
            (name, text) -> {
              requireStorable(Reason.INVALID_HEADER, "header name", name);
              requireStorable(Reason.INVALID_HEADER, "value of header '" + name + "'", text);
            });
  }

  /** Refuses an id that can't be one of a publisher. The id of a stored message may be longer. */
  private void requirePublishable(MessageId id) {
    requireStorable(Reason.INVALID_ID, "message id", id.value());
    if (id.value().length() > MessageId.MAX_LENGTH) {
      throw new PublishRefusedException(
          Reason.INVALID_ID,
          "the id of a message for %s has %d characters: use 1 to %d"
              .formatted(topic, id.value().length(), MessageId.MAX_LENGTH));
    }
  }

  private void requireStorable(Reason reason, String what, String text) {
    Storable.problemOf(text)
        .ifPresent(
            problem -> {
              throw new PublishRefusedException(
                  reason,
                  "the %s '%s' of a message for %s contains %s, which not every storage can store: remove or escape it"
                      .formatted(what, Storable.cleaned(text), topic, problem));
            });
  }

  private LogMessage.Times times(Message<T> message) {
    if (message.notBefore().isEmpty() && message.notAfter().isEmpty()) {
      return LogMessage.Times.ANY;
    }
    // 0 means "not set", so earlier times become 1.
    long notBefore = message.notBefore().map(t -> Math.max(1, EpochMillis.of(t))).orElse(0L);
    long notAfter = message.notAfter().map(t -> Math.max(1, EpochMillis.of(t))).orElse(0L);
    if (notBefore > clock.millis() + settings.maxDelay().toMillis()) {
      throw new PublishRefusedException(
          Reason.DELAY_TOO_LONG,
          "a message for %s must not be handled before %s, and perille.publisher.max-delay is %s"
              .formatted(topic, message.notBefore().get(), settings.maxDelay()));
    }
    return new LogMessage.Times(notBefore, notAfter);
  }

  private String keyOf(T value) {
    String key;
    try {
      key = topic.keyOf(value);
    } catch (Throwable e) {
      throw new PublishRefusedException(
          Reason.INVALID_KEY,
          "the key of a message for %s can't be computed: %s"
              .formatted(topic, UserCode.describe(e)),
          e);
    }
    if (key == null || key.isEmpty() || key.length() > MAX_KEY_LENGTH) {
      throw new PublishRefusedException(
          Reason.INVALID_KEY,
          "a message for %s has %s: use 1 to %d characters"
              .formatted(
                  topic,
                  key == null || key.isEmpty()
                      ? "no key"
                      : "a key of " + key.length() + " characters",
                  MAX_KEY_LENGTH));
    }
    return key;
  }

  private PayloadCodec.Encoded encode(T value) {
    try {
      return codec.encodeReadable(value);
    } catch (ReadBackException e) {
      throw new PublishRefusedException(
          Reason.UNSERIALIZABLE,
          "a message for %s is refused: %s".formatted(topic, e.getMessage()),
          e);
    } catch (java.io.NotSerializableException | RuntimeException e) {
      throw new PublishRefusedException(
          Reason.UNSERIALIZABLE,
          "a message of %s for %s can't be serialized: %s"
              .formatted(value.getClass().getName(), topic, UserCode.messageOf(e)),
          e);
    }
  }
}
