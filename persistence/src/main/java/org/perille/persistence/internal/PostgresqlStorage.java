package org.perille.persistence.internal;

import com.typesafe.config.Config;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** A PostgreSQL server. */
public final class PostgresqlStorage extends JdbcStorage {
  private static final String TIMEOUT_SECONDS = "10";

  public PostgresqlStorage() {
    super(Dialect.POSTGRESQL);
  }

  @Override
  String url(Config storage) {
    // What follows the question mark may hold a password.
    return storage.getString("url").replaceFirst("\\?.*", "");
  }

  @Override
  Map<String, Object> pool(Config storage) {
    Map<String, Object> settings = new HashMap<>(connections(storage));
    for (String path : List.of("url", "user", "password")) {
      settings.put(path, storage.getString(path));
    }
    return settings;
  }

  @Override
  Connection connect(Config storage) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", storage.getString("user"));
    properties.setProperty("password", storage.getString("password"));
    properties.setProperty("connectTimeout", TIMEOUT_SECONDS);
    properties.setProperty("loginTimeout", TIMEOUT_SECONDS);
    properties.setProperty("socketTimeout", "60");
    return DriverManager.getConnection(storage.getString("url"), properties);
  }

  @Override
  String remedy(SQLException cause) {
    return "Check perille.storage.postgresql.url, user and password, and that the server is up and accepts connections from this machine";
  }
}
