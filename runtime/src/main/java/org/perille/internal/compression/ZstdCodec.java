package org.perille.internal.compression;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdDecompressCtx;

/** Zstandard's frames. */
final class ZstdCodec implements BlockCodec {

  ZstdCodec() {
    // Fails here, and not at the first batch, if there is no native code for this platform.
    Zstd.defaultCompressionLevel();
  }

  @Override
  public byte[] compress(byte[] bytes, int level) {
    return Zstd.compress(bytes, level);
  }

  @Override
  public int decompress(byte[] bytes, byte[] into) {
    try (ZstdDecompressCtx context = new ZstdDecompressCtx()) {
      return context.decompressByteArray(into, 0, into.length, bytes, 0, bytes.length);
    }
  }
}
