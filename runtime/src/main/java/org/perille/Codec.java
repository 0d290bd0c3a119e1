package org.perille;

import java.util.Objects;

/**
 * The stored form of a topic's messages: converts them to bytes and back.
 *
 * <p>A topic with a codec takes messages of any class, without a marker: {@code Topic.of("orders",
 * codec)}. Ready codecs: {@link #string}, {@link #bytes}, and those for JSON in {@code
 * org.perille.jackson}. {@link #of} makes one of two functions.
 *
 * <p>Each stored message has the name and the version of its codec. A topic reads
 *
 * <ul>
 *   <li>messages of its codec, of every version up to {@link #newestReadable},
 *   <li>messages of the codecs in {@link Topic#alsoReading},
 *   <li>messages that it stored before it had a codec, as far as Pekko's serializers read them.
 * </ul>
 *
 * <p>Any other message can't be decoded: the attempt to handle it fails with an {@link
 * UndecodableException}, and the retry policy decides.
 *
 * <p>A publisher reads back the first message of each class. It refuses a message that can't be
 * read back, or is another one then. Whatever a codec throws concerns that one message: its publish
 * is refused, or its attempt fails.
 *
 * <p><b>Threading</b>: any number of threads call a codec at the same time.
 *
 * @param <M> the type of the messages
 */
public interface Codec<M> {
  /**
   * Returns the name of the form, such as {@code json}. It is stored with each message, so another
   * form needs another name.
   *
   * @return 1 to 100 of the characters {@code A-Z a-z 0-9 - _ .}, always the same
   */
  String name();

  /**
   * Returns the version that {@link #encode} writes. It is stored with each message.
   *
   * <p>Raise it when older nodes can't read the form any more, or when {@link #decode} must
   * distinguish old bytes.
   *
   * @return 1 or more, always the same. Default: 1
   */
  default int version() {
    return 1;
  }

  /**
   * Returns the newest version that {@link #decode} reads. A newer one is refused without a call.
   *
   * <p>A higher number than that of {@link #version} prepares a rolling upgrade: first roll out
   * nodes that read the next version and write this one, then nodes that write it.
   *
   * @return at least {@link #version}, always the same. Default: {@link #version}
   */
  default int newestReadable() {
    return version();
  }

  /**
   * Returns the class, or a common supertype, of the messages. Others are refused.
   *
   * @return always the same; for a generic type its raw class
   */
  Class<? super M> type();

  /**
   * Returns whether the bytes consist of the fields of objects, as those of JSON do.
   *
   * <p>If so, messages that are read back are compared field by field, without fields that are
   * marked with Jackson's {@code @JsonIgnore}. Otherwise they are compared by {@code equals}, and
   * by their bytes if their class has none. Default: false
   */
  default boolean writesFields() {
    return false;
  }

  /**
   * Returns the bytes of a message. The runtime copies them.
   *
   * @param message never null
   * @return not null; it may be empty
   * @throws Exception of any kind, if the message can't be stored
   */
  byte[] encode(M message) throws Exception;

  /**
   * Returns the message that these bytes stand for.
   *
   * @param bytes a copy, which this method may change
   * @param version the version under which they were stored, 1 to {@link #newestReadable}
   * @return not null
   * @throws Exception of any kind, if they can't be read
   */
  M decode(byte[] bytes, int version) throws Exception;

  /** Converts a message to bytes: the first half of {@link #of}. */
  @FunctionalInterface
  interface Encoder<M> {
    /** Returns the bytes of a message. See {@link Codec#encode}. */
    byte[] encode(M message) throws Exception;
  }

  /** Converts bytes to a message: the second half of {@link #of}. */
  @FunctionalInterface
  interface Decoder<M> {
    /** Returns the message that these bytes stand for. See {@link Codec#decode}. */
    M decode(byte[] bytes) throws Exception;
  }

  /**
   * Returns a codec of two functions, with version 1.
   *
   * @param name the name of the form; see {@link #name}
   * @param type the class, or a common supertype, of the messages
   * @throws IllegalArgumentException if the name is not valid
   */
  static <M> Codec<M> of(String name, Class<M> type, Encoder<M> encoder, Decoder<M> decoder) {
    return new FunctionCodec<>(
        Names.requireValid("codec", name),
        Objects.requireNonNull(type, "type"),
        Objects.requireNonNull(encoder, "encoder"),
        Objects.requireNonNull(decoder, "decoder"));
  }

  /** Returns the codec {@code string}: UTF-8. It refuses halves of surrogate pairs. */
  static Codec<String> string() {
    return FunctionCodec.STRING;
  }

  /** Returns the codec {@code bytes}: the bytes themselves. */
  static Codec<byte[]> bytes() {
    return FunctionCodec.BYTES;
  }
}
