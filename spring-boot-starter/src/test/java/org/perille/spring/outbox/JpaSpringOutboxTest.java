package org.perille.spring.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.persistence.Entity;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.Id;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.perille.spring.outbox.OutboxApplication.Order;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.transaction.TransactionDefinition;

/** H2 and JPA. */
class JpaSpringOutboxTest extends SpringOutboxContract {
  @Override
  List<String> settings() {
    return List.of(
        "spring.datasource.url=jdbc:h2:mem:outbox-jpa;DB_CLOSE_DELAY=-1",
        "spring.datasource.hikari.maximum-pool-size=20",
        "spring.jpa.hibernate.ddl-auto=none");
  }

  /** A row of the table of orders that were placed. */
  @Entity(name = "placed")
  static class PlacedRow {
    @Id String id;

    PlacedRow() {}

    PlacedRow(String id) {
      this.id = id;
    }
  }

  private EntityManager entities() {
    return SharedEntityManagerCreator.createSharedEntityManager(
        context.getBean(EntityManagerFactory.class));
  }

  @Test
  void rows_of_jpa_are_written_before_the_message_and_commit_with_it() {
    assertThat(manager).isInstanceOf(JpaTransactionManager.class);
    EntityManager entities = entities();
    transaction(TransactionDefinition.PROPAGATION_REQUIRED)
        .executeWithoutResult(
            status -> {
              entities.persist(new PlacedRow("entity"));
              outbox.publish(orders, new Order("mia", "entity"));
              assertThat(shop.placed("entity")).isOne();
            });
    awaitSeen("entity");
    assertThat(shop.placed("entity")).isOne();
  }

  @Test
  void what_jpa_can_not_write_rolls_the_message_back() {
    shop.place(new Order("nora", "twice"));
    awaitSeen("twice");
    EntityManager entities = entities();
    assertThatThrownBy(
            () ->
                transaction(TransactionDefinition.PROPAGATION_REQUIRED)
                    .executeWithoutResult(
                        status -> {
                          outbox.publish(orders, new Order("nora", "with-a-violation"));
                          entities.persist(new PlacedRow("twice"));
                        }))
        .isInstanceOf(RuntimeException.class);
    assertNeverSeen("nora", "with-a-violation");
  }
}
