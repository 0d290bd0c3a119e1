package org.perille.persistence;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.perille.persistence.Databases.Database;

class H2Test extends StorageContract {
  private Forces forces;

  @BeforeEach
  void record() {
    forces = Forces.of(directory.resolve("perille.mv.db"));
  }

  @AfterEach
  void stop() {
    forces.close();
  }

  @Override
  Database database(Path directory) {
    return Databases.h2(directory);
  }

  @Override
  long forces() throws Exception {
    return forces.count();
  }
}
