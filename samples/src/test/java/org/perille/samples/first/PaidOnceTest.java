package org.perille.samples.first;

import java.sql.PreparedStatement;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.perille.PerilleMessage;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.JdbcHandler;
import org.perille.testkit.idempotence.IdempotenceCheck;

class PaidOnceTest {
  record Payment(String id, String customer, int amount) implements PerilleMessage {}

  static final Topic<Payment> PAYMENTS =
      Topic.of("payments", Payment.class).keyedBy(Payment::customer);

  static Subscription<Payment> payment(DataSource database) {
    return Subscription.of("payment", PAYMENTS)
        .effectivelyOnce(
            JdbcHandler.of(
                database,
                (connection, delivery) -> {
                  try (PreparedStatement insert =
                      connection.prepareStatement("INSERT INTO paid (id, amount) VALUES (?, ?)")) {
                    insert.setString(1, delivery.payload().id());
                    insert.setInt(2, delivery.payload().amount());
                    insert.executeUpdate();
                  }
                }));
  }

  @Test
  void a_payment_happens_once() {
    IdempotenceCheck.of(world -> payment(world.dataSource()))
        .prepare(world -> world.tables().execute("CREATE TABLE paid (id VARCHAR(50), amount INT)"))
        .effect(world -> world.tables().query("SELECT id, amount FROM paid"))
        .messages(new Payment("p-1", "anna", 5), new Payment("p-2", "bert", 7))
        .assertEffectivelyOnce();
  }
}
