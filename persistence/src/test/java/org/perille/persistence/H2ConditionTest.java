package org.perille.persistence;

import java.nio.file.Path;
import org.perille.persistence.Databases.Database;

class H2ConditionTest extends ConditionContract {
  @Override
  Database database(Path directory) {
    return Databases.h2(directory);
  }
}
