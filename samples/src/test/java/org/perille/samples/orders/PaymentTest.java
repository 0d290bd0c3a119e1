package org.perille.samples.orders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.LocalDateTime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PaymentTest {
  @TempDir private Path directory;
  private Shop shop;

  @BeforeEach
  void open() throws SQLException {
    shop = new Shop("jdbc:h2:mem:" + directory.getFileName(), "sa");
    shop.createTables();
  }

  @AfterEach
  void close() {
    shop.close();
  }

  @Test
  void an_order_is_charged_and_its_cancellation_given_back() throws SQLException {
    charge(placed("1", 2, "10"));
    charge(cancelled("C1", -2, "10"));
    assertThat(shop.count("ledger")).isEqualTo(2);
  }

  @Test
  void an_order_without_a_price_is_refused() {
    assertRefused(placed("1", 2, "0"), PaymentRefusedException.NothingToPay.class);
  }

  @Test
  void no_more_is_given_back_than_was_paid() throws SQLException {
    charge(placed("1", 2, "10"));
    assertRefused(cancelled("C1", -3, "10"), PaymentRefusedException.NeverPaid.class);
    charge(cancelled("C2", -2, "10"));
  }

  @Test
  void an_order_over_the_limit_is_refused_until_it_is_approved() throws SQLException {
    charge(placed("1", 1, "50000"));
    Order large = placed("2", 1, "50000.01");
    assertRefused(large, PaymentRefusedException.OverLimit.class);
    shop.decisions().decide("3", "OverLimit", Decisions.Verdict.APPROVED, "another one");
    assertRefused(large, PaymentRefusedException.OverLimit.class);
    shop.decisions().decide("2", "OverLimit", Decisions.Verdict.APPROVED, "they want it");
    charge(large);
  }

  @Test
  void a_dismissed_order_is_not_approved_and_stays_dismissed() throws SQLException {
    Order large = placed("2", 1, "50000.01");
    shop.decisions().decide("2", "OverLimit", Decisions.Verdict.DISMISSED, "a slip");
    shop.decisions().decide("2", "OverLimit", Decisions.Verdict.APPROVED, "another opinion");
    assertRefused(large, PaymentRefusedException.OverLimit.class);
  }

  private void assertRefused(Order order, Class<? extends PaymentRefusedException> refusal) {
    assertThatThrownBy(() -> charge(order)).isInstanceOf(refusal).hasMessageContaining(order.id());
  }

  private void charge(Order order) throws SQLException {
    try (Connection connection = shop.dataSource().getConnection()) {
      Payment.charge(connection, order);
    }
  }

  private static Order placed(String id, long quantity, String unitPrice) {
    return new Order.OrderPlaced(
        id, "alice", "France", LocalDateTime.MIN, quantity, new BigDecimal(unitPrice));
  }

  private static Order cancelled(String id, long quantity, String unitPrice) {
    return new Order.OrderCancelled(
        id, "alice", "France", LocalDateTime.MIN, quantity, new BigDecimal(unitPrice));
  }
}
