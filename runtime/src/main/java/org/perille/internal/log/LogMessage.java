package org.perille.internal.log;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.util.Map;
import java.util.Optional;
import org.perille.MessageId;

/**
 * A message of the log.
 *
 * <p>A partition needs its key, id, origin and times. Its content is opaque, and may be compressed
 * together with that of other messages. {@link org.perille.internal.compression.Decompressor}
 * returns the same message with a plain content.
 *
 * @param id empty if the publisher assigned none
 * @param times the times between which it may be handled
 * @param origin the origin of a message that was published for another one; its id follows from it
 * @param sizeInBytes an upper bound of the size of the message in a batch that isn't compressed,
 *     including framing
 */
public record LogMessage(
    String key, String id, Times times, Optional<Origin> origin, Content content, int sizeInBytes) {

  /** The content of a message: its headers and its payload. */
  public sealed interface Content {}

  /** A content as its publisher sent it. */
  public record Plain(
      Map<String, String> headers, int serializerId, String manifest, ByteString payload)
      implements Content {}

  /**
   * A content that is compressed: a {@code MessageBody} in a block.
   *
   * @param position the position in the decompressed block, in bytes
   * @param length the length in bytes
   */
  public record Compressed(CompressedBlock block, int position, int length) implements Content {
    public Compressed {
      if (position < 0 || length < 0 || (long) position + length > block.size()) {
        throw new IllegalArgumentException(
            "a message has %d bytes from byte %d on of a block of %d bytes"
                .formatted(length, position, block.size()));
      }
    }
  }

  /**
   * A content that can't be read, although it is stored. The message can't be handled.
   *
   * @param reason the reason, which names neither the partition nor the offset
   */
  public record Unreadable(String reason) implements Content {}

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

  private static final Plain NOTHING = new Plain(Map.of(), 0, "", ByteString.EMPTY);

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
    this(key, id, times, Optional.empty(), new Plain(headers, serializerId, manifest, payload));
  }

  private LogMessage(String key, String id, Times times, Optional<Origin> origin, Content content) {
    this(key, id, times, origin, content, size(key, id, origin, content));
  }

  public LogMessage(String key, String id, Times times, Content content) {
    this(key, id, times, Optional.empty(), content);
  }

  /** Returns the same message with another form of its content. */
  public LogMessage with(Content changed) {
    return changed instanceof Unreadable
        ? new LogMessage(key, id, times, origin, changed, sizeInBytes)
        : new LogMessage(key, id, times, origin, changed);
  }

  /** Returns whether its content has to be decompressed before it can be read. */
  public boolean isCompressed() {
    return content instanceof Compressed;
  }

  /** Returns the reason why its content can't be read; empty if it can. */
  public Optional<String> unreadable() {
    return content instanceof Unreadable unreadable
        ? Optional.of(unreadable.reason())
        : Optional.empty();
  }

  /** Returns the headers; none if the content can't be read. */
  public Map<String, String> headers() {
    return plain().headers();
  }

  /** Returns the identifier of the serializer; 0 if the content can't be read. */
  public int serializerId() {
    return plain().serializerId();
  }

  /** Returns the serializer's information about the type; empty if the content can't be read. */
  public String manifest() {
    return plain().manifest();
  }

  /** Returns the serialized payload; empty if the content can't be read. */
  public ByteString payload() {
    return plain().payload();
  }

  private Plain plain() {
    if (content instanceof Plain plain) {
      return plain;
    }
    if (content instanceof Unreadable) {
      return NOTHING;
    }
    throw new IllegalStateException("the content of a message must be decompressed first");
  }

  /** Returns the id, if it has one. */
  public Optional<MessageId> messageId() {
    return id.isEmpty() ? Optional.empty() : Optional.of(MessageId.ofStored(id));
  }

  /** Returns the same message, published for another one. */
  public LogMessage from(Origin origin) {
    return new LogMessage(key, origin.messageId(), times, Optional.of(origin), content);
  }

  /**
   * Returns the same message, published by an outbox's relay. It retains the id that its publisher
   * has assigned, by which it is deduplicated in addition.
   */
  public LogMessage relayedBy(Origin origin) {
    return id.isEmpty()
        ? from(origin)
        : new LogMessage(key, id, times, Optional.of(origin), content);
  }

  /** Returns whether its publisher has assigned the id: it doesn't follow from the origin. */
  public boolean hasOwnId() {
    return !id.isEmpty() && isOwnId(id, origin);
  }

  private static boolean isOwnId(String id, Optional<Origin> origin) {
    return origin.map(Origin::messageId).filter(id::equals).isEmpty();
  }

  private static int size(String key, String id, Optional<Origin> origin, Content content) {
    return FRAMING_BYTES
        + utf8(key)
        + utf8(id)
        + origin.map(from -> size(from, id)).orElse(0)
        + size(content);
  }

  /** An id that follows from the origin has its producer in it. */
  private static int size(Origin origin, String id) {
    return ORIGIN_FRAMING_BYTES
        + (isOwnId(id, Optional.of(origin)) ? origin.producer().length() : 0);
  }

  private static int size(Content content) {
    if (content instanceof Compressed compressed) {
      return compressed.length();
    }
    if (content instanceof Unreadable) {
      return 0;
    }
    Plain plain = (Plain) content;
    int bytes = utf8(plain.manifest()) + plain.payload().size();
    for (Map.Entry<String, String> header : plain.headers().entrySet()) {
      bytes += HEADER_FRAMING_BYTES + utf8(header.getKey()) + utf8(header.getValue());
    }
    return bytes;
  }

  private static int utf8(String text) {
    return CodedOutputStream.computeStringSizeNoTag(text);
  }
}
