package org.perille.samples.orders;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** The payment's effect: a row in the ledger and a new balance, or a refusal without a change. */
final class Payment {
  /**
   * The amount, in pounds, above which an order needs an approval.
   *
   * <p>Four orders of the file exceed it. Two of them were cancelled within twenty minutes.
   */
  static final BigDecimal LIMIT = BigDecimal.valueOf(50_000);

  private record Account(BigDecimal balance, long orders) {}

  private Payment() {}

  /**
   * Charges the customer, or refunds the order that a cancellation cancels.
   *
   * @throws PaymentRefusedException if it does neither
   */
  static void charge(Connection connection, Order order) throws SQLException {
    if (order.unitPrice().signum() <= 0) {
      throw new PaymentRefusedException.NothingToPay(order);
    }
    if (order.amount().compareTo(LIMIT) > 0 && !Decisions.isApproved(connection, order.id())) {
      throw new PaymentRefusedException.OverLimit(order);
    }
    Account account = account(connection, order.customer());
    BigDecimal after = account.balance.add(order.amount());
    if (after.signum() < 0) {
      throw new PaymentRefusedException.NeverPaid(order);
    }
    save(connection, order, account.orders, after);
    enter(connection, order, account.orders + 1, after);
  }

  private static Account account(Connection connection, String customer) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT balance, orders FROM balance WHERE customer = ?")) {
      select.setString(1, customer);
      try (ResultSet row = select.executeQuery()) {
        return row.next()
            ? new Account(row.getBigDecimal(1), row.getLong(2))
            : new Account(BigDecimal.ZERO, 0);
      }
    }
  }

  private static void save(Connection connection, Order order, long ordersBefore, BigDecimal after)
      throws SQLException {
    try (PreparedStatement save =
        connection.prepareStatement(
            ordersBefore == 0
                ? "INSERT INTO balance (balance, orders, customer) VALUES (?, ?, ?)"
                : "UPDATE balance SET balance = ?, orders = ? WHERE customer = ?")) {
      save.setBigDecimal(1, after);
      save.setLong(2, ordersBefore + 1);
      save.setString(3, order.customer());
      save.executeUpdate();
    }
  }

  private static void enter(Connection connection, Order order, long seq, BigDecimal after)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO ledger (order_id, customer, seq, amount, balance_after) VALUES (?, ?, ?, ?, ?)")) {
      insert.setString(1, order.id());
      insert.setString(2, order.customer());
      insert.setLong(3, seq);
      insert.setBigDecimal(4, order.amount());
      insert.setBigDecimal(5, after);
      insert.executeUpdate();
    }
  }
}
