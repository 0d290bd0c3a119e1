package org.perille.spring.internal;

import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.perille.persistence.JdbcTransactions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.DefaultTransactionDefinition;

/** Begins the transactions of a handler with a transaction manager of Spring. */
public final class ManagedTransactions implements JdbcTransactions {
  private static final Logger LOG = LoggerFactory.getLogger(ManagedTransactions.class);

  private final PlatformTransactionManager manager;
  private final DataSource dataSource;
  private final AtomicBoolean warned = new AtomicBoolean();

  /** Creates the transactions of a manager that uses the connections of a {@code DataSource}. */
  public ManagedTransactions(PlatformTransactionManager manager, DataSource dataSource) {
    this.manager = manager;
    this.dataSource = dataSource;
  }

  @Override
  public Transaction begin() throws SQLException {
    // Nothing may be around it: its commit must be that of the database.
    DefaultTransactionDefinition definition =
        new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    definition.setName("perille");
    TransactionStatus status = manager.getTransaction(definition);
    try {
      return new ManagedTransaction(manager, status, dataSource, this::suspended);
    } catch (SQLException | RuntimeException | Error e) {
      manager.rollback(status);
      throw e;
    }
  }

  /** Warns that the effect does something apart from the transaction, once with its place. */
  private void suspended() {
    if (warned.compareAndSet(false, true)) {
      LOG.warn(
          "A handler has suspended the transaction of its delivery, by @Transactional with REQUIRES_NEW or NOT_SUPPORTED or another transaction manager: what it does there is committed apart from the cursor, and may happen twice. Use propagation REQUIRED and the same transaction manager, if it must happen once. This is logged once for each transaction manager; the stack shows the place",
          new IllegalStateException("the transaction is suspended here"));
    } else {
      LOG.debug("A handler has suspended the transaction of its delivery");
    }
  }
}
