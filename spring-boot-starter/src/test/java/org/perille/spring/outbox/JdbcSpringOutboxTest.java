package org.perille.spring.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.perille.spring.outbox.OutboxApplication.Order;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionDefinition;

/**
 * H2 and a transaction manager of JDBC, with a pool whose connections aren't in autocommit mode.
 */
class JdbcSpringOutboxTest extends SpringOutboxContract {
  @Override
  List<String> settings() {
    return List.of(
        "spring.datasource.url=jdbc:h2:mem:outbox-jdbc;DB_CLOSE_DELAY=-1",
        "spring.datasource.hikari.auto-commit=false",
        "spring.datasource.hikari.maximum-pool-size=20",
        "spring.autoconfigure.exclude=org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration,org.springframework.boot.data.jpa.autoconfigure.DataJpaRepositoriesAutoConfiguration");
  }

  @Test
  void what_a_nested_transaction_rolls_back_is_never_published() {
    assertThat(manager).isInstanceOf(JdbcTransactionManager.class);
    transaction(TransactionDefinition.PROPAGATION_REQUIRED)
        .executeWithoutResult(
            status -> {
              shop.place(new Order("carl", "outside"));
              transaction(TransactionDefinition.PROPAGATION_NESTED)
                  .executeWithoutResult(
                      nested -> {
                        shop.place(new Order("carl", "nested"));
                        nested.setRollbackOnly();
                      });
              shop.place(new Order("carl", "outside-too"));
            });
    awaitSeen("outside", "outside-too");
    assertNeverSeen("carl", "nested");
  }
}
