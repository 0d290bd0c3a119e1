package org.perille.samples.shop;

import java.util.List;
import org.springframework.jdbc.core.DataClassRowMapper;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Repository;

/** The shop's state, from its tables. */
@Repository
public class Books {
  private static final String LATEST =
      """
      SELECT id, customer, item, price,
        (SELECT count(*) FROM payments WHERE order_id = id) AS payments,
        (SELECT count(*) FROM mails WHERE order_id = id) AS mails
      FROM orders ORDER BY placed_at DESC, id FETCH FIRST 20 ROWS ONLY""";

  private static final String SUMMARY =
      """
      SELECT
        (SELECT count(*) FROM orders) AS orders,
        (SELECT count(*) FROM orders
          WHERE NOT EXISTS (SELECT 1 FROM payments WHERE order_id = id)) AS unpaid,
        (SELECT count(*) FROM orders
          WHERE (SELECT count(*) FROM payments WHERE order_id = id) > 1) AS paidTwice,
        (SELECT count(*) FROM payments
          WHERE NOT EXISTS (SELECT 1 FROM orders WHERE id = order_id)) AS paidForNothing,
        (SELECT count(*) FROM orders
          WHERE NOT EXISTS (SELECT 1 FROM mails WHERE order_id = id)) AS notMailed,
        (SELECT count(*) - count(DISTINCT order_id) FROM mails) AS mailedAgain,
        (SELECT count(*) FROM mails
          WHERE NOT EXISTS (SELECT 1 FROM orders WHERE id = order_id)) AS mailedForNothing""";

  private final JdbcTemplate jdbc;

  public Books(JdbcTemplate jdbc) {
    this.jdbc = jdbc;
  }

  /** An order, with the numbers of its payments and mails. */
  public record Line(String id, String customer, String item, int price, int payments, int mails) {}

  /** Numbers of orders, payments and mails. */
  public record Summary(
      long orders,
      long unpaid,
      long paidTwice,
      long paidForNothing,
      long notMailed,
      long mailedAgain,
      long mailedForNothing) {
    public boolean isHandled() {
      return unpaid == 0 && notMailed == 0;
    }
  }

  public List<Line> latest() {
    return jdbc.query(LATEST, new DataClassRowMapper<>(Line.class));
  }

  public Summary summary() {
    return jdbc.queryForObject(SUMMARY, new DataClassRowMapper<>(Summary.class));
  }

  public List<String> ids() {
    return jdbc.queryForList("SELECT id FROM orders", String.class);
  }
}
