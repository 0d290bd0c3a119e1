package org.perille.persistence;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import org.perille.persistence.Databases.Database;

class H2SchemaTest extends SchemaContract {
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

  @Override
  Map<String, String> unreachable(Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "no directory");
    return Map.of("perille.storage.h2.directory", file.toString());
  }
}
