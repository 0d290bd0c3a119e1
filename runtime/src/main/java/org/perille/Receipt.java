package org.perille;

/**
 * The confirmation that a message is durable, with its position.
 *
 * <p>Publishers create receipts. {@link #of} restores one whose properties the application has
 * stored, to use it with {@link SubscriptionHandle#reply} later.
 *
 * <p><b>Threading</b>: immutable.
 */
public sealed interface Receipt permits ReceiptValue {
  /** Returns the topic's name. */
  String topic();

  /** Returns the message's key. */
  String key();

  /** Returns the partition, from 0. */
  int partition();

  /** Returns the message's position in its partition, from 0. */
  long offset();

  /**
   * Returns true if the message was stored before under the same id. The offset is then that of the
   * stored one.
   */
  boolean duplicate();

  /** Returns the receipt of a message at a position, stored for the first time. */
  static Receipt of(String topic, String key, int partition, long offset) {
    return of(topic, key, partition, offset, false);
  }

  /** Returns the receipt of a message at a position; see {@link #duplicate}. */
  static Receipt of(String topic, String key, int partition, long offset, boolean duplicate) {
    return new ReceiptValue(topic, key, partition, offset, duplicate);
  }
}
