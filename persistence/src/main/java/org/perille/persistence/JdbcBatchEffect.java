package org.perille.persistence;

import java.sql.Connection;
import java.util.List;
import org.perille.Delivery;

/**
 * The effect of handling several messages in the application's database.
 *
 * <p>Use it to write with fewer statements than one a message.
 *
 * <p>The messages are in the order of each key, and a key may occur more than once. Their number
 * depends on the load: one when few messages wait, 500 at most. The list is unmodifiable.
 *
 * <p><b>Failure</b>: an exception rolls everything back. Perille then passes each message of a list
 * of several alone, so that only those fail that can't be handled. So an effect must not depend on
 * the other messages of the list.
 *
 * <p>As with {@link JdbcEffect}, the connection belongs to the runtime, an outbox publishes with
 * it, and actions elsewhere aren't part of the transaction.
 */
@FunctionalInterface
public interface JdbcBatchEffect<T> {
  /**
   * Applies the effects of one or more messages, in the transaction of the connection.
   *
   * @throws Exception to roll back; the attempt fails
   */
  void apply(Connection connection, List<Delivery<T>> deliveries) throws Exception;
}
