package org.perille.persistence;

import java.nio.file.Path;
import org.perille.persistence.Databases.Database;

class H2CompressionTest extends CompressionContract {
  @Override
  Database database(Path directory) {
    return Databases.h2(directory);
  }
}
