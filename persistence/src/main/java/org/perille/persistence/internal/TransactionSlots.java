package org.perille.persistence.internal;

import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.perille.spi.TransactionalHandler.NotStartedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The limit of concurrent transactions of a handler on a node.
 *
 * <p>Above READ COMMITTED a transaction doesn't see commits after its start. So it can't move a
 * cursor that another one has moved meanwhile, and the transactions of a partition run one at a
 * time. At SERIALIZABLE all transactions of a handler do, because the database considers the
 * cursors of different partitions, which share a page, as dependent.
 */
public final class TransactionSlots {
  private static final Logger LOG = LoggerFactory.getLogger(TransactionSlots.class);

  /**
   * The time to wait for a slot. It is long enough to get one, and short enough to release the
   * thread then.
   */
  private static final Duration DEFAULT_WAIT = Duration.ofSeconds(5);

  private final List<Semaphore> inOrder;
  private final Semaphore handler;
  private final Duration wait;

  private TransactionSlots(List<Semaphore> inOrder, Semaphore handler, Duration wait) {
    this.inOrder = inOrder;
    this.handler = handler;
    this.wait = wait;
  }

  /** Creates the slots of a handler, before the isolation of its connections is known. */
  public static TransactionSlots of(int transactions) {
    return of(transactions, DEFAULT_WAIT);
  }

  static TransactionSlots of(int transactions, Duration wait) {
    return new TransactionSlots(
        List.of(new Semaphore(transactions, true)), new Semaphore(1, true), wait);
  }

  /** Returns the slots as a partition may use them. */
  TransactionSlots forPartition(int isolation, CursorTable.CursorKey place) {
    if (isolation <= Connection.TRANSACTION_READ_COMMITTED) {
      return this;
    }
    boolean serializable = isolation == Connection.TRANSACTION_SERIALIZABLE;
    LOG.info(
        "The connections for {} are isolated above READ COMMITTED: transactions of {} run one at a time. If the handler doesn't need that level, set READ COMMITTED in its DataSource, for parallel transactions",
        place,
        serializable ? "all partitions on this node" : "the partition");
    return new TransactionSlots(
        List.of(serializable ? handler : new Semaphore(1, true), inOrder.get(0)), handler, wait);
  }

  /**
   * Waits for a slot. {@link #free} releases it after the transaction.
   *
   * @throws NotStartedException if none becomes free for some seconds
   */
  void take() throws NotStartedException {
    for (int i = 0; i < inOrder.size(); i++) {
      if (!take(inOrder.get(i))) {
        release(i);
        throw new NotStartedException(
            "all concurrent transactions of a JDBC handler (withMaxTransactions) have been running for "
                + wait,
            null);
      }
    }
  }

  void free() {
    release(inOrder.size());
  }

  /**
   * Waits until no transaction is running that must not overlap with a change of the cursor.
   *
   * <p>{@link #freeCursor} ends the exclusion.
   */
  void takeCursor() {
    if (inOrder.size() > 1) {
      inOrder.get(0).acquireUninterruptibly();
    }
  }

  void freeCursor() {
    if (inOrder.size() > 1) {
      inOrder.get(0).release();
    }
  }

  private boolean take(Semaphore semaphore) {
    while (true) {
      try {
        return semaphore.tryAcquire(wait.toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        // These threads aren't interrupted by others: a handler has set the flag, which is now
        // cleared.
        LOG.debug("A handler has left its thread interrupted", e);
      }
    }
  }

  private void release(int taken) {
    inOrder.subList(0, taken).forEach(Semaphore::release);
  }
}
