package org.perille.persistence;

import java.nio.file.Path;
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
    return source;
  }

  @Override
  String publishBySql() {
    return "SELECT perille_publish(?, ?, ?, ?, ?)";
  }
}
