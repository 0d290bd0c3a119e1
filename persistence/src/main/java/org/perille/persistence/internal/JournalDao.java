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
 * The journal's access to the database, with another queue before it: that of the plugin lets go of
 * transactions in the order in which they began, and after a long one several begin with one row
 * each while hundreds wait. And a transaction is one turn of a thread, without hops between pools.
 * Made by the plugin, by name (setting {@code dao}).
 */
public final class JournalDao extends DefaultJournalDao {
  /** Several times what a transaction of small events takes, and little to who waits so long. */
  private static final long PATIENCE_MILLIS = 2;

  private final WriteQueue<JournalPekkoSerializationRow> queue;

  /** As the plugin wants it. */
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
            new WriteQueue.Limits(
                config.daoConfig().bufferSize(),
                config.daoConfig().batchSize(),
                config.daoConfig().parallelism()),
            this::lend,
            JournalTable::isRefused,
            executor::execute,
            // It looks for a moment and hands over: no thread of the pool is called for that.
            CompletableFuture.delayedExecutor(PATIENCE_MILLIS, MILLISECONDS, Runnable::run));
  }

  /** What the plugin does for a transaction takes three turns, on two pools of threads. */
  private CompletionStage<?> lend(
      Consumer<WriteQueue.Transaction<JournalPekkoSerializationRow>> writer) {
    return stage(
        withConnection(connection -> writer.accept(rows -> JournalTable.insert(connection, rows))));
  }

  /** The plugin compiles its query anew each time, and three turns follow one another here, too. */
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

  /** Scala's own converter hands each completion to another thread. */
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

  /** There is no table for tags: an event adapter that adds some would have them lost. */
  static JournalPekkoSerializationRow untagged(
      Tuple2<JournalPekkoSerializationRow, Set<String>> row) {
    if (row._2().nonEmpty()) {
      throw new IllegalArgumentException(
          "an event of '%s' has tags, which Perille's journal doesn't keep: remove what adds them to perille.storage"
              .formatted(row._1().persistenceId()));
    }
    return row._1();
  }
}
