package org.perille;

import java.util.Objects;

/**
 * A codec of the application whose properties were read and checked once.
 *
 * <p>So a topic's stored form can't change, and only {@code encode} and {@code decode} call the
 * application's code.
 */
record FixedCodec<M>(
    String name,
    int version,
    int newestReadable,
    Class<? super M> type,
    boolean writesFields,
    Codec<M> codec)
    implements Codec<M> {

  /**
   * Reads the properties of a codec.
   *
   * @throws IllegalArgumentException if one of them is not valid
   */
  static <M> FixedCodec<M> of(Codec<M> codec) {
    if (Objects.requireNonNull(codec, "codec") instanceof FixedCodec<M> fixed) {
      return fixed;
    }
    String name = Names.requireValid("codec", codec.name());
    int version = codec.version();
    int newest = codec.newestReadable();
    if (version < 1 || newest < version) {
      throw new IllegalArgumentException(
          "codec '%s' can't write version %d and read versions up to %d: use a version of 1 or more, and read at least that one"
              .formatted(name, version, newest));
    }
    return new FixedCodec<>(
        name,
        version,
        newest,
        Objects.requireNonNull(codec.type(), () -> "the type of codec '" + name + "'"),
        codec.writesFields(),
        codec);
  }

  @Override
  public byte[] encode(M message) throws Exception {
    return codec.encode(message);
  }

  @Override
  public M decode(byte[] bytes, int version) throws Exception {
    return codec.decode(bytes, version);
  }

  @Override
  public String toString() {
    return "codec '%s' version %d".formatted(name, version);
  }
}
