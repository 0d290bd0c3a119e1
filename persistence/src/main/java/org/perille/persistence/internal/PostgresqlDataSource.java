package org.perille.persistence.internal;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Optional;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Sessions of a PostgreSQL server that end by themselves when either side vanishes.
 *
 * <p>The address may set {@code options} and {@code socketTimeout}, which override the settings
 * here. The connection pool creates this class by name; {@link PostgresqlStorage} does too.
 */
public final class PostgresqlDataSource implements DataSource {
  private static final int CONNECT_SECONDS = 10;

  private String url = "";
  private Optional<String> user = Optional.empty();
  private Optional<String> password = Optional.empty();
  private String idleInTransaction = "off";
  private String lock = "off";
  private String statement = "off";
  private String network = "off";
  private String answer = "off";
  private int loginSeconds;
  private PrintWriter logWriter;

  public void setUrl(String url) {
    this.url = url;
  }

  public void setUser(String user) {
    this.user = Optional.of(user);
  }

  public void setPassword(String password) {
    this.password = Optional.of(password);
  }

  /**
   * Sets a time-out: a duration or "off", like the other time-outs. See {@link PostgresqlTimeouts}.
   */
  public void setIdleInTransaction(String timeout) {
    this.idleInTransaction = timeout;
  }

  public void setLock(String timeout) {
    this.lock = timeout;
  }

  public void setStatement(String timeout) {
    this.statement = timeout;
  }

  public void setNetwork(String timeout) {
    this.network = timeout;
  }

  public void setAnswer(String timeout) {
    this.answer = timeout;
  }

  private PostgresqlTimeouts timeouts() {
    return new PostgresqlTimeouts(
        PostgresqlTimeouts.parse(idleInTransaction),
        PostgresqlTimeouts.parse(lock),
        PostgresqlTimeouts.parse(statement),
        PostgresqlTimeouts.parse(network),
        PostgresqlTimeouts.parse(answer));
  }

  @Override
  public Connection getConnection() throws SQLException {
    return driver().getConnection();
  }

  private PGSimpleDataSource driver() {
    PGSimpleDataSource driver = new PGSimpleDataSource();
    // The address first: what it sets isn't replaced below, except user and password.
    driver.setURL(url);
    user.ifPresent(driver::setUser);
    password.ifPresent(driver::setPassword);
    PostgresqlTimeouts timeouts = timeouts();
    String own = driver.getOptions() == null ? "" : driver.getOptions();
    // Of two options with one name the later one counts.
    String options = (timeouts.startupOptions() + " " + own).strip();
    if (!options.isEmpty()) {
      driver.setOptions(options);
    }
    if (driver.getSocketTimeout() == 0) {
      timeouts
          .answer()
          .ifPresent(value -> driver.setSocketTimeout((int) Math.max(1, value.toSeconds())));
    }
    driver.setApplicationName("perille");
    driver.setConnectTimeout(CONNECT_SECONDS);
    driver.setLoginTimeout(loginSeconds);
    driver.setTcpKeepAlive(true);
    driver.setReWriteBatchedInserts(true);
    return driver;
  }

  @Override
  public Connection getConnection(String userName, String secret) throws SQLException {
    throw new SQLFeatureNotSupportedException("user and password are set");
  }

  @Override
  public PrintWriter getLogWriter() {
    return logWriter;
  }

  @Override
  public void setLogWriter(PrintWriter out) {
    logWriter = out;
  }

  @Override
  public void setLoginTimeout(int seconds) {
    loginSeconds = seconds;
  }

  @Override
  public int getLoginTimeout() {
    return loginSeconds;
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    return driver().getParentLogger();
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    throw new SQLFeatureNotSupportedException("not a wrapper for " + type);
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return false;
  }
}
