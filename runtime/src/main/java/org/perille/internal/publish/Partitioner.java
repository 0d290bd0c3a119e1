package org.perille.internal.publish;

import java.nio.charset.StandardCharsets;
import org.perille.internal.log.TransactionMessage;
import scala.util.hashing.MurmurHash3$;

/**
 * Maps a key to its partition: MurmurHash3 (x86, 32 bits) of its UTF-8 form, modulo the number.
 *
 * <p>Stored data depend on it, so it never changes.
 */
public final class Partitioner {
  private static final int SEED = 0;

  private Partitioner() {}

  public static int partitionOf(String key, int partitions) {
    int hash = MurmurHash3$.MODULE$.bytesHash(key.getBytes(StandardCharsets.UTF_8), SEED);
    return Math.floorMod(hash, partitions);
  }

  /** Returns the partition of a transaction's message. */
  public static int partitionOf(TransactionMessage message) {
    return partitionOf(message.message().key(), message.partitions());
  }
}
