package org.perille.persistence.evolution;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.perille.persistence.Databases;
import org.perille.persistence.Databases.Database;

class H2SchemaEvolutionTest extends SchemaEvolutionContract {
  @Override
  Database database(Path directory) {
    return Databases.h2(directory);
  }

  @Override
  Connection connect(Database database) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:h2:file:"
            + database.config().getString("perille.storage.h2.directory")
            + "/perille;WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE",
        "sa",
        "");
  }
}
