package org.perille.persistence;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.h2.jdbcx.JdbcDataSource;

/**
 * Fresh databases of both kinds. One PostgreSQL server serves a whole test run.
 *
 * <p>Commits are forced to the disk only for tests of durability, because no other test outlives
 * its machine.
 */
public final class Databases {
  static {
    // Awaitility's default is 100 ms before the first poll and between two.
    Awaitility.setDefaultPollDelay(Duration.ZERO);
    Awaitility.setDefaultPollInterval(Duration.ofMillis(10));
  }

  private static final AtomicInteger COUNT = new AtomicInteger();
  private static final Object STARTING = new Object();
  private static EmbeddedPostgres server;

  private Databases() {}

  /**
   * A database, with the settings of Perille and the connections of the application.
   *
   * @param storage Perille's own tables; with H2 only while no Perille runs
   */
  public record Database(Config config, DataSource application, DataSource storage) {}

  /** Creates an H2 file in a directory. */
  public static Database h2(Path directory) {
    return h2(directory, "off");
  }

  /** Creates an H2 file that forces each commit to the disk, as by default. */
  public static Database durableH2(Path directory) {
    return h2(directory, "on");
  }

  private static Database h2(Path directory, String sync) {
    return new Database(
        config(
            Map.of(
                "perille.storage.profile",
                "h2",
                "perille.storage.h2.directory",
                directory.toString(),
                "perille.storage.h2.sync",
                sync)),
        h2Source(directory, "application"),
        h2Source(directory, "perille"));
  }

  private static DataSource h2Source(Path directory, String name) {
    JdbcDataSource source = new JdbcDataSource();
    source.setURL("jdbc:h2:file:" + directory.resolve(name).toAbsolutePath());
    source.setUser("sa");
    return source;
  }

  /** Creates a database in the PostgreSQL server. */
  public static Database postgresql() {
    return postgresql("off");
  }

  /** Creates a database in the PostgreSQL server that forces each commit to the disk. */
  public static Database durablePostgresql() {
    return postgresql("on");
  }

  private static Database postgresql(String sync) {
    String name = "test" + COUNT.incrementAndGet();
    try (Connection connection = server().getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
      statement.execute("ALTER DATABASE " + name + " SET synchronous_commit = " + sync);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return new Database(
        config(
            Map.of(
                "perille.storage.profile",
                "postgresql",
                "perille.storage.postgresql.url",
                server().getJdbcUrl("postgres", name),
                "perille.storage.postgresql.user",
                "postgres",
                "perille.storage.postgresql.sync",
                sync)),
        server().getDatabase("postgres", name),
        server().getDatabase("postgres", name));
  }

  /** Returns the port of the PostgreSQL server. */
  public static int postgresqlPort() {
    return server().getPort();
  }

  private static Config config(Map<String, String> settings) {
    return ConfigFactory.load(
        ConfigFactory.parseMap(settings).withFallback(ConfigFactory.defaultApplication()));
  }

  private static EmbeddedPostgres server() {
    synchronized (STARTING) {
      if (server == null) {
        try {
          // By default this server confirms commits that aren't on the disk.
          server =
              EmbeddedPostgres.builder()
                  .setServerConfig("fsync", "on")
                  .setServerConfig("full_page_writes", "on")
                  .setServerConfig("synchronous_commit", "on")
                  .start();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
      return server;
    }
  }
}
