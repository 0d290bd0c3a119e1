package org.perille.persistence;

import java.sql.Connection;
import org.perille.Delivery;

/**
 * What handling a message changes in the application's database.
 *
 * <p>An exception rolls the change back and fails the attempt. The connection belongs to the
 * runtime: it commits, together with the cursor; the effect must not.
 *
 * <p><b>Not guaranteed</b>: anything that the effect does elsewhere. A mail that it sends is sent
 * again when the transaction is rolled back and tried again.
 */
@FunctionalInterface
public interface JdbcEffect<T> {
  /** Applies one message's effect with the connection's transaction. */
  void apply(Connection connection, Delivery<T> delivery) throws Exception;
}
