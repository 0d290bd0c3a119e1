package org.perille.persistence.internal;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValueFactory;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.perille.StorageException;
import org.perille.spi.LeaseTable;
import org.perille.spi.NodeRegistry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A PostgreSQL server. */
public final class PostgresqlStorage extends JdbcStorage {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresqlStorage.class);
  private static final int MAX_CONNECTIONS = 1000;

  /**
   * The time-out of statements at the start: updating the tables may take longer than later
   * statements.
   */
  private static final int ANSWER_SECONDS_AT_START = 60;

  public PostgresqlStorage() {
    super(Dialect.POSTGRESQL);
  }

  @Override
  String url(Config storage) {
    if (!storage.getString(ApplicationDataSources.PATH).isEmpty()) {
      return "the application's DataSource";
    }
    // The part after the question mark may contain a password.
    return storage.getString("url").replaceFirst("\\?.*", "");
  }

  @Override
  Map<String, Object> pool(Config storage, Config config) {
    Drivers.require(name(), "org.postgresql.Driver", "org.postgresql:postgresql");
    Config timeouts = storage.getConfig("timeouts");
    Duration call = storage.getDuration("journal.circuit-breaker.call-timeout");
    PostgresqlTimeouts.of(timeouts).requireOrder(call);
    Duration publisher = config.getDuration("perille.publisher.timeout");
    if (publisher.compareTo(call) <= 0) {
      LOG.warn(
          "perille.publisher.timeout ({}) is not longer than"
              + " perille.storage.postgresql.journal.circuit-breaker.call-timeout ({}): while the"
              + " database fails over, publishers get an unknown outcome before a"
              + " write can be repeated",
          publisher,
          call);
    }
    Map<String, Object> settings = new HashMap<>(connections(storage, MAX_CONNECTIONS));
    for (String name : List.of("url", "user", "password")) {
      settings.put("properties." + name, storage.getString(name));
    }
    settings.put("properties.idleInTransaction", timeouts.getString("idle-in-transaction"));
    for (String name : List.of("lock", "statement", "network", "answer")) {
      settings.put("properties." + name, timeouts.getString(name));
    }
    if (ApplicationDataSources.of(storage).isPresent()) {
      settings.put("connectionPool", ApplicationPool.class.getName());
      settings.put("application.number", storage.getString(ApplicationDataSources.PATH));
      settings.put("application.timeouts", timeouts.root().unwrapped());
    }
    return settings;
  }

  @Override
  public Config withDataSource(Config config, DataSource pool) {
    return config.withValue(
        "perille.storage.postgresql." + ApplicationDataSources.PATH,
        ConfigValueFactory.fromAnyRef(ApplicationDataSources.numberOf(pool)));
  }

  @Override
  void checkConnections(Config storage) throws SQLException {
    Optional<DataSource> pool = ApplicationDataSources.of(storage);
    if (pool.isPresent()) {
      new DataSourceCheck(pool.get(), PostgresqlTimeouts.of(storage.getConfig("timeouts")))
          .run(storage.getInt("connections"));
    }
  }

  @Override
  Connection connect(Config storage) throws SQLException {
    return connect(storage, List.of());
  }

  /**
   * Opens a connection, or borrows one of the application.
   *
   * @param changedLater the session settings that the connection's user changes
   */
  private static Connection connect(Config storage, List<String> changedLater) throws SQLException {
    Optional<DataSource> pool = ApplicationDataSources.of(storage);
    if (pool.isPresent()) {
      PostgresqlTimeouts timeouts = PostgresqlTimeouts.of(storage.getConfig("timeouts"));
      return new BorrowedConnections(
              pool.get(), timeouts.forWork(Duration.ofSeconds(ANSWER_SECONDS_AT_START)))
          .borrow(changedLater);
    }
    PostgresqlDataSource dataSource = new PostgresqlDataSource();
    dataSource.setUrl(storage.getString("url"));
    dataSource.setUser(storage.getString("user"));
    dataSource.setPassword(storage.getString("password"));
    dataSource.setIdleInTransaction(storage.getString("timeouts.idle-in-transaction"));
    dataSource.setNetwork(storage.getString("timeouts.network"));
    dataSource.setAnswer(ANSWER_SECONDS_AT_START + "s");
    return dataSource.getConnection();
  }

  @Override
  Optional<String> localAddressOf(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT host(inet_client_addr())")) {
      row.next();
      String seen = row.getString(1);
      // Behind a translation of addresses the server sees another machine's.
      return seen != null && isOwn(seen) ? Optional.of(seen) : Optional.empty();
    }
  }

  private static boolean isOwn(String address) {
    try {
      InetAddress parsed = InetAddress.getByName(address);
      return parsed instanceof Inet4Address && NetworkInterface.getByInetAddress(parsed) != null;
    } catch (UnknownHostException | SocketException e) {
      LOG.debug("{} is not an address of this machine", address, e);
      return false;
    }
  }

  @Override
  NodeRegistry nodesOf(Config storage) {
    return new PostgresqlNodes(() -> connect(storage, List.of(PostgresqlNodes.CHANGED_SETTING)));
  }

  @Override
  Optional<LeaseTable> leasesOf(Config storage) {
    return Optional.of(new PostgresqlLeases(() -> connect(storage)));
  }

  @Override
  void requireDurable(Connection connection, Config storage) throws SQLException {
    List<String> off = new ArrayList<>();
    for (String setting : List.of("fsync", "full_page_writes", "synchronous_commit")) {
      if (isOff(connection, setting)) {
        off.add(setting);
      }
    }
    if (off.isEmpty()) {
      return;
    }
    String loss =
        "%s runs with %s: it confirms commits that a crash or a power failure can lose"
            .formatted(
                url(storage), String.join(", ", off.stream().map(s -> s + " = off").toList()));
    if (storage.getBoolean("sync")) {
      throw new StorageException(
          loss
              + ". Turn them on (for synchronous_commit also look at ALTER ROLE and ALTER DATABASE); or, for tests, set perille.storage.postgresql.sync = off");
    }
    LOG.warn("{}. perille.storage.postgresql.sync = off allows it: use it for tests only", loss);
  }

  private static boolean isOff(Connection connection, String setting) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet value = statement.executeQuery("SHOW " + setting)) {
      return value.next() && value.getString(1).equals("off");
    }
  }

  @Override
  String remedy(Config storage, SQLException cause) {
    if (!storage.getString(ApplicationDataSources.PATH).isEmpty()) {
      return "Check that the DataSource is open and connects to the primary, and that the server is"
          + " up and accepts connections from this machine";
    }
    return "Check perille.storage.postgresql.url, user and password, and that the server is up and"
        + " accepts connections from this machine";
  }
}
