package org.perille.proof.actors;

import java.io.PrintWriter;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.perille.persistence.internal.H2DataSource;

/**
 * The database of a run, whose commits and reads go wrong when they should: that of Perille, whose
 * pool makes it by its name, and that of handlers.
 */
public final class FaultyDataSource implements DataSource {
  /** Of the runs that go on, by the names of their nodes: a pool can pass nothing but texts. */
  private static final Map<String, Injection> INJECTIONS = new ConcurrentHashMap<>();

  private final H2DataSource engine = new H2DataSource();
  private Injection injection;

  /** Made by a pool. */
  public FaultyDataSource() {
    engine.setSync(false);
  }

  /** What goes wrong with the connections of a site. */
  static void register(String site, Injection injection) {
    INJECTIONS.put(site, injection);
  }

  /** Nothing more will be asked of sites whose names begin so. */
  static void forget(String run) {
    INJECTIONS.keySet().removeIf(site -> site.startsWith(run));
  }

  /** A database for handlers. */
  static FaultyDataSource of(String site, String directory) {
    FaultyDataSource database = new FaultyDataSource();
    database.setSite(site);
    database.setDirectory(directory);
    database.setUser("sa");
    database.setPassword("");
    return database;
  }

  /** Which node of which run it is for. */
  public void setSite(String site) {
    injection = INJECTIONS.get(site);
    if (injection == null) {
      throw new IllegalStateException("no run has a site '" + site + "'");
    }
  }

  /** See {@link H2DataSource#setDirectory}. */
  public void setDirectory(String directory) {
    engine.setDirectory(directory);
  }

  /** See {@link H2DataSource#setSync}. */
  public void setSync(boolean sync) {
    engine.setSync(sync);
  }

  /** See {@link H2DataSource#setUser}. */
  public void setUser(String user) {
    engine.setUser(user);
  }

  /** See {@link H2DataSource#setPassword}. */
  public void setPassword(String password) {
    engine.setPassword(password);
  }

  @Override
  public Connection getConnection() throws SQLException {
    Connection connection = engine.getConnection();
    return (Connection)
        Proxy.newProxyInstance(
            FaultyDataSource.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            new FaultyConnection(injection, connection));
  }

  @Override
  public Connection getConnection(String user, String password) throws SQLException {
    return getConnection();
  }

  @Override
  public PrintWriter getLogWriter() {
    return engine.getLogWriter();
  }

  @Override
  public void setLogWriter(PrintWriter out) {
    engine.setLogWriter(out);
  }

  @Override
  public void setLoginTimeout(int seconds) {
    engine.setLoginTimeout(seconds);
  }

  @Override
  public int getLoginTimeout() {
    return engine.getLoginTimeout();
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    return engine.getParentLogger();
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    return engine.unwrap(type);
  }

  @Override
  public boolean isWrapperFor(Class<?> type) throws SQLException {
    return engine.isWrapperFor(type);
  }
}
