package org.perille.persistence.internal;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import org.apache.pekko.persistence.jdbc.journal.dao.JournalTables.JournalPekkoSerializationRow;
import org.perille.StorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Prevents actors from writing behind a gap.
 *
 * <p>A server that takes over may lack the last commits of its predecessor, and a restarted server
 * may have been restored. An actor that is still alive then knows events that the journal lacks,
 * and would store its next one behind them.
 *
 * <p>So the first write of each actor after a change of the server stores its row only if the
 * previous row exists, in the same statement. While the server is the same, nothing is checked, and
 * the cost is one query for each connection that the pool opens. Thread-safe.
 */
final class Predecessors {
  private static final Logger LOG = LoggerFactory.getLogger(Predecessors.class);

  /** The limit of checked persistence ids, some 200 bytes each. A removed one is checked again. */
  private static final int MAX_CHECKED = 100_000;

  /** The server behind each connection of the pool. */
  private final Map<Connection, String> servers = new WeakHashMap<>();

  private final Set<String> checked =
      Collections.newSetFromMap(
          new LinkedHashMap<String, Boolean>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
              return size() > MAX_CHECKED;
            }
          });

  private Optional<String> current = Optional.empty();

  /** The number of changes of the server. */
  private long changes;

  /**
   * Inserts rows, all or none; see {@link JournalTable#insert}.
   *
   * @param connection one that the pool has lent
   * @throws StorageException if it fails, also if the row before one of them is missing
   */
  void insert(Connection connection, List<JournalPekkoSerializationRow> rows) {
    insert(connection, rows, serverOf(connection));
  }

  /** Inserts rows like {@link #insert(Connection, List)}, on a given server. */
  void insert(Connection connection, List<JournalPekkoSerializationRow> rows, String server) {
    long change = meet(server);
    if (change == 0) {
      JournalTable.insert(connection, rows);
      return;
    }
    Set<String> unchecked = unchecked(rows);
    JournalTable.insert(connection, rows, unchecked);
    if (!unchecked.isEmpty()) {
      check(unchecked, change);
    }
  }

  private String serverOf(Connection connection) {
    try {
      Connection physical = connection.unwrap(Connection.class);
      synchronized (servers) {
        String known = servers.get(physical);
        if (known != null) {
          return known;
        }
      }
      // Queried through the pool's own connection, which must detect a broken one.
      String server = ask(connection);
      synchronized (servers) {
        servers.put(physical, server);
      }
      return server;
    } catch (SQLException e) {
      throw new StorageException(
          "the server behind a connection of the journal can't be found out: " + e.getMessage(), e);
    }
  }

  private static String ask(Connection connection) throws SQLException {
    try {
      return Dialect.of(connection).server(connection);
    } catch (SQLException e) {
      if (!SqlFailures.isRolledBack(e)) {
        throw e;
      }
      LOG.warn(
          "The database doesn't say when its server was started ({}): after a failover that loses commits, actors may store events behind a gap",
          e.getMessage());
      return "unknown";
    }
  }

  private synchronized long meet(String server) {
    if (!current.equals(Optional.of(server))) {
      current.ifPresent(
          before -> {
            changes++;
            checked.clear();
            LOG.info(
                "The journal's database server was one {}, and is one {}: the next write of each actor is stored only if the journal has the one before",
                before,
                server);
          });
      current = Optional.of(server);
    }
    return changes;
  }

  private synchronized Set<String> unchecked(List<JournalPekkoSerializationRow> rows) {
    Set<String> unchecked = new HashSet<>();
    for (JournalPekkoSerializationRow row : rows) {
      if (!checked.contains(row.persistenceId())) {
        unchecked.add(row.persistenceId());
      }
    }
    return unchecked;
  }

  private synchronized void check(Set<String> persistenceIds, long change) {
    if (change == changes) {
      checked.addAll(persistenceIds);
    }
  }
}
