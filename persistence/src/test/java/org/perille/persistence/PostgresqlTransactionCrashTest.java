package org.perille.persistence;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.perille.persistence.Databases.Database;

// Slow: each step starts nodes repeatedly.
@Tag("slow")
class PostgresqlTransactionCrashTest extends TransactionCrashContract {
  @Override
  Database database(Path directory) {
    return Databases.postgresql();
  }
}
