package org.perille.internal.log;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.util.Map;
import java.util.Optional;
import org.perille.MessageId;

/**
 * A message as its publisher sent it. The payload is opaque.
 *
 * @param id empty if the publisher assigned none
 * @param times the times between which it may be handled
 * @param origin the origin of a message that was published for another one; its id follows from it
 * @param sizeInBytes an upper bound of the size of the message in a batch, including framing
 */
public record LogMessage(
    String key,
    String id,
    Map<String, String> headers,
    int serializerId,
    String manifest,
    ByteString payload,
    Times times,
    Optional<Origin> origin,
    int sizeInBytes) {

  /**
   * The times between which a message may be handled, in milliseconds since the epoch.
   *
   * @param notBefore 0 if immediately
   * @param notAfter 0 if at any time
   */
  public record Times(long notBefore, long notAfter) {
    public static final Times ANY = new Times(0, 0);

    /** Returns whether the message has expired. */
    public boolean isExpiredAt(long nowMillis) {
      return notAfter != 0 && nowMillis > notAfter;
    }
  }

  /** The size of tags, lengths, numbers, and the position in the log. */
  private static final int FRAMING_BYTES = 64;

  /** The size of tags and lengths of a header. */
  private static final int HEADER_FRAMING_BYTES = 8;

  /** The size of tags, lengths and numbers of an origin, in addition to that of the id. */
  private static final int ORIGIN_FRAMING_BYTES = 32;

  public LogMessage {
    if (key.isEmpty()) {
      throw new IllegalArgumentException("a message without a key can't be in a log");
    }
  }

  public LogMessage(
      String key,
      String id,
      Map<String, String> headers,
      int serializerId,
      String manifest,
      ByteString payload) {
    this(key, id, headers, serializerId, manifest, payload, Times.ANY);
  }

  public LogMessage(
      String key,
      String id,
      Map<String, String> headers,
      int serializerId,
      String manifest,
      ByteString payload,
      Times times) {
    this(
        key,
        id,
        headers,
        serializerId,
        manifest,
        payload,
        times,
        Optional.empty(),
        size(key, id, headers, manifest, payload));
  }

  /** Returns the id, if it has one. */
  public Optional<MessageId> messageId() {
    return id.isEmpty() ? Optional.empty() : Optional.of(MessageId.ofStored(id));
  }

  /** Returns the same message, published for another one. */
  public LogMessage from(Origin origin) {
    String derived = origin.messageId();
    return new LogMessage(
        key,
        derived,
        headers,
        serializerId,
        manifest,
        payload,
        times,
        Optional.of(origin),
        ORIGIN_FRAMING_BYTES + size(key, derived, headers, manifest, payload));
  }

  /**
   * Returns the same message, published by an outbox's relay. It retains the id that its publisher
   * has assigned, by which it is deduplicated in addition.
   */
  public LogMessage relayedBy(Origin origin) {
    return id.isEmpty()
        ? from(origin)
        : new LogMessage(
            key,
            id,
            headers,
            serializerId,
            manifest,
            payload,
            times,
            Optional.of(origin),
            ORIGIN_FRAMING_BYTES
                + origin.producer().length()
                + size(key, id, headers, manifest, payload));
  }

  /** Returns whether its publisher has assigned the id: it doesn't follow from the origin. */
  public boolean hasOwnId() {
    return !id.isEmpty() && !origin.map(Origin::messageId).filter(id::equals).isPresent();
  }

  private static int size(
      String key, String id, Map<String, String> headers, String manifest, ByteString payload) {
    int bytes = FRAMING_BYTES + utf8(key) + utf8(id) + utf8(manifest) + payload.size();
    for (Map.Entry<String, String> header : headers.entrySet()) {
      bytes += HEADER_FRAMING_BYTES + utf8(header.getKey()) + utf8(header.getValue());
    }
    return bytes;
  }

  private static int utf8(String text) {
    return CodedOutputStream.computeStringSizeNoTag(text);
  }
}
