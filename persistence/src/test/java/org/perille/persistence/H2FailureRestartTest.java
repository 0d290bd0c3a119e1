package org.perille.persistence;

import java.nio.file.Path;
import org.perille.persistence.Databases.Database;

class H2FailureRestartTest extends FailureRestartContract {
  @Override
  Database database(Path directory) {
    return Databases.h2(directory);
  }
}
