package org.perille.spring.internal;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransactionRollbackException;
import javax.sql.DataSource;
import org.perille.persistence.JdbcTransactions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.TransactionTimedOutException;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.ResourceTransactionManager;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * A transaction of Spring, on the thread that has begun it.
 *
 * <p>While the effect runs, Spring's code that asks for the connection of the {@code DataSource}
 * gets the guarded one.
 */
final class ManagedTransaction implements JdbcTransactions.Transaction {
  private static final Logger LOG = LoggerFactory.getLogger(ManagedTransaction.class);

  /**
   * A rollback without a more specific reason. It is no conflict, so nothing repeats it at once.
   */
  private static final String ROLLED_BACK = "40000";

  /** The progress of a commit, as far as Spring reports it. */
  private enum Progress {
    /** Callbacks before the commit are running. The database hasn't got the commit. */
    BEFORE_COMMIT,
    /** The database may have got the commit. */
    COMMITTING,
    /** It has committed. */
    COMMITTED
  }

  private final PlatformTransactionManager manager;
  private final TransactionStatus status;
  private final DataSource dataSource;
  private final Runnable suspended;
  private final ConnectionHolder holder;
  private final Connection connection;
  private Runnable restore = () -> {};
  private Progress progress = Progress.BEFORE_COMMIT;
  private boolean guarded;

  /**
   * Takes over a transaction that has begun.
   *
   * @param suspended is notified when the effect suspends the transaction
   * @throws SQLException if it is none of the {@code DataSource}
   */
  ManagedTransaction(
      PlatformTransactionManager manager,
      TransactionStatus status,
      DataSource dataSource,
      Runnable suspended)
      throws SQLException {
    this.manager = manager;
    this.status = status;
    this.dataSource = dataSource;
    this.suspended = suspended;
    if (!(TransactionSynchronizationManager.getResource(dataSource)
        instanceof ConnectionHolder bound)) {
      throw new SQLException(
          "%s doesn't use the connections of %s: pass the transaction manager of that DataSource, which must be one for JDBC or JPA"
              .formatted(manager, dataSource));
    }
    if (!TransactionSynchronizationManager.isSynchronizationActive()) {
      throw new SQLException(
          "%s has no transaction synchronization: leave its 'transactionSynchronization' at its default, ALWAYS"
              .formatted(manager));
    }
    this.holder = bound;
    this.connection = bound.getConnection();
    TransactionSynchronizationManager.registerSynchronization(new Observer());
  }

  @Override
  public Connection connection() {
    return connection;
  }

  @Override
  public void onEnd(Runnable action) {
    restore = action;
  }

  @Override
  public boolean use(Connection guardedConnection) {
    exchange(new GuardedHolder(guardedConnection, holder));
    guarded = true;
    return manager instanceof ResourceTransactionManager known
        && known.getResourceFactory() instanceof DataSource;
  }

  @Override
  public void flush() {
    status.flush();
    if (status.isRollbackOnly()) {
      throw new UnexpectedRollbackException(
          "the transaction can only be rolled back: a method with @Transactional has failed in it, although the handler may have caught its exception. Let the exception pass, or call what may fail with propagation NESTED");
    }
    unguard();
  }

  @Override
  public void commit() throws SQLException {
    try {
      manager.commit(status);
    } catch (RuntimeException | Error e) {
      if (progress == Progress.COMMITTED) {
        LOG.warn("A callback after a commit has failed. The commit and the cursor are durable", e);
        return;
      }
      throw failed(e);
    }
  }

  /**
   * Returns the failure of a commit. If the database has failed, its own state says whether the
   * outcome is known; otherwise it is known if the database hasn't got the commit.
   */
  private SQLException failed(Throwable failure) {
    if (progress == Progress.BEFORE_COMMIT || failure instanceof UnexpectedRollbackException) {
      return new SQLTransactionRollbackException(
          "rolled back before the commit: " + failure.getMessage(), ROLLED_BACK, failure);
    }
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException answer) {
        return answer;
      }
    }
    return new SQLException("the outcome of the commit is unknown", failure);
  }

  @Override
  public void close() {
    try {
      unguard();
      if (!status.isCompleted()) {
        manager.rollback(status);
      }
    } catch (RuntimeException e) {
      LOG.info("A transaction can't be rolled back, its connection is broken: {}", e.getMessage());
    }
  }

  private void unguard() {
    if (guarded) {
      guarded = false;
      exchange(holder);
    }
  }

  private void exchange(ConnectionHolder other) {
    TransactionSynchronizationManager.unbindResourceIfPossible(dataSource);
    TransactionSynchronizationManager.bindResource(dataSource, other);
  }

  /**
   * The guarded connection, as Spring's code finds it. What becomes of the transaction is passed
   * on.
   */
  private static final class GuardedHolder extends ConnectionHolder {
    private final ConnectionHolder original;

    GuardedHolder(Connection guarded, ConnectionHolder original) {
      super(guarded, true);
      this.original = original;
      setSynchronizedWithTransaction(original.isSynchronizedWithTransaction());
      takeOverTimeout();
    }

    /** Limits Spring's statements by the time-out of the transaction, if it has one. */
    private void takeOverTimeout() {
      if (original.hasTimeout()) {
        try {
          setTimeoutInMillis(original.getTimeToLiveInMillis());
        } catch (TransactionTimedOutException e) {
          // Spring has marked the transaction for rollback, so its flush fails.
          LOG.debug("A transaction has timed out before its handler", e);
        }
      }
    }

    @Override
    public void setRollbackOnly() {
      super.setRollbackOnly();
      original.setRollbackOnly();
    }

    @Override
    public void resetRollbackOnly() {
      super.resetRollbackOnly();
      original.resetRollbackOnly();
    }
  }

  /** Called after all others of its kind, so that those that fail have failed before. */
  private final class Observer implements TransactionSynchronization, Ordered {
    @Override
    public int getOrder() {
      return Ordered.LOWEST_PRECEDENCE;
    }

    @Override
    public void suspend() {
      suspended.run();
    }

    @Override
    public void beforeCommit(boolean readOnly) {
      // Another callback may have left it. H2 closes its files under an interrupted thread.
      if (Thread.interrupted()) {
        LOG.debug("A callback before the commit has left the thread interrupted");
      }
      progress = Progress.COMMITTING;
    }

    @Override
    public void afterCommit() {
      progress = Progress.COMMITTED;
    }

    @Override
    public void afterCompletion(int outcome) {
      restore.run();
      if (outcome == STATUS_COMMITTED) {
        progress = Progress.COMMITTED;
      }
    }
  }
}
