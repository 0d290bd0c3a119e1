package org.perille.persistence.evolution;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.Tag;
import org.perille.persistence.Databases;
import org.perille.persistence.Databases.Database;

/** Slow: a dozen starts of a node. The same always runs on H2. */
@Tag("slow")
class PostgresqlSchemaEvolutionTest extends SchemaEvolutionContract {
  @Override
  Database database(Path directory) {
    return Databases.postgresql();
  }

  @Override
  Connection connect(Database database) throws SQLException {
    return database.application().getConnection();
  }
}
