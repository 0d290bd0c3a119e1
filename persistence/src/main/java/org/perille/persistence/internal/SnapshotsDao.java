package org.perille.persistence.internal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.apache.pekko.persistence.SnapshotMetadata;
import org.apache.pekko.persistence.jdbc.config.SnapshotConfig;
import org.apache.pekko.persistence.jdbc.snapshot.dao.DefaultSnapshotDao;
import org.apache.pekko.persistence.jdbc.snapshot.dao.SnapshotTables.SnapshotRow;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.stream.Materializer;
import org.perille.internal.log.ReplacesEvents;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Option;
import scala.Tuple2;
import scala.concurrent.ExecutionContext;
import scala.concurrent.Future;
import scala.runtime.BoxedUnit;
import scala.util.Success;
import slick.jdbc.JdbcBackend;
import slick.jdbc.JdbcProfile;

/**
 * The snapshot store's access to the database, which deletes old snapshots.
 *
 * <p>With each stored snapshot it deletes the earlier ones, except the last of them. So no actor
 * leaves snapshots behind, for whatever reason it stores them. For a snapshot that {@linkplain
 * ReplacesEvents replaces events}, it also deletes the events before the remaining one. The plugin
 * creates this class by name (setting {@code dao}).
 *
 * <p>The snapshots of actors that recover are read together ({@link SharedReads}).
 */
public final class SnapshotsDao extends DefaultSnapshotDao {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotsDao.class);

  /** The largest number of snapshots of one statement, which are in memory at the same time. */
  private static final int MAX_SHARED_READS = 50;

  private static final String DELETE_ALL_BUT_ONE_BEFORE =
      "DELETE FROM \"perille_snapshot\" WHERE \"persistence_id\" = ? AND \"sequence_number\" < (SELECT MAX(\"sequence_number\") FROM \"perille_snapshot\" WHERE \"persistence_id\" = ? AND \"sequence_number\" < ?)";
  private static final String LAST_BEFORE =
      "SELECT MAX(\"sequence_number\") FROM \"perille_snapshot\" WHERE \"persistence_id\" = ? AND \"sequence_number\" < ?";
  private static final String DELETE_UP_TO =
      "DELETE FROM \"perille_snapshot\" WHERE \"persistence_id\" = ? AND \"sequence_number\" <= ?";

  private final PluginDatabase database;
  private final Serialization serialization;
  private final ExecutionContext executor;
  private final SharedReads<String, Optional<SnapshotRow>> latest;

  /** Creates the object. The plugin calls this constructor. */
  public SnapshotsDao(
      JdbcBackend.JdbcDatabaseDef database,
      JdbcProfile profile,
      SnapshotConfig config,
      Serialization serialization,
      ExecutionContext executor,
      Materializer materializer) {
    super(database, profile, config, serialization, executor, materializer);
    this.database = new PluginDatabase(database);
    this.serialization = serialization;
    this.executor = executor;
    this.latest =
        new SharedReads<>(
            MAX_SHARED_READS,
            persistenceId -> 1,
            ids ->
                PluginDatabase.stage(
                    this.database.execute(connection -> RecoveryReads.snapshots(connection, ids))),
            executor::execute);
  }

  @Override
  public Future<Option<Tuple2<SnapshotMetadata, Object>>> latestSnapshot(String persistenceId) {
    return PluginDatabase.future(
        latest
            .read(persistenceId)
            .thenApply(row -> row.map(this::data).map(Option::apply).orElseGet(Option::empty)));
  }

  private Tuple2<SnapshotMetadata, Object> data(SnapshotRow row) {
    return new Tuple2<>(
        new SnapshotMetadata(row.persistenceId(), row.sequenceNumber(), row.created()),
        serialization
            .deserialize(row.snapshotPayload(), row.snapshotSerId(), row.snapshotSerManifest())
            .get());
  }

  @Override
  public Future<BoxedUnit> save(SnapshotMetadata metadata, Object snapshot) {
    boolean replacesEvents = snapshot instanceof ReplacesEvents;
    return super.save(metadata, snapshot)
        .flatMap(saved -> deleteBefore(metadata, replacesEvents), executor);
  }

  /**
   * Deletes earlier snapshots, and the events that they replace. A failure is harmless: the new one
   * is stored, and the next one deletes them too.
   */
  private Future<BoxedUnit> deleteBefore(SnapshotMetadata metadata, boolean replacesEvents) {
    String persistenceId = metadata.persistenceId();
    return database
        .execute(
            connection -> {
              deleteAllButOne(connection, persistenceId, metadata.sequenceNr());
              if (replacesEvents) {
                deleteEvents(connection, persistenceId, metadata.sequenceNr());
              }
              return BoxedUnit.UNIT;
            })
        .transform(
            done -> {
              if (done.isFailure()) {
                LOG.warn(
                    "Snapshots of '{}' before sequence number {}, or events before them, could not be deleted; the next snapshot deletes them: {}",
                    persistenceId,
                    metadata.sequenceNr(),
                    done.failed().get().toString());
              }
              return new Success<>(BoxedUnit.UNIT);
            },
            executor);
  }

  private static void deleteAllButOne(Connection connection, String persistenceId, long before)
      throws SQLException {
    try (PreparedStatement delete = connection.prepareStatement(DELETE_ALL_BUT_ONE_BEFORE)) {
      delete.setString(1, persistenceId);
      delete.setString(2, persistenceId);
      delete.setLong(3, before);
      delete.executeUpdate();
    }
  }

  private static void deleteEvents(Connection connection, String persistenceId, long before)
      throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(LAST_BEFORE)) {
      select.setString(1, persistenceId);
      select.setLong(2, before);
      try (ResultSet last = select.executeQuery()) {
        last.next();
        long replaced = last.getLong(1);
        if (replaced > 0) {
          JournalTable.delete(connection, persistenceId, replaced);
        }
      }
    }
  }

  @Override
  public Future<BoxedUnit> deleteUpToMaxSequenceNr(String persistenceId, long maxSequenceNr) {
    return database.execute(
        connection -> {
          try (PreparedStatement delete = connection.prepareStatement(DELETE_UP_TO)) {
            delete.setString(1, persistenceId);
            delete.setLong(2, maxSequenceNr);
            delete.executeUpdate();
          }
          return BoxedUnit.UNIT;
        });
  }
}
