package org.perille.persistence;

import java.sql.Connection;
import java.util.List;
import org.perille.Delivery;

/**
 * What handling several messages changes in the application's database: for those who have more to
 * write than one statement a message can do.
 *
 * <p>The messages are in the order in which each key has them, and a key may come more than once.
 * How many they are depends on what waits: one when little does, 500 at the most. The list can't be
 * changed.
 *
 * <p>An exception rolls everything back. If they were several, each is given by itself then, so
 * that only those fail that can't be handled; so an effect must not depend on which others come
 * with it.
 *
 * <p>All else is as with {@link JdbcEffect}: the connection belongs to the runtime, and what the
 * effect does elsewhere is not part of the transaction.
 */
@FunctionalInterface
public interface JdbcBatchEffect<T> {
  /** Applies the effects of one or more messages with the connection's transaction. */
  void apply(Connection connection, List<Delivery<T>> deliveries) throws Exception;
}
