package org.perille.persistence;

import java.nio.file.Path;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Tag;
import org.perille.persistence.Databases.Database;

/** Slow: dozens of starts of a node. The same runs always on PostgreSQL, which is faster. */
@Tag("slow")
class H2ChangedSubscriptionTest extends ChangedSubscriptionContract {
  @Override
  Database database(Path directory) {
    return Databases.h2(directory);
  }

  @Override
  DataSource otherDatabase(Path directory) {
    JdbcDataSource other = new JdbcDataSource();
    other.setURL("jdbc:h2:file:" + directory.resolve("other").toAbsolutePath());
    other.setUser("sa");
    return other;
  }
}
