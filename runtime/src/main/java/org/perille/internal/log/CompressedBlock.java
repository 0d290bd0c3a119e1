package org.perille.internal.log;

import com.google.protobuf.ByteString;

/**
 * The contents of a batch's messages, compressed together by their publisher. It is stored and sent
 * as it is.
 *
 * @param type the type of compression, by its number in the log
 * @param size the size of the decompressed bytes
 * @param checksum the CRC-32C of the decompressed bytes
 */
public record CompressedBlock(int type, int size, int checksum, ByteString bytes) {
  /** The size of tags, lengths and numbers. */
  private static final int FRAMING_BYTES = 32;

  /** The limit of the decompressed size: far above that of any batch. */
  public static final int MAX_BYTES = 1 << 30;

  public CompressedBlock {
    if (size < 0 || size > MAX_BYTES) {
      throw new IllegalArgumentException(
          "a compressed block has %d bytes when it is decompressed, and may have %d"
              .formatted(Integer.toUnsignedLong(size), MAX_BYTES));
    }
  }

  /** Returns the size of the block as it is stored, in bytes. */
  public int sizeInBytes() {
    return FRAMING_BYTES + bytes.size();
  }
}
