package org.perille.persistence;

import java.nio.file.Path;
import org.perille.persistence.Databases.Database;

class PostgresqlOutboxTest extends OutboxContract {
  @Override
  Database database(Path directory) {
    return Databases.postgresql();
  }

  @Override
  String publishBySql() {
    return "SELECT perille_publish(?, ?, CAST(? AS json), CAST(? AS json), ?)";
  }
}
