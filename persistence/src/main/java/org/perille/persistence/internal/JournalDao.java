package org.perille.persistence.internal;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.sql.Connection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.apache.pekko.persistence.jdbc.config.JournalConfig;
import org.apache.pekko.persistence.jdbc.journal.dao.DefaultJournalDao;
import org.apache.pekko.persistence.jdbc.journal.dao.JournalTables.JournalPekkoSerializationRow;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.stream.Materializer;
import scala.Tuple2;
import scala.collection.immutable.Seq;
import scala.collection.immutable.Set;
import scala.concurrent.ExecutionContext;
import scala.concurrent.Future;
import scala.concurrent.Promise;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.BoxedUnit;
import slick.dbio.DBIOAction;
import slick.jdbc.JdbcBackend;
import slick.jdbc.JdbcProfile;
import slick.jdbc.SimpleJdbcAction;

/**
 * The journal's access to the database, with a queue of its own instead of the plugin's.
 *
 * <p>The plugin's queue starts transactions in order of arrival. After a long transaction it starts
 * several with one row each, while hundreds of rows wait. Here a transaction also takes one run of
 * a thread, without hops between pools. The plugin creates this class by name (setting {@code
 * dao}).
 */
public final class JournalDao extends DefaultJournalDao {
  /**
   * The time after which another writer helps. It is several times the duration of a transaction of
   * small events, and short for a write that waits that long.
   */
  private static final long MAX_WAIT_MILLIS = 2;

  private final WriteQueue<JournalPekkoSerializationRow> queue;
  private final Predecessors predecessors = new Predecessors();

  /** Creates the object. The plugin calls this constructor. */
  public JournalDao(
      JdbcBackend.JdbcDatabaseDef database,
      JdbcProfile profile,
      JournalConfig config,
      Serialization serialization,
      ExecutionContext executor,
      Materializer materializer) {
    super(database, profile, config, serialization, executor, materializer);
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

  /**
   * Lends a connection in one run of a thread. The plugin's transactions take three, on two pools.
   */
  private CompletionStage<?> lend(
      Consumer<WriteQueue.Transaction<JournalPekkoSerializationRow>> writer) {
    return stage(
        withConnection(connection -> writer.accept(rows -> predecessors.insert(connection, rows))));
  }

  /**
   * Deletes by a prepared statement, in one run of a thread. The plugin compiles its query each
   * time, and needs three.
   */
  @Override
  public Future<BoxedUnit> delete(String persistenceId, long toSequenceNumber) {
    return withConnection(
        connection -> JournalTable.delete(connection, persistenceId, toSequenceNumber));
  }

  @SuppressWarnings({"rawtypes", "unchecked"}) // Java has no type for an action with any effect
  private Future<BoxedUnit> withConnection(Consumer<Connection> user) {
    DBIOAction action =
        new SimpleJdbcAction<>(
            context -> {
              user.accept(context.connection());
              return BoxedUnit.UNIT;
            });
    return (Future<BoxedUnit>) db().run(action);
  }

  /**
   * Converts a future without a thread hop. Scala's own converter hands each completion to another
   * thread.
   */
  private static CompletionStage<?> stage(Future<BoxedUnit> future) {
    CompletableFuture<BoxedUnit> stage = new CompletableFuture<>();
    future.onComplete(
        done ->
            done.isSuccess()
                ? stage.complete(done.get())
                : stage.completeExceptionally(done.failed().get()),
        ExecutionContext.parasitic$.MODULE$);
    return stage;
  }

  @Override
  public Future<BoxedUnit> queueWriteJournalRows(
      Seq<Tuple2<JournalPekkoSerializationRow, Set<String>>> rows) {
    Promise<BoxedUnit> stored = Promise.apply();
    CompletionStage<?> unused =
        queue
            .add(CollectionConverters.asJava(rows).stream().map(JournalDao::untagged).toList())
            .whenComplete(
                (done, failure) -> {
                  if (failure == null) {
                    stored.success(BoxedUnit.UNIT);
                  } else {
                    stored.failure(failure);
                  }
                });
    return stored.future();
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
