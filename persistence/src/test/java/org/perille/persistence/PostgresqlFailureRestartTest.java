package org.perille.persistence;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.perille.persistence.Databases.Database;

// Slow: dozens of starts of a node. The same always runs on H2.
@Tag("slow")
class PostgresqlFailureRestartTest extends FailureRestartContract {
  @Override
  Database database(Path directory) {
    return Databases.postgresql();
  }
}
