package org.perille.persistence.internal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.perille.persistence.internal.PostgresqlNodes.Connections;
import org.perille.spi.LeaseTable;
import org.perille.spi.NodeRegistry.Description;
import org.perille.spi.NodeRegistry.State;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leases of a PostgreSQL database, in its table {@code perille_lease}.
 *
 * <p>Each statement is a transaction of its own, so a node that hangs between two of them blocks no
 * other one.
 */
final class PostgresqlLeases implements LeaseTable {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresqlLeases.class);

  /**
   * The time after which a connection without an answer is given up. The next one may reach a
   * server that has taken over.
   */
  private static final int ANSWER_MILLIS = 5_000;

  private final Connections connections;
  private Optional<Connection> open = Optional.empty();

  PostgresqlLeases(Connections connections) {
    this.connections = connections;
  }

  /** Work with a prepared statement. */
  @FunctionalInterface
  private interface Task<R> {
    R run(PreparedStatement statement) throws SQLException;
  }

  private <R> R with(String sql, Task<R> task) throws SQLException {
    boolean done = false;
    try (PreparedStatement statement = connection().prepareStatement(sql)) {
      R result = task.run(statement);
      done = true;
      return result;
    } finally {
      if (!done) {
        close();
      }
    }
  }

  private Connection connection() throws SQLException {
    if (open.isEmpty()) {
      Connection connection = connections.open();
      open = Optional.of(connection);
      connection.setAutoCommit(true);
      connection.setNetworkTimeout(Runnable::run, ANSWER_MILLIS);
    }
    return open.get();
  }

  @Override
  public Lease read(String name) throws SQLException {
    with(
        "INSERT INTO perille_lease (name, owner, version) VALUES (?, '', 0) ON CONFLICT DO NOTHING",
        insert -> {
          insert.setString(1, name);
          return insert.executeUpdate();
        });
    return with(
        "SELECT owner, version FROM perille_lease WHERE name = ?",
        select -> {
          select.setString(1, name);
          try (ResultSet row = select.executeQuery()) {
            row.next();
            return new Lease(row.getString(1), row.getLong(2));
          }
        });
  }

  @Override
  public Outcome take(String name, long version, String address, long uid) throws SQLException {
    int taken =
        with(
            "UPDATE perille_lease SET owner = ?, version = version + 1 WHERE name = ? AND version ="
                + " ? AND EXISTS (SELECT 1 FROM perille_node WHERE address = ? AND uid = ? AND"
                + " state = ?)",
            update -> {
              update.setString(1, Description.member(address, uid));
              update.setString(2, name);
              update.setLong(3, version);
              update.setString(4, address);
              update.setLong(5, uid);
              update.setString(6, State.MEMBER.name());
              return update.executeUpdate();
            });
    return taken == 1 ? Outcome.TAKEN : whyNot(address, uid);
  }

  private Outcome whyNot(String address, long uid) throws SQLException {
    return with(
        "SELECT state FROM perille_node WHERE address = ? AND uid = ?",
        select -> {
          select.setString(1, address);
          select.setLong(2, uid);
          Outcome outcome = Outcome.NO_MEMBER;
          try (ResultSet row = select.executeQuery()) {
            while (row.next()) {
              switch (State.valueOf(row.getString(1))) {
                case DOWNED -> {
                  return Outcome.DOWNED;
                }
                case MEMBER -> outcome = Outcome.CHANGED;
                case SEEKING, FORMING -> {
                  // It becomes a member, or never.
                }
              }
            }
          }
          return outcome;
        });
  }

  @Override
  public boolean renew(String name, String owner) throws SQLException {
    return with(
        "UPDATE perille_lease SET version = version + 1 WHERE name = ? AND owner = ?",
        update -> {
          update.setString(1, name);
          update.setString(2, owner);
          return update.executeUpdate() == 1;
        });
  }

  @Override
  public void release(String name, String owner) throws SQLException {
    int unused =
        with(
            "UPDATE perille_lease SET owner = '', version = version + 1 WHERE name = ? AND owner ="
                + " ?",
            update -> {
              update.setString(1, name);
              update.setString(2, owner);
              return update.executeUpdate();
            });
  }

  @Override
  public void close() {
    Optional<Connection> last = open;
    open = Optional.empty();
    last.ifPresent(
        connection -> {
          try {
            connection.close();
          } catch (SQLException e) {
            // The connection was broken; the server notices that it is closed.
            LOG.debug("A connection for leases was broken", e);
          }
        });
  }
}
