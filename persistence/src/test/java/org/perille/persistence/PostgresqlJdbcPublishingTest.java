package org.perille.persistence;

import java.nio.file.Path;
import org.perille.persistence.Databases.Database;

class PostgresqlJdbcPublishingTest extends JdbcPublishingContract {
  @Override
  Database database(Path directory) {
    return Databases.postgresql();
  }
}
