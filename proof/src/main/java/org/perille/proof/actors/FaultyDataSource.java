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
 * The database of a run, whose commits and reads can fail.
 *
 * <p>Perille's pool creates one by the name of this class. Handlers use another one.
 */
public final class FaultyDataSource implements DataSource {
  /**
   * The faults of the nodes of all current runs, by site. A pool can pass only texts to a data
   * source.
   */
  private static final Map<String, Injection> INJECTIONS = new ConcurrentHashMap<>();

  private final H2DataSource engine = new H2DataSource();
  private Injection injection;

  /** Creates a data source. Pools call this constructor. */
  public FaultyDataSource() {
    engine.setSync(false);
  }

  /** Registers the faults of the connections of a site. */
  static void register(String site, Injection injection) {
    INJECTIONS.put(site, injection);
  }

  /** Forgets all sites whose names begin with this text. */
  static void forget(String run) {
    INJECTIONS.keySet().removeIf(site -> site.startsWith(run));
  }

  /** Returns a database for handlers. */
  static FaultyDataSource of(String site, String directory) {
    FaultyDataSource database = new FaultyDataSource();
    database.setSite(site);
    database.setDirectory(directory);
    database.setUser("sa");
    database.setPassword("");
    return database;
  }

  /** Sets the site: the node of a run that uses the database. */
  public void setSite(String site) {
    injection = INJECTIONS.get(site);
    if (injection == null) {
      throw new IllegalStateException("no run has a site '" + site + "'");
    }
  }

  /** Sets the directory. See {@link H2DataSource#setDirectory}. */
  public void setDirectory(String directory) {
    engine.setDirectory(directory);
  }

  /** Sets whether commits are forced. See {@link H2DataSource#setSync}. */
  public void setSync(boolean sync) {
    engine.setSync(sync);
  }

  /** Sets the user. See {@link H2DataSource#setUser}. */
  public void setUser(String user) {
    engine.setUser(user);
  }

  /** Sets the password. See {@link H2DataSource#setPassword}. */
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
