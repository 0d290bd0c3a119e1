package org.perille.proof.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import javax.sql.DataSource;

/**
 * The connections of one process. It lends returned connections again unless they are known to be
 * broken.
 */
public final class SimulatedPool {
  private final SimulatedDatabase database;
  private final Predicate<SQLException> discards;
  private final List<SimulatedSession> idle = new ArrayList<>();
  private final List<SimulatedSession> lent = new ArrayList<>();

  /** Creates a pool without connections. It only discards connections that are broken. */
  public SimulatedPool(SimulatedDatabase database) {
    this(database, failure -> false);
  }

  /**
   * Creates a pool without connections.
   *
   * @param discards decides whether a connection that has failed in this way is discarded
   */
  public SimulatedPool(SimulatedDatabase database, Predicate<SQLException> discards) {
    this.database = database;
    this.discards = discards;
  }

  boolean discards(SQLException failure) {
    return discards.test(failure);
  }

  /** Returns the pool as a data source for a client. */
  public DataSource dataSource(DatabaseClient client) {
    return SimulatedSession.proxy(
        DataSource.class,
        (proxy, method, arguments) -> {
          if (method.getName().equals("getConnection")) {
            return lend(client);
          }
          throw new UnsupportedOperationException(method.toString());
        });
  }

  private Connection lend(DatabaseClient client) throws SQLException {
    client.requireAlive();
    if (client.fails(DatabaseFault.CONNECTION_REFUSED)) {
      throw new SQLTransientConnectionException("simulated: no connection is available", "08001");
    }
    SimulatedSession session =
        idle.isEmpty() ? database.open() : idle.remove(database.random().nextInt(idle.size()));
    if (client.fails(DatabaseFault.CONNECTION_STALE)) {
      session.endByServer();
    }
    session.lend(client, this);
    lent.add(session);
    return SimulatedSession.proxy(Connection.class, session);
  }

  void returned(SimulatedSession session, boolean usable) throws SQLException {
    if (lent.remove(session)) {
      if (usable) {
        idle.add(session);
      } else {
        session.close(false);
      }
    }
  }

  /**
   * Ends the process.
   *
   * @param vanishing whether the server doesn't notice it by itself
   * @return whether the server commits something that was requested before
   */
  public boolean crash(boolean vanishing) {
    boolean commits = false;
    try {
      for (SimulatedSession session : lent) {
        commits |= session.crash(vanishing);
      }
      for (SimulatedSession session : idle) {
        session.close(false);
      }
      lent.clear();
      idle.clear();
      return commits;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
