package org.perille.persistence;

import java.sql.Connection;
import org.perille.Delivery;

/**
 * The effect of handling a message in the application's database.
 *
 * <p>The connection belongs to the runtime, which commits the effect together with the cursor. The
 * effect must not commit.
 *
 * <p><b>Failure</b>: an exception rolls the effect back and fails the attempt.
 *
 * <p><b>Publishing</b>: {@code outbox.publish(connection, topic, message)}, with an {@link
 * org.perille.Outbox} in the same database. The message is stored in its topic if and only if the
 * effect is committed, once.
 *
 * <p><b>Not guaranteed</b>: any action of the effect elsewhere. A mail that it sends is sent again
 * when the transaction is rolled back and repeated.
 */
@FunctionalInterface
public interface JdbcEffect<T> {
  /**
   * Applies the effect of one message, in the transaction of the connection.
   *
   * @throws Exception to roll back; the attempt fails
   */
  void apply(Connection connection, Delivery<T> delivery) throws Exception;
}
