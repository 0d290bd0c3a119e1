package org.perille.testkit.idempotence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.function.Function;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.perille.Delivery;
import org.perille.Handler;
import org.perille.Message;
import org.perille.MessageId;
import org.perille.Outbox;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.JdbcEffect;
import org.perille.persistence.JdbcHandler;

/** The messages that a handler publishes through an outbox are a part of its effect. */
class OutboxIdempotenceTest {
  private static final Topic<Payment> RECEIPTS =
      Topic.of("receipts", Payment.class).keyedBy(Payment::customer);

  @Test
  void a_jdbc_handler_that_publishes_in_its_transaction_does_so_once() {
    IdempotenceReport report =
        transactional(
                outbox ->
                    (connection, delivery) ->
                        outbox.publish(connection, RECEIPTS, delivery.payload()))
            .endToEnd()
            .assertEffectivelyOnce();
    assertThat(report.crashPoints()).isGreaterThan(50);
  }

  @Test
  void a_jdbc_handler_may_also_publish_by_sql() {
    transactional(
            outbox ->
                (connection, delivery) -> {
                  try (CallableStatement publish =
                      connection.prepareCall("CALL perille_publish(?, ?, ?, NULL, NULL)")) {
                    publish.setString(1, "receipts");
                    publish.setString(2, delivery.key());
                    publish.setString(3, "{\"amount\": " + delivery.payload().amount() + "}");
                    publish.execute();
                  }
                })
        .assertEffectivelyOnce();
  }

  @Test
  void a_jdbc_handler_that_publishes_on_another_connection_is_found() {
    assertFound(
        transactional(
            outbox ->
                (connection, delivery) -> {
                  try (Connection own = outbox.dataSource().getConnection()) {
                    own.setAutoCommit(false);
                    outbox.publish(own, RECEIPTS, delivery.payload());
                    own.commit();
                  }
                }),
        "published to receipts: Payment[id=p-1, customer=anna, amount=5] is there twice",
        "ran on a connection of its own, not on that of the delivery");
  }

  @Test
  void a_jdbc_handler_that_publishes_in_a_transaction_of_the_outbox_is_refused() {
    assertFound(
        transactional(
            outbox ->
                (connection, delivery) -> outbox.publish(RECEIPTS, Message.of(delivery.payload()))),
        "NOT checked: the handler fails without any fault injected",
        "call publish(connection, topic, message) with the handler's connection");
  }

  @Test
  void a_topic_that_the_check_does_not_know_is_refused() {
    Topic<Payment> other = Topic.of("others", Payment.class).keyedBy(Payment::customer);
    assertFound(
        transactional(
            outbox ->
                (connection, delivery) -> outbox.publish(connection, other, delivery.payload())),
        "NOT checked: the handler fails without any fault injected",
        "isn't one of the topics that were passed to World.outbox: [receipts]");
  }

  @Test
  void an_at_least_once_handler_that_publishes_without_an_id_is_found() {
    assertFound(
        calling(outbox -> delivery -> outbox.publish(RECEIPTS, Message.of(delivery.payload()))),
        "published to receipts: Payment[id=p-1, customer=anna, amount=5] is there twice",
        "detect the repetition by Delivery.deliveryId()");
  }

  @Test
  void an_at_least_once_handler_that_publishes_under_the_delivery_id_does_so_once() {
    calling(
            outbox ->
                delivery ->
                    outbox.publish(
                        RECEIPTS,
                        Message.of(delivery.payload()).withId(MessageId.of(delivery.deliveryId()))))
        .endToEnd()
        .assertEffectivelyOnce();
  }

  @Test
  void a_transaction_that_notes_the_delivery_and_publishes_does_so_once() {
    calling(outbox -> delivery -> publishOnce(outbox, delivery))
        .prepare(world -> world.tables().execute("CREATE TABLE done (id VARCHAR(100) PRIMARY KEY)"))
        .endToEnd()
        .assertEffectivelyOnce();
  }

  private static void publishOnce(Outbox outbox, Delivery<Payment> delivery) throws SQLException {
    try (Connection connection = outbox.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      try (PreparedStatement note =
          connection.prepareStatement(
              "INSERT INTO done SELECT ? WHERE NOT EXISTS (SELECT 1 FROM done WHERE id = ?)")) {
        note.setString(1, delivery.deliveryId());
        note.setString(2, delivery.deliveryId());
        if (note.executeUpdate() == 1) {
          outbox.publish(connection, RECEIPTS, delivery.payload());
        }
      }
      connection.commit();
    }
  }

  private static AbstractThrowableAssert<?, ?> assertFound(
      IdempotenceCheck<Payment> check, String... words) {
    return assertThatThrownBy(check::assertEffectivelyOnce)
        .isInstanceOf(AssertionError.class)
        .hasMessageContainingAll(words);
  }

  private static IdempotenceCheck<Payment> transactional(
      Function<Outbox, JdbcEffect<Payment>> effect) {
    return IdempotenceCheck.of(
            world ->
                Subscription.of("payment", Payment.TOPIC)
                    .effectivelyOnce(
                        JdbcHandler.of(world.dataSource(), effect.apply(world.outbox(RECEIPTS)))))
        .messages(Payment.THREE);
  }

  private static IdempotenceCheck<Payment> calling(Function<Outbox, Handler<Payment>> handler) {
    return IdempotenceCheck.of(
            world ->
                Subscription.of("payment", Payment.TOPIC)
                    .atLeastOnce(handler.apply(world.outbox(RECEIPTS))))
        .messages(Payment.THREE);
  }
}
