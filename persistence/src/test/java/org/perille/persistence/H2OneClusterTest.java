package org.perille.persistence;

import com.typesafe.config.Config;
import java.nio.file.Path;
import org.perille.persistence.Databases.Database;

class H2OneClusterTest extends OneClusterContract {
  @Override
  Database database(Path directory) {
    return Databases.h2(directory);
  }

  @Override
  Config alone(Config config) {
    return config;
  }
}
