package org.perille.internal.publish;

import java.time.Clock;
import java.util.Map;
import org.perille.Message;
import org.perille.MessageId;
import org.perille.PublishRefusedException;
import org.perille.PublishRefusedException.Reason;
import org.perille.Topic;
import org.perille.internal.failure.UserCode;
import org.perille.internal.hook.Interceptors;
import org.perille.internal.log.EpochMillis;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.Storable;
import org.perille.internal.outbox.JsonMessage;
import org.perille.internal.payload.PayloadCodec;
import org.perille.internal.payload.ReadBackException;
import org.perille.internal.settings.PublisherSettings;

/**
 * Encodes messages of the application for the log, and refuses those that can't be stored.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
final class MessageEncoder<T> {
  /**
   * The maximum length of a key in characters. Keys are in memory as long as they have messages.
   */
  private static final int MAX_KEY_LENGTH = 1000;

  private final Topic<T> topic;
  private final PayloadCodec<T> codec;
  private final PublisherSettings settings;
  private final Clock clock;
  private final Interceptors interceptors;

  MessageEncoder(
      Topic<T> topic,
      PayloadCodec<T> codec,
      PublisherSettings settings,
      Clock clock,
      Interceptors interceptors) {
    this.topic = topic;
    this.codec = codec;
    this.settings = settings;
    this.clock = clock;
    this.interceptors = interceptors;
  }

  /**
   * Returns a message with its headers and those of the interceptors.
   *
   * @throws PublishRefusedException if it can't be stored
   */
  LogMessage encode(Message<T> message) {
    String key = keyOf(message.payload());
    requireStorable(message, key);
    PayloadCodec.Encoded encoded = encodePayload(message.payload());
    LogMessage log =
        new LogMessage(
            key,
            message.id().map(MessageId::value).orElse(""),
            message.headers(),
            encoded.serializerId(),
            encoded.manifest(),
            encoded.payload(),
            times(message));
    requireSize(log);
    return interceptors.areNone() ? log : intercepted(message, log);
  }

  /** Refuses a message that is too large for this node. */
  void requireSize(LogMessage log) {
    if (log.sizeInBytes() > settings.maxMessageBytes()) {
      throw new PublishRefusedException(
          Reason.TOO_LARGE,
          "a message for %s with key '%s' has %d bytes, and perille.publisher.max-message-bytes is %d"
              .formatted(topic, log.key(), log.sizeInBytes(), settings.maxMessageBytes()));
    }
  }

  /**
   * Encodes a message that SQL has inserted into an outbox.
   *
   * @throws PublishRefusedException if it is no message of the topic, or can't be stored
   */
  LogMessage encode(JsonMessage json) {
    Message<T> message = Message.of(read(json.payload()));
    String key = keyOf(message.payload());
    if (!key.equals(json.key())) {
      throw new PublishRefusedException(
          Reason.INVALID_KEY,
          "a row for %s has key '%s', and the topic's key of its payload is '%s': insert it with that key"
              .formatted(topic, json.key(), key));
    }
    if (json.id().isPresent()) {
      message = message.withId(idOf(json.id().get()));
    }
    return encode(
        json.headers().isPresent() ? message.withHeaders(headers(json.headers().get())) : message);
  }

  private T read(String payload) {
    try {
      return codec.fromJson(payload);
    } catch (RuntimeException e) {
      throw new PublishRefusedException(
          Reason.UNSERIALIZABLE,
          "the payload of a row is no message of %s: %s".formatted(topic, UserCode.messageOf(e)),
          e);
    }
  }

  private MessageId idOf(String id) {
    try {
      return MessageId.of(id);
    } catch (IllegalArgumentException e) {
      throw new PublishRefusedException(Reason.INVALID_ID, e.getMessage(), e);
    }
  }

  private Map<String, String> headers(String json) {
    try {
      return codec.textsFromJson(json);
    } catch (RuntimeException e) {
      throw new PublishRefusedException(
          Reason.INVALID_HEADER,
          "the headers of a row for %s are no JSON object of texts: %s"
              .formatted(topic, UserCode.messageOf(e)),
          e);
    }
  }

  /** Adds the interceptors' headers, unless the message would be refused because of them. */
  private LogMessage intercepted(Message<T> message, LogMessage log) {
    Map<String, String> headers = interceptors.published(topic, message).headers();
    LogMessage more =
        new LogMessage(
            log.key(),
            log.id(),
            headers,
            log.serializerId(),
            log.manifest(),
            log.payload(),
            log.times());
    if (more.sizeInBytes() <= settings.maxMessageBytes()) {
      return more;
    }
    interceptors.leftOut(
        "a message for %s with key '%s' would have %d bytes with the headers of interceptors, and perille.publisher.max-message-bytes is %d: it is published without them"
            .formatted(topic, log.key(), more.sizeInBytes(), settings.maxMessageBytes()));
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

  private PayloadCodec.Encoded encodePayload(T value) {
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
