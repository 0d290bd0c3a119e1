package org.perille.persistence.internal;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;

/**
 * The embedded H2 file, with a commit that means what Perille promises.
 *
 * <p>By itself H2 leaves a commit in memory for half a second, and never forces it to the disk.
 * Here a commit is written at once, which a killed process survives, and with {@code sync} forced
 * to the disk before it returns, which a power failure survives. See {@link H2Connection}.
 */
public final class H2DataSource implements DataSource {
  /** What begins the name of a database that is gone with the process: for tests. */
  private static final String IN_MEMORY = "mem:";

  private static final String NAME = "perille";

  private final JdbcDataSource engine = new JdbcDataSource();
  private boolean sync = true;

  /** What all connections to the file share; null for a database that is only in memory. */
  private H2File file;

  /** The JDBC address of the file in a directory, or of a database that is only in memory. */
  public static String url(String directory) {
    if (isInMemory(directory)) {
      // It must outlast the connection that creates its tables. Nothing but the process ends it.
      return "jdbc:h2:" + directory + ";DB_CLOSE_DELAY=-1;TRACE_LEVEL_FILE=0";
    }
    // The engine must not end on its own: neither between two connections, nor in a hook of its
    // own before the actor system has ended. Ending it is a matter of its last connection.
    return "jdbc:h2:file:"
        + path(directory).resolve(NAME)
        + ";WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE;TRACE_LEVEL_FILE=0";
  }

  /** Whether a directory names a database that is only in memory. */
  static boolean isInMemory(String directory) {
    return directory.startsWith(IN_MEMORY);
  }

  private static Path path(String directory) {
    return Path.of(directory).toAbsolutePath().normalize();
  }

  /** Where the file is. */
  public void setDirectory(String directory) {
    engine.setURL(url(directory));
    file = isInMemory(directory) ? null : H2File.of(path(directory).resolve(NAME + ".mv.db"));
  }

  /** Whether a commit is forced to the disk; "true" or "on" is yes. */
  public void setSync(boolean sync) {
    this.sync = sync;
  }

  public void setUser(String user) {
    engine.setUser(user);
  }

  public void setPassword(String password) {
    engine.setPassword(password);
  }

  @Override
  public Connection getConnection() throws SQLException {
    return durable(engine.getConnection());
  }

  @Override
  public Connection getConnection(String user, String password) throws SQLException {
    return durable(engine.getConnection(user, password));
  }

  private Connection durable(Connection connection) throws SQLException {
    if (file == null) {
      return connection;
    }
    try {
      return H2Connection.of(connection, file, sync);
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
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
