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
 * Prevents actors from writing behind a gap. A server that takes over may lack the last commits of
 * the one before, and a server that starts again may have been restored. An actor that lives on
 * knows events then that the journal lacks, and its next one would be stored behind them.
 *
 * <p>So the first write of each actor after the server has changed stores its row only if the row
 * before it is there, in the same statement. As long as the server is the same nothing is checked,
 * and all it costs is one query for each connection that the pool opens. Thread-safe.
 */
final class Predecessors {
  private static final Logger LOG = LoggerFactory.getLogger(Predecessors.class);

  /** Names of journals, some 200 bytes each. Those that are forgotten are checked once more. */
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

  /** How often another server was met than the one before. */
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

  /** {@link #insert(Connection, List)} on a server. */
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
      // Asked through the pool's own connection: it must learn of one that is broken.
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
