package org.perille.internal.log;

import java.util.List;
import org.perille.internal.Pure;

/**
 * A message of a transaction.
 *
 * @param topic the name of its topic
 * @param partitions the number of the topic's partitions; whoever publishes it need not know the
 *     topic
 */
@Pure
public record TransactionMessage(String topic, int partitions, LogMessage message) {

  /**
   * Returns the fingerprint of a transaction: the hash of the topics and keys of its messages, in
   * their order. A stored value, whose computation must never change.
   */
  public static long fingerprint(List<TransactionMessage> messages) {
    long hash = messages.size();
    for (TransactionMessage one : messages) {
      hash = mixed(mixed(hash, one.topic), one.message.key());
    }
    return hash;
  }

  private static long mixed(long hash, String text) {
    long mixed = LogMark.mix(hash ^ text.length());
    for (int i = 0; i < text.length(); i++) {
      mixed = 31 * mixed + text.charAt(i);
    }
    return LogMark.mix(mixed);
  }
}
