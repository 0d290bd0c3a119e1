package org.perille.persistence.internal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.List;
import org.apache.pekko.persistence.jdbc.journal.dao.JournalTables.JournalPekkoSerializationRow;
import org.perille.StorageException;
import scala.Option;

/** Writes rows of the journal, all or none. Its connections are in autocommit mode. */
final class JournalTable {
  private static final String INSERT =
      "INSERT INTO \"perille_journal\" (\"deleted\", \"persistence_id\", \"sequence_number\", \"writer\", \"write_timestamp\", \"adapter_manifest\", \"event_payload\", \"event_ser_id\", \"event_ser_manifest\", \"meta_payload\", \"meta_ser_id\", \"meta_ser_manifest\") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
  private static final String DELETE =
      "DELETE FROM \"perille_journal\" WHERE \"persistence_id\" = ? AND \"sequence_number\" < (SELECT MAX(\"sequence_number\") FROM \"perille_journal\" WHERE \"persistence_id\" = ? AND \"sequence_number\" <= ?)";
  private static final String MARK =
      "UPDATE \"perille_journal\" SET \"deleted\" = TRUE WHERE \"persistence_id\" = ? AND \"sequence_number\" <= ?";

  private JournalTable() {}

  /** The statements of a transaction. */
  @FunctionalInterface
  private interface Statements {
    void execute() throws SQLException;
  }

  /**
   * Inserts rows. A single row needs no explicit transaction.
   *
   * @throws StorageException if it fails; whether they are stored is then unknown, unless {@link
   *     #isRefused}
   */
  static void insert(Connection connection, List<JournalPekkoSerializationRow> rows) {
    try {
      if (rows.size() == 1) {
        insertAll(connection, rows);
      } else {
        together(connection, () -> insertAll(connection, rows));
      }
    } catch (SQLException e) {
      throw new StorageException(
          "%d rows, the first of '%s', can't be stored in the journal, or their outcome is unknown: %s"
              .formatted(rows.size(), rows.get(0).persistenceId(), e.getMessage()),
          e);
    }
  }

  /**
   * Removes an actor's rows up to a sequence number.
   *
   * <p>The last of them remains, marked as deleted, so that its number isn't used for another
   * event.
   *
   * @throws StorageException if it fails; whether they are removed is then unknown
   */
  static void delete(Connection connection, String persistenceId, long toSequenceNumber) {
    try {
      together(
          connection,
          () -> {
            try (PreparedStatement delete = connection.prepareStatement(DELETE);
                PreparedStatement mark = connection.prepareStatement(MARK)) {
              delete.setString(1, persistenceId);
              delete.setString(2, persistenceId);
              delete.setLong(3, toSequenceNumber);
              delete.executeUpdate();
              mark.setString(1, persistenceId);
              mark.setLong(2, toSequenceNumber);
              mark.executeUpdate();
            }
          });
    } catch (SQLException e) {
      throw new StorageException(
          "the rows of '%s' up to sequence number %d can't be removed from the journal, or the outcome is unknown: %s"
              .formatted(persistenceId, toSequenceNumber, e.getMessage()),
          e);
    }
  }

  /**
   * Returns whether a failure of {@link #insert} means that no row was stored.
   *
   * <p>The connection is then usable as before. Causes are an existing row of a second writer, a
   * deadlock, or a cancelled statement.
   */
  static boolean isRefused(Throwable failure) {
    return failure.getCause() instanceof RefusedException
        || (failure.getCause() instanceof SQLException e && SqlFailures.isRolledBack(e));
  }

  private static void together(Connection connection, Statements statements) throws SQLException {
    connection.setAutoCommit(false);
    boolean committing = false;
    try {
      statements.execute();
      committing = true;
      connection.commit();
    } catch (SQLException e) {
      boolean usable = rollBack(connection, e);
      throw usable && !committing ? new RefusedException(e) : e;
    } catch (RuntimeException | Error e) {
      boolean ignored = rollBack(connection, e);
      throw e;
    }
    connection.setAutoCommit(true);
  }

  /**
   * Rolls back. The first failure matters; the pool discards a connection that can't roll back.
   *
   * @return true if the connection can be used further
   */
  private static boolean rollBack(Connection connection, Throwable failure) {
    try {
      connection.rollback();
      connection.setAutoCommit(true);
      return true;
    } catch (SQLException e) {
      failure.addSuppressed(e);
      return false;
    }
  }

  /** Statements that failed before the commit, and were rolled back on an intact connection. */
  private static final class RefusedException extends SQLException {
    private static final long serialVersionUID = 1L;

    RefusedException(SQLException cause) {
      super(cause.getMessage(), cause.getSQLState(), cause.getErrorCode(), cause);
    }
  }

  static void insertAll(Connection connection, List<JournalPekkoSerializationRow> rows)
      throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
      for (JournalPekkoSerializationRow row : rows) {
        set(insert, row);
        insert.addBatch();
      }
      int[] unused = insert.executeBatch();
    }
  }

  private static void set(PreparedStatement insert, JournalPekkoSerializationRow row)
      throws SQLException {
    insert.setBoolean(1, row.deleted());
    insert.setString(2, row.persistenceId());
    insert.setLong(3, row.sequenceNumber());
    insert.setString(4, row.writer());
    insert.setLong(5, row.writeTimestamp());
    insert.setString(6, row.adapterManifest());
    insert.setBytes(7, row.eventPayload());
    insert.setInt(8, row.eventSerId());
    insert.setString(9, row.eventSerManifest());
    setOrNull(insert, 10, row.metaPayload(), Types.BINARY);
    setOrNull(insert, 11, row.metaSerId(), Types.INTEGER);
    setOrNull(insert, 12, row.metaSerManifest(), Types.VARCHAR);
  }

  private static void setOrNull(
      PreparedStatement insert, int parameter, Option<?> value, int sqlType) throws SQLException {
    insert.setObject(parameter, value.isDefined() ? value.get() : null, sqlType);
  }
}
