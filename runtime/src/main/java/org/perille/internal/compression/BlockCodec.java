package org.perille.internal.compression;

/**
 * Compresses and decompresses blocks of bytes.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
interface BlockCodec {
  /**
   * Compresses bytes.
   *
   * @param level the level of a type that has levels
   */
  byte[] compress(byte[] bytes, int level);

  /**
   * Decompresses bytes, and writes nothing beyond the end of the target.
   *
   * @return the number of decompressed bytes
   * @throws RuntimeException if the bytes aren't of this type, or more than fit into the target
   */
  int decompress(byte[] bytes, byte[] into);
}
