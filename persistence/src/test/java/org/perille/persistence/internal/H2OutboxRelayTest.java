package org.perille.persistence.internal;

import java.nio.file.Path;
import org.perille.persistence.Databases;
import org.perille.persistence.Databases.Database;

class H2OutboxRelayTest extends OutboxRelayContract {
  @Override
  Database database(Path directory) {
    return Databases.h2(directory);
  }
}
