package org.perille.spring.internal;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import javax.sql.DataSource;
import org.perille.StorageException;

/** The application's {@code DataSource}, if it has one that is meant for Perille. */
public final class ApplicationDatabase {
  private final Optional<DataSource> dataSource;

  /** Creates it. */
  public ApplicationDatabase(Optional<DataSource> dataSource) {
    this.dataSource = dataSource;
  }

  /** Returns the {@code DataSource}. */
  Optional<DataSource> dataSource() {
    return dataSource;
  }

  /**
   * Returns the database, over a connection.
   *
   * @throws StorageException if there is none
   */
  Optional<StorageChoice.Database> describe() {
    if (dataSource.isEmpty()) {
      return Optional.empty();
    }
    try (Connection connection = dataSource.get().getConnection()) {
      return Optional.of(
          new StorageChoice.Database(
              connection.getMetaData().getDatabaseProductName(),
              connection.getMetaData().getURL()));
    } catch (SQLException e) {
      throw new StorageException(
          "the application's DataSource returns no connection: %s. Check spring.datasource, and that the server is up; or set perille.spring.storage to 'own', if Perille's storage shall not use it"
              .formatted(e.getMessage()),
          e);
    }
  }
}
