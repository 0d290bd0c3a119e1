package org.perille.persistence;

import java.nio.file.Path;
import org.perille.persistence.Databases.Database;

class H2JdbcPublishingTest extends JdbcPublishingContract {
  @Override
  Database database(Path directory) {
    return Databases.h2(directory);
  }
}
