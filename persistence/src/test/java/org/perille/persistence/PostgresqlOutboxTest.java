package org.perille.persistence;

import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import javax.sql.DataSource;
import org.perille.persistence.Databases.Database;

class PostgresqlOutboxTest extends OutboxContract {
  @Override
  Database database(Path directory) {
    return Databases.postgresql();
  }

  @Override
  DataSource readOnly(Database written, Path directory) {
    // As those of a standby server.
    return (DataSource)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {DataSource.class},
            (self, method, arguments) -> {
              Object result = method.invoke(written.application(), arguments);
              if (result instanceof Connection connection) {
                try (Statement statement = connection.createStatement()) {
                  statement.execute("SET default_transaction_read_only = on");
                }
              }
              return result;
            });
  }

  @Override
  String publishBySql() {
    return "SELECT perille_publish(?, ?, CAST(? AS json), CAST(? AS json), ?)";
  }
}
