package org.perille.persistence.internal;

import com.typesafe.config.Config;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import org.perille.StorageException;
import scala.Option;
import slick.jdbc.JdbcDataSource;
import slick.jdbc.JdbcDataSourceFactory;

/**
 * Gives the journal and the snapshot store connections of the application's pool.
 *
 * <p>Slick finds the factory by the name of this class (setting {@code connectionPool}) and the
 * name of its field, which is that of a Scala object.
 */
public final class ApplicationPool implements JdbcDataSourceFactory {
  /** The factory. */
  @SuppressWarnings("checkstyle:ConstantName") // the name that Slick looks for
  public static final ApplicationPool MODULE$ = new ApplicationPool();

  private ApplicationPool() {}

  @Override
  public JdbcDataSource forConfig(
      Config config, Driver driver, String name, ClassLoader classLoader) {
    Config given = config.getConfig("application");
    return new Source(
        new BorrowedConnections(
            ApplicationDataSources.byNumber(given.getString("number")),
            PostgresqlTimeouts.of(given.getConfig("timeouts"))),
        config.getInt("maxConnections"));
  }

  /** The connections of one node. Closing it leaves the application's pool open. */
  private record Source(BorrowedConnections pool, int limit) implements JdbcDataSource {
    @Override
    public Connection createConnection() {
      try {
        return pool.borrow();
      } catch (SQLException e) {
        throw new StorageException(
            "the application's DataSource has returned no usable connection: " + e.getMessage(), e);
      }
    }

    @Override
    public Option<Object> maxConnections() {
      return Option.apply(limit);
    }

    @Override
    public void close() {
      // The application closes its pool.
    }
  }
}
