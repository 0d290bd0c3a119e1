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
 * How many transactions of a handler may be under way on a node.
 *
 * <p>Above READ COMMITTED a transaction doesn't see what others commit after it has begun, and so
 * can't move a cursor that another one has moved meanwhile. There the transactions of a partition
 * take turns. At SERIALIZABLE all of a handler's do, because the database takes cursors of
 * different partitions, which share a page, for dependent.
 */
public final class TransactionSlots {
  private static final Logger LOG = LoggerFactory.getLogger(TransactionSlots.class);

  /** Long enough for a turn, and short enough to let go of the thread then. */
  private static final Duration DEFAULT_WAIT = Duration.ofSeconds(5);

  private final List<Semaphore> inOrder;
  private final Semaphore handler;
  private final Duration wait;

  private TransactionSlots(List<Semaphore> inOrder, Semaphore handler, Duration wait) {
    this.inOrder = inOrder;
    this.handler = handler;
    this.wait = wait;
  }

  /** Slots for a handler, before anybody knows how its connections are isolated. */
  public static TransactionSlots of(int transactions) {
    return of(transactions, DEFAULT_WAIT);
  }

  static TransactionSlots of(int transactions, Duration wait) {
    return new TransactionSlots(
        List.of(new Semaphore(transactions, true)), new Semaphore(1, true), wait);
  }

  /** The same slots as a partition may use them. */
  TransactionSlots forPartition(int isolation, CursorTable.Place place) {
    if (isolation <= Connection.TRANSACTION_READ_COMMITTED) {
      return this;
    }
    boolean serializable = isolation == Connection.TRANSACTION_SERIALIZABLE;
    LOG.info(
        "The connections for {} are isolated above READ COMMITTED: transactions of {} take turns. If the handler doesn't need that, set READ COMMITTED in its DataSource, for parallel ones",
        place,
        serializable ? "all partitions on this node" : "the partition");
    return new TransactionSlots(
        List.of(serializable ? handler : new Semaphore(1, true), inOrder.get(0)), handler, wait);
  }

  /**
   * Waits for a slot, which is to be {@link #free free}d when the transaction has ended.
   *
   * @throws NotStartedException if none becomes free for some seconds
   */
  void take() throws NotStartedException {
    for (int i = 0; i < inOrder.size(); i++) {
      if (!take(inOrder.get(i))) {
        release(i);
        throw new NotStartedException(
            "all transactions that a JDBC handler may have at once (withMaxTransactions) have been under way for "
                + wait,
            null);
      }
    }
  }

  void free() {
    release(inOrder.size());
  }

  /**
   * Waits until no transaction is under way that mustn't overlap with a change of the cursor;
   * {@link #freeCursor} ends that.
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
        // Nobody interrupts these threads: a handler has left its flag behind, which is gone now.
        LOG.debug("A handler has left its thread interrupted", e);
      }
    }
  }

  private void release(int taken) {
    inOrder.subList(0, taken).forEach(Semaphore::release);
  }
}
