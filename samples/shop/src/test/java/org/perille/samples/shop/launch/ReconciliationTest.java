package org.perille.samples.shop.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.perille.samples.shop.Books;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;

/** Each mistake of a shop is found. */
class ReconciliationTest {
  private final JdbcTemplate jdbc =
      new JdbcTemplate(
          new SimpleDriverDataSource(
              new org.h2.Driver(), "jdbc:h2:mem:reconciliation;DB_CLOSE_DELAY=-1", "sa", ""));

  @BeforeEach
  void createTables() {
    jdbc.execute("DROP ALL OBJECTS");
    new ResourceDatabasePopulator(new ClassPathResource("schema.sql"))
        .execute(jdbc.getDataSource());
    for (String id : Set.of("o-1", "o-2")) {
      jdbc.update("INSERT INTO orders (id, customer, item, price) VALUES (?, 'anna', 'a', 1)", id);
      jdbc.update("INSERT INTO payments (order_id, amount) VALUES (?, 1)", id);
      jdbc.update("INSERT INTO mails (order_id, text) VALUES (?, 'thank you')", id);
    }
  }

  private Reconciliation reconcile() {
    return Reconciliation.of(Set.of("o-1", "o-2"), new Books(jdbc));
  }

  private void assertFound(String mistake, Predicate<Reconciliation> found) {
    jdbc.execute(mistake);
    assertThat(reconcile()).as(mistake).matches(found);
    assertThat(reconcile().addsUp()).as(mistake).isFalse();
    assertThat(reconcile().text()).contains("It does not add up.");
  }

  @Test
  void one_payment_and_a_mail_for_each_order_add_up() {
    assertThat(reconcile().addsUp()).isTrue();
    assertThat(reconcile().text()).contains("Everything adds up.");
  }

  @Test
  void a_mail_may_be_sent_again() {
    jdbc.execute("INSERT INTO mails SELECT * FROM mails WHERE order_id = 'o-1'");
    assertThat(reconcile().found().mailedAgain()).isOne();
    assertThat(reconcile().addsUp()).isTrue();
  }

  @Test
  void an_accepted_order_that_is_lost_is_found() {
    assertFound("DELETE FROM orders WHERE id = 'o-1'", result -> result.lost() == 1);
  }

  @Test
  void an_order_without_a_payment_is_found() {
    assertFound("DELETE FROM payments WHERE order_id = 'o-1'", r -> r.found().unpaid() == 1);
  }

  @Test
  void an_order_that_is_paid_twice_is_found() {
    assertFound("INSERT INTO payments VALUES ('o-1', 1)", r -> r.found().paidTwice() == 1);
  }

  @Test
  void a_payment_without_an_order_is_found() {
    assertFound("INSERT INTO payments VALUES ('o-3', 1)", r -> r.found().paidForNothing() == 1);
  }

  @Test
  void an_order_without_a_mail_is_found() {
    assertFound("DELETE FROM mails WHERE order_id = 'o-1'", r -> r.found().notMailed() == 1);
  }

  @Test
  void a_mail_without_an_order_is_found() {
    assertFound("INSERT INTO mails VALUES ('o-3', 'x')", r -> r.found().mailedForNothing() == 1);
  }
}
