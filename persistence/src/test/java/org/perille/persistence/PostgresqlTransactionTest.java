package org.perille.persistence;

import java.nio.file.Path;
import org.perille.persistence.Databases.Database;

class PostgresqlTransactionTest extends TransactionContract {
  @Override
  Database database(Path directory) {
    return Databases.postgresql();
  }
}
