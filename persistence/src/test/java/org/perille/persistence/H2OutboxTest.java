package org.perille.persistence;

import java.nio.file.Path;
import org.perille.persistence.Databases.Database;

class H2OutboxTest extends OutboxContract {
  @Override
  Database database(Path directory) {
    return Databases.h2(directory);
  }

  @Override
  String publishBySql() {
    return "SELECT perille_publish(?, ?, ?, ?, ?)";
  }
}
