package org.perille.internal.publish;

import java.nio.charset.StandardCharsets;
import scala.util.hashing.MurmurHash3$;

/**
 * Gives a key its partition: MurmurHash3 (x86, 32 bits) of its UTF-8 form, modulo the number of
 * partitions. What is stored depends on it, so it never changes.
 */
public final class Partitioner {
  private static final int SEED = 0;

  private Partitioner() {}

  public static int partitionOf(String key, int partitions) {
    int hash = MurmurHash3$.MODULE$.bytesHash(key.getBytes(StandardCharsets.UTF_8), SEED);
    return Math.floorMod(hash, partitions);
  }
}
