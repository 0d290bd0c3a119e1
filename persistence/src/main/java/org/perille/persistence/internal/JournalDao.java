package org.perille.persistence.internal;

import java.sql.SQLException;
import java.util.concurrent.CompletionStage;
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
import scala.jdk.javaapi.FutureConverters;
import scala.runtime.BoxedUnit;
import slick.jdbc.JdbcBackend;
import slick.jdbc.JdbcProfile;

/**
 * The journal's access to the database, with another queue before it: that of the plugin lets go of
 * transactions in the order in which they began, and after a long one several begin with one row
 * each while hundreds wait. Made by the plugin, by name (setting {@code dao}).
 */
public final class JournalDao extends DefaultJournalDao {
  private static final String INTEGRITY_VIOLATED = "23";

  private final WriteQueue<Tuple2<JournalPekkoSerializationRow, Set<String>>> queue;

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
            config.daoConfig().bufferSize(),
            config.daoConfig().batchSize(),
            config.daoConfig().parallelism(),
            rows ->
                FutureConverters.asJava(
                    writeJournalRows(CollectionConverters.asScala(rows).toSeq())),
            JournalDao::isRefused);
  }

  /** A second writer's row is there already; whoever shared its transaction is not to suffer. */
  private static boolean isRefused(Throwable failure) {
    return failure instanceof SQLException exception
        && exception.getSQLState() != null
        && exception.getSQLState().startsWith(INTEGRITY_VIOLATED);
  }

  @Override
  public Future<BoxedUnit> queueWriteJournalRows(
      Seq<Tuple2<JournalPekkoSerializationRow, Set<String>>> rows) {
    Promise<BoxedUnit> stored = Promise.apply();
    CompletionStage<?> unused =
        queue
            .add(CollectionConverters.asJava(rows))
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
}
