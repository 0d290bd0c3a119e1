package org.perille.persistence.internal;

import java.util.Objects;
import javax.sql.DataSource;
import org.perille.Outbox;
import org.perille.spi.OutboxProvider;

/** Creates outboxes in H2 and PostgreSQL. */
public final class JdbcOutboxProvider implements OutboxProvider {
  @Override
  public Outbox create(DataSource dataSource) {
    return new JdbcOutbox(
        Outbox.DEFAULT_NAME, new OutboxDatabase(Objects.requireNonNull(dataSource, "dataSource")));
  }
}
