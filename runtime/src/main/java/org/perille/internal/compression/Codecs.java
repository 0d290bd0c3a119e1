package org.perille.internal.compression;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.perille.Compression;
import org.perille.ConfigurationException;

/**
 * The codecs of this process, by type of compression.
 *
 * <p>An application may lack a library. A codec is loaded when it is needed first.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
public final class Codecs {

  /**
   * A type of compression in the log.
   *
   * @param number the number that is stored. It never changes
   * @param dependency the dependency that an application adds, without its version
   */
  private record Library(
      Compression type, int number, String dependency, Supplier<BlockCodec> codec) {}

  /** The result of loading a library: a codec, or the reason why there is none. */
  private record Loaded(Optional<BlockCodec> codec, String problem) {}

  private static final Library LZ4 =
      new Library(Compression.LZ4, 1, "at.yawk.lz4:lz4-java", () -> new Lz4Codec());
  private static final Library ZSTD =
      new Library(Compression.ZSTD, 2, "com.github.luben:zstd-jni", () -> new ZstdCodec());
  private static final Map<Compression, Loaded> LOADED = new ConcurrentHashMap<>();

  private Codecs() {}

  /**
   * Requires that batches of a topic can be compressed and decompressed in this process.
   *
   * @param what the topic, human-readable
   * @throws ConfigurationException if the library is missing or can't be used
   */
  public static void require(Compression type, String what) {
    if (type != Compression.NONE) {
      codec(library(type), what + " is compressed with " + name(type));
    }
  }

  /** Returns the number of a type in the log. */
  static int number(Compression type) {
    return library(type).number;
  }

  /** Returns the codec of a type. Throws as {@link #require}. */
  static BlockCodec of(Compression type) {
    return codec(library(type), "a batch is to be compressed with " + name(type));
  }

  /**
   * Returns the codec of a number in the log.
   *
   * @throws ConfigurationException if this process can't decompress it. Another one may
   */
  static BlockCodec ofNumber(int number) {
    if (number == LZ4.number || number == ZSTD.number) {
      Library library = number == LZ4.number ? LZ4 : ZSTD;
      return codec(library, "a stored batch is compressed with " + name(library.type));
    }
    throw new ConfigurationException(
        "a stored batch is compressed with type %d, which this version of Perille doesn't know: a newer version has stored it: update this node"
            .formatted(number));
  }

  /** Returns the name of a number in the log, human-readable. */
  static String name(int number) {
    return number == LZ4.number
        ? name(Compression.LZ4)
        : number == ZSTD.number ? name(Compression.ZSTD) : "type " + number;
  }

  /** Returns the name of a type, as in the settings. */
  public static String name(Compression type) {
    return switch (type) {
      case NONE -> "none";
      case LZ4 -> "lz4";
      case ZSTD -> "zstd";
    };
  }

  private static Library library(Compression type) {
    return switch (type) {
      case LZ4 -> LZ4;
      case ZSTD -> ZSTD;
      case NONE -> throw new IllegalArgumentException("no compression has no codec");
    };
  }

  private static BlockCodec codec(Library library, String what) {
    Loaded loaded = LOADED.computeIfAbsent(library.type, type -> load(library));
    return loaded.codec.orElseThrow(
        () ->
            new ConfigurationException(
                "%s, and its library can't be used on this node: add the dependency %s (%s)"
                    .formatted(what, library.dependency, loaded.problem)));
  }

  private static Loaded load(Library library) {
    try {
      return new Loaded(Optional.of(library.codec.get()), "");
    } catch (RuntimeException | LinkageError e) {
      // A missing class, or native code that can't be loaded.
      return new Loaded(Optional.empty(), e.toString());
    }
  }
}
