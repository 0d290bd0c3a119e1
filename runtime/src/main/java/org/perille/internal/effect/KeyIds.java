package org.perille.internal.effect;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.perille.StorageException;
import org.perille.internal.log.PartitionId;
import org.perille.internal.log.Storable;

/** The persistence ids of the keys of a partition of a subscription, in one generation. */
public final class KeyIds {
  /**
   * The limit of a key's bytes. A longer key is replaced by its hash, because the id is part of an
   * index.
   */
  private static final int MAX_KEY_BYTES = 100;

  private final String prefix;

  public KeyIds(PartitionId partition, String subscription, long generation) {
    this.prefix =
        "perille-effect|" + partition.entityId() + "~" + subscription + "~" + generation + "|";
  }

  /**
   * Returns false for a key that can't be part of a persistence id.
   *
   * <p>Databases store neither U+0000 nor half a surrogate pair. Such keys are refused at publish.
   * If a log has one nevertheless, no effect can be recorded for it.
   */
  static boolean canKeep(String key) {
    return Storable.problemOf(key).isEmpty();
  }

  /**
   * Returns the persistence id of a key. The letter before the key distinguishes a short key from a
   * hash.
   *
   * @throws StorageException if no storage can store effects for it; see {@link #canKeep}
   */
  public String persistenceId(String key) {
    Storable.problemOf(key)
        .ifPresent(
            problem -> {
              throw new StorageException(
                  "effects on key '%s' can't be stored: it contains %s"
                      .formatted(Storable.cleaned(key), problem));
            });
    byte[] utf8 = key.getBytes(StandardCharsets.UTF_8);
    return prefix + (utf8.length <= MAX_KEY_BYTES ? "k:" + key : "h:" + sha256(utf8));
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
