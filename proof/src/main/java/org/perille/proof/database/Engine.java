package org.perille.proof.database;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The database engine of a thread: H2 in memory.
 *
 * <p>Consecutive simulations of the thread share it, because creating a database takes as long as a
 * simulation.
 *
 * <p>A statement waits for a lock for at most a millisecond, as the owner of the lock can't
 * continue meanwhile.
 */
final class Engine {
  private static final ThreadLocal<Map<String, Engine>> OF_THREAD =
      ThreadLocal.withInitial(HashMap::new);
  private static final AtomicLong CREATED = new AtomicLong();

  private final String url;

  /** The connection that keeps the database in existence. */
  private final Connection admin;

  private final List<String> tables;
  private final List<Connection> used = new ArrayList<>();
  private final Deque<Connection> free = new ArrayDeque<>();

  private Engine(String url, Connection admin, List<String> tables) {
    this.url = url;
    this.admin = admin;
    this.tables = tables;
  }

  private static Engine create(String name, Tables tables) {
    try {
      // The driver is registered when its class is loaded.
      Class.forName("org.h2.Driver");
      String url =
          "jdbc:h2:mem:%s-%d;LOCK_TIMEOUT=1;TRACE_LEVEL_FILE=0"
              .formatted(name, CREATED.incrementAndGet());
      Connection admin = DriverManager.getConnection(url);
      tables.create(admin);
      admin.setAutoCommit(true);
      return new Engine(url, admin, tables(admin));
    } catch (ClassNotFoundException | SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Returns the engine of this thread for some tables. All tables are empty.
   *
   * @param name the same for the same tables
   */
  static Engine cleared(String name, Tables tables) {
    Engine engine = OF_THREAD.get().computeIfAbsent(name, unknown -> create(name, tables));
    try {
      engine.clear();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return engine;
  }

  private void clear() throws SQLException {
    for (Connection connection : List.copyOf(used)) {
      giveBack(connection);
    }
    for (String table : tables) {
      execute("TRUNCATE TABLE " + table + " RESTART IDENTITY");
    }
  }

  private static List<String> tables(Connection connection) throws SQLException {
    List<String> names = new ArrayList<>();
    try (ResultSet found =
        connection
            .getMetaData()
            .getTables(null, "PUBLIC", null, new String[] {"TABLE", "BASE TABLE"})) {
      while (found.next()) {
        names.add('"' + found.getString("TABLE_NAME") + '"');
      }
    }
    return names;
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = admin.createStatement()) {
      boolean unused = statement.execute(sql);
    }
  }

  /** Returns a connection that reads committed data. */
  Connection admin() {
    return admin;
  }

  /** Starts a session. */
  Connection take() throws SQLException {
    Connection connection = free.isEmpty() ? DriverManager.getConnection(url) : free.pop();
    used.add(connection);
    return connection;
  }

  /** Ends a session. Its transaction is rolled back. */
  void giveBack(Connection connection) throws SQLException {
    if (used.removeIf(other -> other == connection)) {
      connection.rollback();
      connection.setAutoCommit(true);
      free.push(connection);
    }
  }
}
