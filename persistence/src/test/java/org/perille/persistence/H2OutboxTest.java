package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.sql.Connection;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.perille.persistence.Databases.Database;

class H2OutboxTest extends OutboxContract {
  @Override
  Database database(Path directory) {
    return Databases.h2(directory);
  }

  @Override
  DataSource readOnly(Database written, Path directory) {
    JdbcDataSource source = new JdbcDataSource();
    source.setURL(
        "jdbc:h2:file:"
            + directory.resolve("application").toAbsolutePath()
            + ";ACCESS_MODE_DATA=r");
    source.setUser("sa");
    // H2 closes the file with the last connection.
    await()
        .atMost(60, SECONDS)
        .ignoreExceptions()
        .until(
            () -> {
              try (Connection connection = source.getConnection()) {
                return connection.isReadOnly();
              }
            });
    return source;
  }

  @Override
  String publishBySql() {
    return "SELECT perille_publish(?, ?, ?, ?, ?)";
  }
}
