package org.perille.persistence.internal;

import com.typesafe.config.Config;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import javax.sql.DataSource;
import org.h2.api.ErrorCode;
import org.perille.ConfigurationException;
import org.perille.spi.NodeRegistry;

/** An H2 file inside the process. */
public final class H2Storage extends JdbcStorage {
  /** The limit of connections. One at a time changes the file, so that more are of little use. */
  private static final int MAX_CONNECTIONS = 32;

  public H2Storage() {
    super(Dialect.H2);
  }

  @Override
  String url(Config storage) {
    return H2DataSource.url(storage.getString("directory"));
  }

  @Override
  Map<String, Object> pool(Config storage, Config config) {
    Drivers.require(name(), "org.h2.Driver", "com.h2database:h2");
    boolean sync = storage.getBoolean("sync");
    if (sync && H2DataSource.isInMemory(storage.getString("directory"))) {
      throw new ConfigurationException(
          "'perille.storage.h2.directory' is '%s', which is only in memory, and 'perille.storage.h2.sync' is on: set sync = off for a database that ends with the process, or choose a directory"
              .formatted(storage.getString("directory")));
    }
    Map<String, Object> settings = new HashMap<>(connections(storage, MAX_CONNECTIONS));
    settings.put("properties.directory", storage.getString("directory"));
    settings.put("properties.sync", String.valueOf(sync));
    settings.put("properties.user", storage.getString("user"));
    settings.put("properties.password", storage.getString("password"));
    return settings;
  }

  /** {@inheritDoc} The engine alone forces no commit to the disk; see {@link H2DataSource}. */
  @Override
  public Config withDataSource(Config config, DataSource pool) {
    throw new ConfigurationException(
        "the storage 'h2' can't use the application's DataSource, because H2 alone forces no commit to the disk: remove withDataSource, and Perille uses a file of its own in perille.storage.h2.directory; or set perille.storage.profile = postgresql for a DataSource of PostgreSQL");
  }

  @Override
  Connection connect(Config storage) throws SQLException {
    H2DataSource dataSource = new H2DataSource();
    dataSource.setDirectory(storage.getString("directory"));
    dataSource.setSync(storage.getBoolean("sync"));
    dataSource.setUser(storage.getString("user"));
    dataSource.setPassword(storage.getString("password"));
    return dataSource.getConnection();
  }

  @Override
  NodeRegistry nodesOf(Config storage) {
    return LocalNodes.of(url(storage));
  }

  @Override
  void requireDurable(Connection connection, Config storage) {
    // The connections force each commit themselves.
  }

  @Override
  String remedy(Config storage, SQLException cause) {
    if (cause.getErrorCode() == ErrorCode.DATABASE_ALREADY_OPEN_1) {
      return "Another process has the file open: stop it, or choose another"
          + " perille.storage.h2.directory; for several nodes use perille.storage.profile ="
          + " postgresql";
    }
    return "Check perille.storage.h2.directory (does it exist, may this process write there?), user"
        + " and password";
  }
}
