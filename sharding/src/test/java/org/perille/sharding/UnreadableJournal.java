package org.perille.sharding;

import com.typesafe.config.Config;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.persistence.query.EventEnvelope;
import org.apache.pekko.persistence.query.ReadJournalProvider;
import org.apache.pekko.persistence.query.javadsl.CurrentEventsByPersistenceIdQuery;
import org.apache.pekko.persistence.query.javadsl.ReadJournal;
import org.apache.pekko.persistence.testkit.query.PersistenceTestKitReadJournalProvider;
import org.apache.pekko.stream.javadsl.Source;

/**
 * The read journal of a node's memory, whose first reads fail.
 *
 * <p>It takes the place of Pekko's, as {@code pekko.persistence.testkit.query.class}. The setting
 * {@code failures} is the number of reads that fail, {@code sql-state} says how.
 */
public final class UnreadableJournal implements ReadJournalProvider {
  private final PersistenceTestKitReadJournalProvider provider;
  private final Failing failing;

  public UnreadableJournal(ExtendedActorSystem system, Config config, String path) {
    this.provider = new PersistenceTestKitReadJournalProvider(system, config, path);
    this.failing =
        new Failing(
            (CurrentEventsByPersistenceIdQuery) provider.javadslReadJournal(),
            new AtomicInteger(config.getInt("failures")),
            config.getString("sql-state"));
  }

  private record Failing(
      CurrentEventsByPersistenceIdQuery journal, AtomicInteger left, String sqlState)
      implements ReadJournal, CurrentEventsByPersistenceIdQuery {
    @Override
    public Source<EventEnvelope, NotUsed> currentEventsByPersistenceId(
        String persistenceId, long from, long to) {
      return left.getAndDecrement() > 0
          ? Source.failed(new SQLException("planned", sqlState))
          : journal.currentEventsByPersistenceId(persistenceId, from, to);
    }
  }

  @Override
  public org.apache.pekko.persistence.query.scaladsl.ReadJournal scaladslReadJournal() {
    return provider.scaladslReadJournal();
  }

  @Override
  public ReadJournal javadslReadJournal() {
    return failing;
  }
}
