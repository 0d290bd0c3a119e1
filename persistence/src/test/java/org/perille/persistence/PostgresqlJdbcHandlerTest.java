package org.perille.persistence;

import java.nio.file.Path;
import org.perille.persistence.Databases.Database;

class PostgresqlJdbcHandlerTest extends JdbcHandlerContract {
  @Override
  Database database(Path directory) {
    return Databases.postgresql();
  }
}
