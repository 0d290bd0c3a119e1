package org.perille;

/**
 * Several messages, for any registered topics and keys, that are published together: all or none.
 *
 * <pre>{@code
 * perille.transaction()
 *     .withId(MessageId.of("transfer-4711"))
 *     .add(accounts, new Debited("alice", 10))
 *     .add(accounts, new Credited("bob", 10))
 *     .commit()
 *     .receipts()
 *     .thenAccept(receipts -> ...);
 * }</pre>
 *
 * <p><b>Guarantee</b>: one durable write commits all messages. Before it none is stored in its
 * topic, and after it all will be, each once, whatever crashes. A transaction is one request: until
 * {@link #commit} this object is only a list in memory, so no open transaction exists that a reader
 * waits for or that a failed process holds. Subscriptions receive each message when it is in its
 * topic. The messages of one transaction get there one after the other, usually within milliseconds
 * after the commit; a subscription may handle one of them before another one is there.
 *
 * <p><b>Order</b>: messages of one key are stored in the order in which they were added. One
 * publisher, for the order, is a node: all publishers and transactions of one {@link Perille}. If a
 * transaction and another transaction or a single message of one publisher have a key of a topic in
 * common, and the second was committed or published after the first call returned, their messages
 * of that key are stored in the order of the calls. For that the second waits until the first has
 * its receipts. This doesn't include {@link Outbox}, nor what handlers publish. If the node fails
 * after the commit, what another node or a later process publishes is not ordered behind the
 * transaction: repeat it under its id, and wait for its receipts, if that matters.
 *
 * <p><b>Repeating</b>: a transaction with the id of another one within the dedup window ({@code
 * perille.partition.dedup-window}, default: 1 h) stores nothing, and gets the receipts of that one.
 * The ids of transactions and those of messages are apart. A message in a transaction may have an
 * id of its own, by which its topic deduplicates it.
 *
 * <p><b>Threading</b>: used by one thread, until {@link #commit}.
 */
public interface Transaction {
  /** The maximum number of messages in a transaction. */
  int MAX_MESSAGES = 1_000;

  /**
   * Sets the stable id. Without one the transaction gets a random id, and repeating it publishes
   * its messages again.
   *
   * @return this
   */
  Transaction withId(MessageId id);

  /**
   * Adds a message. Nothing else is checked before {@link #commit}.
   *
   * @return this
   * @throws IllegalArgumentException if the message has a condition: a transaction is stored as a
   *     whole before its messages are stored in their topics, when none may be refused any more
   */
  <T> Transaction add(Topic<T> topic, Message<T> message);

  /** Adds a message without an id and headers; see {@link #add(Topic, Message)}. */
  default <T> Transaction add(Topic<T> topic, T payload) {
    return add(topic, Message.of(payload));
  }

  /**
   * Commits the transaction, without blocking.
   *
   * <p>If any message is refused, the transaction is, and nothing is stored: see {@link
   * PublishRefusedException.Reason}. All messages together, with their framing, must not exceed
   * {@code perille.publisher.max-message-bytes} (default: 128 KiB), nor {@value #MAX_MESSAGES}
   * messages.
   *
   * @throws IllegalStateException if there is no message in it, or if it was committed before
   */
  Commit commit();
}
