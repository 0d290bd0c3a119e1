package org.perille.persistence.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.perille.persistence.Databases;
import org.perille.persistence.Databases.Database;
import org.perille.spi.NodeRegistry;
import org.perille.spi.NodeRegistry.State;

class PostgresqlNodesTest {
  private final Database database = Databases.postgresql();
  private Throwable failure;
  private int opened;

  private Connection open() throws SQLException {
    opened++;
    Connection connection = database.storage().getConnection();
    return (Connection)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, arguments) -> {
              if (failure != null && method.getName().equals("prepareStatement")) {
                throw failure;
              }
              try {
                return method.invoke(connection, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  /** Otherwise the lock for insertions would remain taken, and no other node could start. */
  @Test
  void whatever_fails_in_a_transaction_ends_it_and_lets_other_nodes_make_their_entries()
      throws Exception {
    new PostgresqlStorage().prepare(database.config());
    NodeRegistry.Description self =
        new NodeRegistry.Description("here", 1, Set.of(), "1", Duration.ofSeconds(1), "");
    NodeRegistry.Description other =
        new NodeRegistry.Description("there", 2, Set.of(), "1", Duration.ofSeconds(1), "");
    try (PostgresqlNodes failing = new PostgresqlNodes(this::open);
        PostgresqlNodes sound = new PostgresqlNodes(() -> database.storage().getConnection())) {
      for (Throwable each :
          new Throwable[] {
            new SQLException("planned"),
            new IllegalArgumentException("planned"),
            new OutOfMemoryError("planned")
          }) {
        failure = each;
        assertThatThrownBy(() -> failing.register(self, State.MEMBER, Set.of())).isSameAs(each);
        assertThat(sound.register(other, State.MEMBER, Set.of()).number()).isPositive();
      }
      failure = null;
      assertThat(failing.register(self, State.MEMBER, Set.of()).number()).isPositive();
      assertThat(opened).isEqualTo(4);
    }
  }
}
