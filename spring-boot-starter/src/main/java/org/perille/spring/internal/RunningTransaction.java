package org.perille.spring.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.transaction.ConfigurableTransactionManager;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** The transaction of a transaction manager that runs on the present thread. */
public final class RunningTransaction {
  /** The key of a thread's resource: the connection's transaction commits, or has committed. */
  private record Committing(Object connection) {}

  /**
   * Marks a transaction directly before its commit, after all callbacks that may still change it,
   * until its end. For callbacks after the commit Spring looks as if the transaction were still
   * running, also to those that have begun one of another database: what they insert would be lost
   * with a pool whose connections aren't in autocommit mode.
   */
  private record Marking(DataSource dataSource) implements TransactionExecutionListener {
    @Override
    public void beforeCommit(TransactionExecution transaction) {
      Object connection = TransactionSynchronizationManager.getResource(dataSource);
      if (transaction.isNewTransaction() && connection != null) {
        TransactionSynchronizationManager.bindResource(new Committing(connection), transaction);
      }
    }

    @Override
    public void afterCommit(TransactionExecution transaction, Throwable failure) {
      unmark(transaction);
    }

    @Override
    public void afterRollback(TransactionExecution transaction, Throwable failure) {
      unmark(transaction);
    }

    private void unmark(TransactionExecution transaction) {
      Object connection = TransactionSynchronizationManager.getResource(dataSource);
      if (transaction.isNewTransaction() && connection != null) {
        Object unused =
            TransactionSynchronizationManager.unbindResourceIfPossible(new Committing(connection));
      }
    }
  }

  private final PlatformTransactionManager manager;
  private final DataSource dataSource;

  /**
   * Creates it for a transaction manager.
   *
   * @throws org.perille.ConfigurationException if the manager has no {@code DataSource}
   */
  public RunningTransaction(PlatformTransactionManager manager) {
    this.manager = manager;
    this.dataSource = ManagedDataSource.of(manager);
    if (manager instanceof ConfigurableTransactionManager observable
        && !observable.getTransactionExecutionListeners().contains(new Marking(dataSource))) {
      // A copy, because the application may have set a list that can't be changed.
      List<TransactionExecutionListener> listeners =
          new ArrayList<>(observable.getTransactionExecutionListeners());
      listeners.add(new Marking(dataSource));
      observable.setTransactionExecutionListeners(listeners);
    }
  }

  /** Returns the {@code DataSource} of the manager. */
  public DataSource dataSource() {
    return dataSource;
  }

  /**
   * Ensures that the manager has a transaction that may write, and flushes JPA. So rows that JPA
   * changes are locked before what follows, as they are with JDBC.
   *
   * @param refusal makes an exception from the reason why that isn't possible
   */
  public void join(Function<String, ? extends RuntimeException> refusal) {
    if (!TransactionSynchronizationManager.isSynchronizationActive()
        || !TransactionSynchronizationManager.isActualTransactionActive()) {
      throw refusal.apply(
          "no transaction of Spring is running on this thread: publish in a method with @Transactional that another bean calls, or in TransactionTemplate.execute");
    }
    Object connection = TransactionSynchronizationManager.getResource(dataSource);
    if (connection != null
        && TransactionSynchronizationManager.hasResource(new Committing(connection))) {
      throw refusal.apply(
          "the transaction is already committed, and this is a callback after its commit: publish before the commit, or in a new transaction (REQUIRES_NEW)");
    }
    if (TransactionSynchronizationManager.isCurrentTransactionReadOnly()) {
      throw refusal.apply(
          "the running transaction is read-only: remove readOnly from the @Transactional that begins it");
    }
    TransactionStatus status = participate(refusal);
    if (!(connection instanceof ConnectionHolder)) {
      throw refusal.apply(
          "the running transaction of %s has no connection of %s: its JPA provider doesn't lend it; use Hibernate or EclipseLink with Spring's dialect"
              .formatted(manager, dataSource));
    }
    status.flush();
  }

  /** Participates, and so begins nothing that has to be ended. */
  private TransactionStatus participate(Function<String, ? extends RuntimeException> refusal) {
    try {
      return manager.getTransaction(
          new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_MANDATORY));
    } catch (IllegalTransactionStateException e) {
      throw refusal.apply(
          "the running transaction is one of another transaction manager than %s: begin it with that one, whose DataSource is %s"
              .formatted(manager, dataSource));
    }
  }
}
