package org.perille.persistence;

import java.nio.file.Path;
import org.perille.persistence.Databases.Database;

class PostgresqlConditionTest extends ConditionContract {
  @Override
  Database database(Path directory) {
    return Databases.postgresql();
  }
}
