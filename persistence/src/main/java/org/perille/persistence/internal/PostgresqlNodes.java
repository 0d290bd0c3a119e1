package org.perille.persistence.internal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.perille.spi.NodeRegistry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The nodes that use a PostgreSQL database, in its table {@code perille_node}.
 *
 * <p>It has a connection of its own, so that a node that waits for one of the pool isn't considered
 * dead.
 */
final class PostgresqlNodes implements NodeRegistry {
  /** Opens a connection that answers, or fails, within seconds. */
  @FunctionalInterface
  interface Connections {
    Connection open() throws SQLException;
  }

  private static final Logger LOG = LoggerFactory.getLogger(PostgresqlNodes.class);

  /** The session setting that it changes on its connection. */
  static final String CHANGED_SETTING = "synchronous_commit";

  private static final String READ =
      "SELECT number, cluster, address, uid, roles, version, interval_millis, started,"
          + " EXTRACT(EPOCH FROM clock_timestamp() - counted), count, state, machine FROM"
          + " perille_node ORDER BY number";

  private final Connections connections;
  private Optional<Connection> open = Optional.empty();

  PostgresqlNodes(Connections connections) {
    this.connections = connections;
  }

  /** A task in a transaction. */
  @FunctionalInterface
  private interface Task<R> {
    R run(Connection connection) throws SQLException;
  }

  private <R> R inTransaction(Task<R> task) throws SQLException {
    boolean done = false;
    try {
      Connection connection = connection();
      R result = task.run(connection);
      connection.commit();
      done = true;
      return result;
    } finally {
      if (!done) {
        // An open transaction would hold the lock that other nodes wait for. The next call opens a
        // new connection.
        close();
      }
    }
  }

  private Connection connection() throws SQLException {
    if (open.isPresent()) {
      return open.get();
    }
    Connection connection = connections.open();
    open = Optional.of(connection);
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      // The loss of a count in a crash of the server does no harm, and no write waits for it.
      statement.execute("SET " + CHANGED_SETTING + " = off");
    }
    connection.commit();
    return connection;
  }

  @Override
  public Node register(Description self, State state, Set<String> members) throws SQLException {
    return inTransaction(
        connection -> {
          // Locked until the transaction ends: a node that registers later sees this entry.
          Dialect.POSTGRESQL.lockSchema(connection);
          forget(connection);
          OptionalLong cluster = NodeRegistry.clusterOf(members, read(connection));
          return insert(connection, self, state, cluster);
        });
  }

  private static void forget(Connection connection) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement(
            "DELETE FROM perille_node WHERE counted < clock_timestamp() - make_interval(secs =>"
                + " CASE WHEN state = ? THEN ? ELSE ? END)")) {
      delete.setString(1, State.DOWNED.name());
      delete.setDouble(2, (double) DOWNED_FORGOTTEN_AFTER.toSeconds());
      delete.setDouble(3, (double) FORGOTTEN_AFTER.toSeconds());
      delete.executeUpdate();
    }
  }

  private static Node insert(
      Connection connection, Description self, State state, OptionalLong cluster)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO perille_node (number, cluster, address, uid, roles, version,"
                + " interval_millis, state, machine, started, counted, count) SELECT n, COALESCE(?,"
                + " n), ?, ?, ?, ?, ?, ?, ?, clock_timestamp(), clock_timestamp(), 0 FROM"
                + " nextval('perille_node_number') AS n RETURNING number, cluster, started")) {
      insert.setObject(
          1, cluster.isPresent() ? Long.valueOf(cluster.getAsLong()) : null, Types.BIGINT);
      insert.setString(2, self.address());
      insert.setLong(3, self.uid());
      insert.setString(4, String.join(",", self.roles()));
      insert.setString(5, self.version());
      insert.setLong(6, self.interval().toMillis());
      insert.setString(7, state.name());
      insert.setString(8, self.machine());
      try (ResultSet row = insert.executeQuery()) {
        row.next();
        return new Node(
            row.getLong(1),
            row.getLong(2),
            state,
            self,
            row.getTimestamp(3).toInstant(),
            Duration.ZERO,
            0);
      }
    }
  }

  @Override
  public boolean form(Node self, List<Node> gone) throws SQLException {
    return inTransaction(
        connection -> {
          Dialect.POSTGRESQL.lockSchema(connection);
          for (Node node : gone) {
            removeUnlessCounted(connection, node);
          }
          List<Node> left = read(connection);
          boolean may =
              left.stream().anyMatch(node -> node.number() == self.number())
                  && NodeRegistry.mayForm(self.number(), left);
          if (may) {
            try (PreparedStatement update =
                connection.prepareStatement(
                    "UPDATE perille_node SET cluster = number, state = ? WHERE number = ?")) {
              update.setString(1, State.FORMING.name());
              update.setLong(2, self.number());
              update.executeUpdate();
            }
          }
          return may;
        });
  }

  private static void removeUnlessCounted(Connection connection, Node node) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement(
            "DELETE FROM perille_node WHERE number = ? AND count = ? AND state <> ?")) {
      delete.setLong(1, node.number());
      delete.setLong(2, node.count());
      delete.setString(3, State.DOWNED.name());
      delete.executeUpdate();
    }
  }

  @Override
  public List<Node> count(Node self) throws SQLException {
    return inTransaction(
        connection -> {
          try (PreparedStatement update =
              connection.prepareStatement(
                  // What another node has marked remains marked.
                  "UPDATE perille_node SET cluster = ?, state = CASE WHEN state = ? THEN state"
                      + " ELSE ? END, counted = clock_timestamp(), count = count + 1 WHERE number"
                      + " = ?")) {
            update.setLong(1, self.cluster());
            update.setString(2, State.DOWNED.name());
            update.setString(3, self.state().name());
            update.setLong(4, self.number());
            update.executeUpdate();
          }
          return read(connection);
        });
  }

  private static List<Node> read(Connection connection) throws SQLException {
    List<Node> nodes = new ArrayList<>();
    try (PreparedStatement select = connection.prepareStatement(READ);
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        Description description =
            new Description(
                row.getString(3),
                row.getLong(4),
                Set.of(row.getString(5).split(",", -1)),
                row.getString(6),
                Duration.ofMillis(row.getLong(7)),
                row.getString(12));
        nodes.add(
            new Node(
                row.getLong(1),
                row.getLong(2),
                State.valueOf(row.getString(11)),
                description,
                row.getTimestamp(8).toInstant(),
                Duration.ofMillis((long) (row.getDouble(9) * 1000)),
                row.getLong(10)));
      }
    }
    return nodes;
  }

  @Override
  public void markDowned(Node self, List<Node> lost) throws SQLException {
    inTransaction(
        connection -> {
          Dialect.POSTGRESQL.lockSchema(connection);
          try (PreparedStatement update =
              connection.prepareStatement(
                  "UPDATE perille_node SET state = ?, downed_by = ? WHERE number = ANY (?) AND"
                      + " state <> ? AND EXISTS (SELECT 1 FROM perille_node WHERE number = ? AND"
                      + " state = ?)")) {
            update.setString(1, State.DOWNED.name());
            update.setString(2, self.description().address());
            update.setArray(
                3, connection.createArrayOf("bigint", lost.stream().map(Node::number).toArray()));
            update.setString(4, State.DOWNED.name());
            update.setLong(5, self.number());
            update.setString(6, State.MEMBER.name());
            return update.executeUpdate();
          }
        });
  }

  @Override
  public Optional<String> downedBy(Node self) throws SQLException {
    return inTransaction(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement(
                  "SELECT downed_by FROM perille_node WHERE number = ? AND state = ?")) {
            select.setLong(1, self.number());
            select.setString(2, State.DOWNED.name());
            try (ResultSet row = select.executeQuery()) {
              return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
            }
          }
        });
  }

  @Override
  public void remove(Collection<Long> numbers) throws SQLException {
    if (numbers.isEmpty()) {
      return;
    }
    inTransaction(
        connection -> {
          try (PreparedStatement delete =
              connection.prepareStatement("DELETE FROM perille_node WHERE number = ANY (?)")) {
            delete.setArray(1, connection.createArrayOf("bigint", numbers.toArray()));
            return delete.executeUpdate();
          }
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
            LOG.debug("A connection for heartbeats was broken", e);
          }
        });
  }
}
