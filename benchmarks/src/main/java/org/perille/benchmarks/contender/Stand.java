package org.perille.benchmarks.contender;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;

/** A fresh PostgreSQL server that forces every commit to the disk, and its connection settings. */
public final class Stand implements AutoCloseable {
  private static final String SHARED = "pekko-persistence-jdbc.shared-databases.slick.";

  /**
   * The number of files of the write-ahead log, of 16 MB each.
   *
   * <p>With PostgreSQL's default of 1 GB, a load like these starts a checkpoint several times a
   * minute. After each checkpoint PostgreSQL logs every page once as a whole. In that case it
   * recommends a larger log itself.
   */
  private static final int LOG_FILES = 256;

  /** A quarter of the memory, as PostgreSQL's manual recommends. Its default is 128 MB. */
  private static final String SHARED_BUFFERS = "2GB";

  private final EmbeddedPostgres postgres;

  private Stand(EmbeddedPostgres postgres) {
    this.postgres = postgres;
  }

  /**
   * Starts a server.
   *
   * @throws IllegalStateException if it doesn't force commits to the disk
   */
  public static Stand start() {
    try {
      Stand stand =
          new Stand(
              EmbeddedPostgres.builder()
                  .setServerConfig("fsync", "on")
                  .setServerConfig("full_page_writes", "on")
                  .setServerConfig("synchronous_commit", "on")
                  .setServerConfig("shared_buffers", SHARED_BUFFERS)
                  .setServerConfig("max_wal_size", LOG_FILES * 16 + "MB")
                  .setServerConfig("min_wal_size", LOG_FILES * 16 + "MB")
                  .start());
      stand.require("fsync");
      stand.require("full_page_writes");
      stand.require("synchronous_commit");
      stand.fillLog();
      return stand;
    } catch (IOException e) {
      throw new UncheckedIOException("PostgreSQL can't be started", e);
    } catch (SQLException e) {
      throw new IllegalStateException("PostgreSQL's settings can't be read", e);
    }
  }

  private void require(String setting) throws SQLException {
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement();
        ResultSet value = statement.executeQuery("SHOW " + setting)) {
      if (!value.next() || !value.getString(1).equals("on")) {
        throw new IllegalStateException(setting + " is not on: the figures would mean nothing");
      }
    }
  }

  /**
   * Makes the server create the files of its write-ahead log and keep them for reuse.
   *
   * <p>Commits wait while the server creates a file, which a new server does often.
   */
  private void fillLog() throws SQLException {
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      for (int i = 0; i < LOG_FILES; i++) {
        statement.execute("SELECT pg_logical_emit_message(false, 'benchmark', 'next')");
        statement.execute("SELECT pg_switch_wal()");
      }
      statement.execute("CHECKPOINT");
    }
  }

  private String url() {
    return databaseUrl() + "&reWriteBatchedInserts=true";
  }

  /** Returns the bytes that a table and its indexes occupy in the files of the database. */
  public long bytesOf(String table) throws SQLException {
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement();
        ResultSet size = statement.executeQuery("SELECT pg_total_relation_size('" + table + "')")) {
      size.next();
      return size.getLong(1);
    }
  }

  /** Returns the URL of the database, for another process. */
  public String databaseUrl() {
    return postgres.getJdbcUrl("postgres", "postgres");
  }

  /** Returns the configuration with which to start Perille. */
  public Config perilleConfig() {
    return perilleConfig(databaseUrl());
  }

  /** Returns the configuration with which to start Perille on the database of another process. */
  public static Config perilleConfig(String databaseUrl) {
    return ConfigFactory.parseMap(
            Map.of(
                "perille.storage.profile", "postgresql",
                "perille.storage.postgresql.url", databaseUrl,
                "perille.storage.postgresql.user", "postgres"))
        .withFallback(ConfigFactory.load());
  }

  /** Returns connections for an application. The caller closes the pool. */
  public HikariDataSource pool(int connections) {
    return pool(connections, false);
  }

  /** Returns connections as a pool has them by default, which libraries expect. */
  public HikariDataSource autocommittingPool(int connections) {
    return pool(connections, true);
  }

  private HikariDataSource pool(int connections, boolean autocommit) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url());
    config.setUsername("postgres");
    config.setMaximumPoolSize(connections);
    config.setAutoCommit(autocommit);
    return new HikariDataSource(config);
  }

  /** Returns the configuration of Pekko's JDBC journal. */
  Config journalConfig() {
    return ConfigFactory.parseMap(
        Map.of(
            SHARED + "profile", "slick.jdbc.PostgresProfile$",
            SHARED + "db.url", url(),
            SHARED + "db.user", "postgres",
            SHARED + "db.driver", "org.postgresql.Driver"));
  }

  @Override
  public void close() throws IOException {
    postgres.close();
  }
}
