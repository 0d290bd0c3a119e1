package org.perille.internal.effect;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.perille.StorageException;
import org.perille.internal.log.PartitionId;
import org.perille.internal.log.Storable;

/** The journal's names for the keys of a partition of a subscription, in one generation. */
public final class KeyIds {
  /** Longer keys go by their hash: the name of a journal is part of an index. */
  private static final int MAX_KEY_BYTES = 100;

  private final String prefix;

  public KeyIds(PartitionId partition, String subscription, long generation) {
    this.prefix =
        "perille-effect|" + partition.entityId() + "~" + subscription + "~" + generation + "|";
  }

  /**
   * Returns false for a key that no journal can be named after: databases store neither U+0000 nor
   * half a character. Such keys are refused when they are published, and are found only in logs
   * that older versions wrote. No effect can be recorded for them.
   */
  static boolean canKeep(String key) {
    return Storable.problemOf(key).isEmpty();
  }

  /**
   * Returns the name of a key's journal. The letter before the key tells a short key from a long
   * one whose hash it looks like.
   *
   * @throws StorageException if no storage can keep effects for it; see {@link #canKeep}
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
