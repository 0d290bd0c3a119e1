package org.perille.persistence;

import java.nio.file.Path;
import org.perille.persistence.Databases.Database;

class H2FencingTest extends FencingContract {
  @Override
  Database database(Path directory) {
    return Databases.h2(directory);
  }
}
