package org.perille;

/**
 * The types of compression of a topic's batches, as Kafka's {@code compression.type}.
 *
 * <p>The publisher compresses a batch once: payloads, headers and the names of types, but neither
 * keys nor message ids. It is stored as it came, and subscribers decompress it. A batch that
 * doesn't become smaller by a tenth is stored uncompressed. A topic may contain batches of every
 * type, so the type may be changed at any time.
 *
 * <p>Each node that runs the topic's publishers or subscriptions, or reads its messages, needs the
 * library of the type.
 */
public enum Compression {
  /** No compression. */
  NONE,

  /** LZ4: fast, with moderate savings. Its library comes with Perille. */
  LZ4,

  /**
   * Zstandard: larger savings for more CPU time. Needs the dependency {@code
   * com.github.luben:zstd-jni}, which contains native code for common platforms.
   */
  ZSTD
}
