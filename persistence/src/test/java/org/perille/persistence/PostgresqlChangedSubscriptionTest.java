package org.perille.persistence;

import java.nio.file.Path;
import javax.sql.DataSource;
import org.perille.persistence.Databases.Database;

class PostgresqlChangedSubscriptionTest extends ChangedSubscriptionContract {
  @Override
  Database database(Path directory) {
    return Databases.postgresql();
  }

  @Override
  DataSource otherDatabase(Path directory) {
    return Databases.postgresql().application();
  }
}
