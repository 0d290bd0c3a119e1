package org.perille.persistence.internal;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.Scheduler;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.persistence.PersistentRepr;
import org.apache.pekko.persistence.jdbc.config.JournalConfig;
import org.apache.pekko.persistence.jdbc.journal.dao.DefaultJournalDao;
import org.apache.pekko.persistence.jdbc.journal.dao.JournalTables.JournalPekkoSerializationRow;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.scaladsl.Source;
import org.perille.PerilleListener.JournalWritten;
import org.perille.internal.hook.Listeners;
import org.perille.internal.hook.NodeHooks;
import scala.Option;
import scala.Tuple2;
import scala.collection.immutable.Seq;
import scala.collection.immutable.Set;
import scala.concurrent.ExecutionContext;
import scala.concurrent.Future;
import scala.concurrent.duration.FiniteDuration;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.BoxedUnit;
import scala.util.Try;
import slick.jdbc.JdbcBackend;
import slick.jdbc.JdbcProfile;

/**
 * The journal's access to the database, with queues of its own instead of the plugin's.
 *
 * <p>The plugin's queue starts transactions in order of arrival. After a long transaction it starts
 * several with one row each, while hundreds of rows wait. Here a transaction also takes one run of
 * a thread, without hops between pools. The reads of actors that recover share statements ({@link
 * SharedReads}). The plugin creates this class by name (setting {@code dao}).
 */
public final class JournalDao extends DefaultJournalDao {
  /**
   * The time after which another writer helps. It is several times the duration of a transaction of
   * small events, and short for a write that waits that long.
   */
  private static final long MAX_WAIT_MILLIS = 2;

  /** The largest number of actors of one statement. */
  static final int MAX_SHARED_READS = 500;

  private final PluginDatabase database;
  private final SharedReads<String, Long> highest;
  private final EventReads events;
  private final WriteQueue<JournalPekkoSerializationRow> queue;
  private final Predecessors predecessors = new Predecessors();
  private final Listeners listeners;

  /** Creates the object. The plugin calls this constructor. */
  public JournalDao(
      JdbcBackend.JdbcDatabaseDef database,
      JdbcProfile profile,
      JournalConfig config,
      Serialization serialization,
      ExecutionContext executor,
      Materializer materializer) {
    super(database, profile, config, serialization, executor, materializer);
    this.database = new PluginDatabase(database);
    this.listeners = NodeHooks.of(Adapter.toTyped(serialization.system())).listeners();
    this.highest =
        new SharedReads<>(
            MAX_SHARED_READS,
            persistenceId -> 1,
            ids ->
                PluginDatabase.stage(
                    this.database.execute(connection -> RecoveryReads.highest(connection, ids))),
            executor::execute);
    this.events = new EventReads(this.database, serialization, executor);
    this.queue =
        new WriteQueue<>(
            new WriteQueue.QueueLimits(
                config.daoConfig().bufferSize(),
                config.daoConfig().batchSize(),
                config.daoConfig().parallelism()),
            this::lend,
            JournalTable::isRefused,
            executor::execute,
            // The check is short and hands over, so it needs no thread of the pool.
            CompletableFuture.delayedExecutor(MAX_WAIT_MILLIS, MILLISECONDS, Runnable::run));
  }

  private CompletionStage<?> lend(
      Consumer<WriteQueue.Transaction<JournalPekkoSerializationRow>> writer) {
    return PluginDatabase.stage(
        database.execute(
            connection -> {
              writer.accept(rows -> insert(connection, rows));
              return BoxedUnit.UNIT;
            }));
  }

  private void insert(Connection connection, List<JournalPekkoSerializationRow> rows) {
    if (listeners.areNone()) {
      predecessors.insert(connection, rows);
      return;
    }
    long begun = System.nanoTime();
    predecessors.insert(connection, rows);
    Duration time = Duration.ofNanos(System.nanoTime() - begun);
    listeners.report(
        () -> {
          JournalWritten event = new JournalWritten(rows.size(), time, queue.waiting());
          return listener -> listener.journalWritten(event);
        });
  }

  @Override
  public Future<BoxedUnit> delete(String persistenceId, long toSequenceNumber) {
    return database.execute(
        connection -> {
          JournalTable.delete(connection, persistenceId, toSequenceNumber);
          return BoxedUnit.UNIT;
        });
  }

  @Override
  public Future<Object> highestSequenceNr(String persistenceId, long from) {
    return PluginDatabase.future(highest.read(persistenceId).thenApply(Long.class::cast));
  }

  /** {@inheritDoc} Few events are read together with those of other actors. */
  @Override
  public Source<Try<Tuple2<PersistentRepr, Object>>, NotUsed> messagesWithBatch(
      String persistenceId,
      long from,
      long to,
      int batchSize,
      Option<Tuple2<FiniteDuration, Scheduler>> refresh) {
    return refresh.isDefined() || to - from >= EventReads.MAX_EVENTS
        ? super.messagesWithBatch(persistenceId, from, to, batchSize, refresh)
        : events.read(persistenceId, from, to);
  }

  @Override
  public Future<BoxedUnit> queueWriteJournalRows(
      Seq<Tuple2<JournalPekkoSerializationRow, Set<String>>> rows) {
    return PluginDatabase.future(
        queue
            .add(CollectionConverters.asJava(rows).stream().map(JournalDao::untagged).toList())
            .thenApply(stored -> BoxedUnit.UNIT));
  }

  /** Rejects tags. There is no table for them, so those of an event adapter would be lost. */
  static JournalPekkoSerializationRow untagged(
      Tuple2<JournalPekkoSerializationRow, Set<String>> row) {
    if (row._2().nonEmpty()) {
      throw new IllegalArgumentException(
          "an event of '%s' has tags, which Perille's journal doesn't store: remove the event adapter that adds them to perille.storage"
              .formatted(row._1().persistenceId()));
    }
    return row._1();
  }
}
