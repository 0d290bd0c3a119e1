package org.perille.spi;

import javax.sql.DataSource;
import org.perille.Outbox;

/**
 * The implementation behind {@link Outbox}, found through {@link java.util.ServiceLoader}: {@code
 * perille-persistence} has one.
 */
public interface OutboxProvider {

  /** Creates an outbox in a database. See {@link Outbox#of}. */
  Outbox create(DataSource dataSource);
}
