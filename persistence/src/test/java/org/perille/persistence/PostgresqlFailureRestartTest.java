package org.perille.persistence;

import java.nio.file.Path;
import org.perille.persistence.Databases.Database;

class PostgresqlFailureRestartTest extends FailureRestartContract {
  @Override
  Database database(Path directory) {
    return Databases.postgresql();
  }
}
