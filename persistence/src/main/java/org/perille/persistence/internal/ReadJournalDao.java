package org.perille.persistence.internal;

import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.Scheduler;
import org.apache.pekko.persistence.PersistentRepr;
import org.apache.pekko.persistence.jdbc.config.ReadJournalConfig;
import org.apache.pekko.persistence.jdbc.query.dao.DefaultReadJournalDao;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.scaladsl.Source;
import scala.Option;
import scala.Tuple2;
import scala.concurrent.ExecutionContext;
import scala.concurrent.duration.FiniteDuration;
import scala.util.Try;
import slick.jdbc.JdbcBackend;
import slick.jdbc.JdbcProfile;

/**
 * The read journal's access to the database. Reads of a few events share statements.
 *
 * <p>The plugin compiles a query and opens a stream for each read. The checks of idle partitions
 * alone would be hundreds of queries a second if a node has many of them. The plugin creates this
 * class by name (setting {@code dao}).
 */
public final class ReadJournalDao extends DefaultReadJournalDao {
  /**
   * The largest number of events of a shared read. Feeds that are behind read more, in parallel.
   */
  private static final int MAX_EVENTS = 10;

  private final EventReads events;

  /** Creates the object. The plugin calls this constructor. */
  public ReadJournalDao(
      JdbcBackend.JdbcDatabaseDef database,
      JdbcProfile profile,
      ReadJournalConfig config,
      Serialization serialization,
      ExecutionContext executor,
      Materializer materializer) {
    super(database, profile, config, serialization, executor, materializer);
    this.events = new EventReads(new PluginDatabase(database), serialization, executor);
  }

  /** {@inheritDoc} A few events are read together with those of other actors. */
  @Override
  public Source<Try<Tuple2<PersistentRepr, Object>>, NotUsed> messagesWithBatch(
      String persistenceId,
      long from,
      long to,
      int batchSize,
      Option<Tuple2<FiniteDuration, Scheduler>> refresh) {
    return refresh.isDefined() || to - from >= MAX_EVENTS
        ? super.messagesWithBatch(persistenceId, from, to, batchSize, refresh)
        : events.read(persistenceId, from, to);
  }
}
