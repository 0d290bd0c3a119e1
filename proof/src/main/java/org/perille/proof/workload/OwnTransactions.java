package org.perille.proof.workload;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.perille.persistence.JdbcTransactions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Transactions as a framework begins and commits them: simple ones of a pool. */
final class OwnTransactions implements JdbcTransactions {
  private static final Logger LOG = LoggerFactory.getLogger(OwnTransactions.class);

  private final DataSource pool;

  OwnTransactions(DataSource pool) {
    this.pool = pool;
  }

  @Override
  public Transaction begin() throws SQLException {
    Connection connection = pool.getConnection();
    try {
      connection.setAutoCommit(false);
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
    return new Own(connection);
  }

  private static final class Own implements Transaction {
    private final Connection connection;
    private Runnable restore = () -> {};

    Own(Connection connection) {
      this.connection = connection;
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
    public boolean use(Connection guarded) {
      return true;
    }

    @Override
    public void flush() {}

    @Override
    public void commit() throws SQLException {
      connection.commit();
    }

    @Override
    public void close() {
      try (connection) {
        // After a commit this has no effect.
        connection.rollback();
        connection.setAutoCommit(true);
        restore.run();
      } catch (SQLException e) {
        LOG.info("A connection is broken: {}", e.getMessage());
      }
    }
  }
}
