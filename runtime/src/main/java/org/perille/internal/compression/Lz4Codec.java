package org.perille.internal.compression;

import java.util.Arrays;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/**
 * LZ4's block format. The library falls back to Java where it has no native code.
 *
 * <p>It uses the decompressor that checks the bounds of its input too: stored bytes may be damaged.
 */
final class Lz4Codec implements BlockCodec {
  private final LZ4Compressor compressor = LZ4Factory.fastestInstance().fastCompressor();
  private final LZ4SafeDecompressor decompressor = LZ4Factory.fastestInstance().safeDecompressor();

  @Override
  public byte[] compress(byte[] bytes, int level) {
    byte[] target = new byte[compressor.maxCompressedLength(bytes.length)];
    int length = compressor.compress(bytes, 0, bytes.length, target, 0, target.length);
    return Arrays.copyOf(target, length);
  }

  @Override
  public int decompress(byte[] bytes, byte[] into) {
    return decompressor.decompress(bytes, 0, bytes.length, into, 0, into.length);
  }
}
