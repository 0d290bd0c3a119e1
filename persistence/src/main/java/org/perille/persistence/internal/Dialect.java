package org.perille.persistence.internal;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Locale;
import java.util.Optional;

/** The differences between the databases in Perille's own statements. */
enum Dialect {
  H2("h2") {
    @Override
    void lockSchema(Connection connection) {
      // One process owns the file, and checks its schema under a lock of its own.
    }

    @Override
    void lockRegistry(Connection connection) {
      // One process owns the file, and uses its registry under a lock of its own.
    }

    @Override
    String otherDatabase() {
      return "Delete the file perille.mv.db in perille.storage.h2.directory, or choose another"
          + " directory";
    }

    @Override
    String server(Connection connection) {
      // The engine runs in this process, and ends with it.
      return "embedded";
    }

    @Override
    Optional<Instant> time(Connection connection) {
      return Optional.empty();
    }
  },
  POSTGRESQL("postgresql") {
    @Override
    void lockSchema(Connection connection) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute("SELECT pg_advisory_xact_lock(" + SCHEMA_LOCK + ")");
      }
    }

    @Override
    void lockRegistry(Connection connection) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute("LOCK TABLE perille_subscription IN SHARE ROW EXCLUSIVE MODE");
      }
    }

    @Override
    String otherDatabase() {
      return "Drop the tables perille_* and the sequence perille_node_number, or choose another"
          + " database (perille.storage.postgresql.url)";
    }

    @Override
    String server(Connection connection) throws SQLException {
      try (Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery("SELECT pg_postmaster_start_time()")) {
        row.next();
        return "started at " + row.getString(1);
      }
    }

    @Override
    Optional<Instant> time(Connection connection) throws SQLException {
      try (Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery("SELECT clock_timestamp()")) {
        row.next();
        return Optional.of(row.getObject(1, OffsetDateTime.class).toInstant());
      }
    }
  };

  /** A number that no other application uses: "perille" on a telephone's keys. */
  private static final long SCHEMA_LOCK = 7374553L;

  private final String directory;

  Dialect(String directory) {
    this.directory = directory;
  }

  /** Returns the directory of the scripts. */
  String directory() {
    return directory;
  }

  /** Excludes schema changes by other nodes until the transaction ends. */
  abstract void lockSchema(Connection connection) throws SQLException;

  /** Excludes other nodes from the registry of subscriptions until the transaction ends. */
  abstract void lockRegistry(Connection connection) throws SQLException;

  /** Returns the remedy for a database with tables that can't be used. */
  abstract String otherDatabase();

  /**
   * Returns the identity of the running server behind a connection. Another one after a restart or
   * a failover.
   */
  abstract String server(Connection connection) throws SQLException;

  /** Returns the time of the database's clock, if that may be another one than this machine's. */
  abstract Optional<Instant> time(Connection connection) throws SQLException;

  /** Returns the dialect of a connection's database. */
  static Dialect of(Connection connection) throws SQLException {
    String product = connection.getMetaData().getDatabaseProductName();
    return switch (product.toLowerCase(Locale.ROOT)) {
      case "h2" -> H2;
      case "postgresql" -> POSTGRESQL;
      default ->
          throw new SQLException(
              "'" + product + "' is not supported: use H2 or PostgreSQL for this");
    };
  }
}
