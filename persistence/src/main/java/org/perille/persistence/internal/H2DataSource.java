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
 * The embedded H2 file, with commits that are durable as Perille promises.
 *
 * <p>H2 alone leaves a commit in memory for half a second, and never forces it to the disk. Here a
 * commit is written at once, and survives a killed process. With {@code sync} it is forced to the
 * disk before it returns, and survives a power failure. See {@link H2Connection}.
 */
public final class H2DataSource implements DataSource {
  /** The prefix of the name of an in-memory database, for tests. */
  private static final String IN_MEMORY = "mem:";

  private static final String NAME = "perille";

  private final JdbcDataSource engine = new JdbcDataSource();
  private String directory = IN_MEMORY;
  private boolean sync = true;

  /** The state that all connections to the file share; null for an in-memory database. */
  private H2File file;

  /** Returns the JDBC address of the file in a directory, or of an in-memory database. */
  public static String url(String directory) {
    if (isInMemory(directory)) {
      // The database must outlast the connection that creates its tables. It ends with the process.
      return "jdbc:h2:" + directory + ";DB_CLOSE_DELAY=-1;TRACE_LEVEL_FILE=0";
    }
    return address(path(directory).resolve(NAME));
  }

  private static String address(Object file) {
    // The engine must not stop by itself: neither between two connections, nor in a shutdown hook
    // of its own before the actor system has stopped. It stops with its last connection. It doesn't
    // compact the file then, since it would overwrite the chunks of the last forced version.
    return "jdbc:h2:file:"
        + file
        + ";WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE;MAX_COMPACT_TIME=0;TRACE_LEVEL_FILE=0";
  }

  /**
   * Returns the JDBC address of a file whose commits are forced.
   *
   * @param file a path, or a name that the engine knows
   */
  static String engineUrl(Object file) {
    return address(H2Files.name(file));
  }

  /** Returns whether a directory names an in-memory database. */
  static boolean isInMemory(String directory) {
    return directory.startsWith(IN_MEMORY);
  }

  private static Path path(String directory) {
    return Path.of(directory).toAbsolutePath().normalize();
  }

  /** Sets the directory of the file. */
  public void setDirectory(String directory) {
    this.directory = directory;
    file = isInMemory(directory) ? null : H2File.of(path(directory).resolve(NAME + ".mv.db"));
    setUrl();
  }

  /** Sets whether a commit is forced to the disk. Default: true. */
  public void setSync(boolean sync) {
    this.sync = sync;
    setUrl();
  }

  private void setUrl() {
    engine.setURL(sync && file != null ? engineUrl(path(directory).resolve(NAME)) : url(directory));
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
