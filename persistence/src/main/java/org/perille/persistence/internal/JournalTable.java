package org.perille.persistence.internal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.pekko.persistence.jdbc.journal.dao.JournalTables.JournalPekkoSerializationRow;
import org.perille.StorageException;
import scala.Option;

/** Writes rows of the journal, all or none. Its connections are in autocommit mode. */
final class JournalTable {
  private static final String INSERT =
      "INSERT INTO \"perille_journal\" (\"deleted\", \"persistence_id\", \"sequence_number\", \"writer\", \"write_timestamp\", \"adapter_manifest\", \"event_payload\", \"event_ser_id\", \"event_ser_manifest\", \"meta_payload\", \"meta_ser_id\", \"meta_ser_manifest\") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

  /** Without the previous row the number is null, and a row without a number is refused. */
  private static final String INSERT_BEHIND =
      INSERT.replace(
          "VALUES (?, ?, ?,",
          "VALUES (?, ?, (SELECT \"sequence_number\" + 1 FROM \"perille_journal\" WHERE \"persistence_id\" = ? AND \"sequence_number\" = ?),");

  private static final String NOT_NULL_VIOLATION = "23502";
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

  /** Inserts rows without a check of the previous rows. */
  static void insert(Connection connection, List<JournalPekkoSerializationRow> rows) {
    insert(connection, rows, Set.of());
  }

  /**
   * Inserts rows. A single row needs no explicit transaction.
   *
   * @param unchecked persistence ids whose first row here is refused unless the previous row is
   *     stored
   * @throws StorageException if it fails; whether they are stored is then unknown, unless {@link
   *     #isRefused}
   */
  static void insert(
      Connection connection, List<JournalPekkoSerializationRow> rows, Set<String> unchecked) {
    try {
      if (rows.size() == 1) {
        insertAll(connection, rows, unchecked);
      } else {
        together(connection, () -> insertAll(connection, rows, unchecked));
      }
    } catch (SQLException e) {
      String first = rows.get(0).persistenceId();
      throw new StorageException(
          !unchecked.isEmpty() && NOT_NULL_VIOLATION.equals(e.getSQLState())
              ? "the journal lacks an event that this node has stored: number %d of '%s', or the one before an event that shares its transaction. The database has lost it, by a failover to a server without the last commits, or by a restore. The actor stops, and restarts with what is stored"
                  .formatted(rows.get(0).sequenceNumber() - 1, first)
              : "%d rows, the first of '%s', can't be stored in the journal, or their outcome is unknown: %s"
                  .formatted(rows.size(), first, e.getMessage()),
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
   * deadlock, or a cancelled statement. After a failover to another server it isn't usable,
   * although nothing was stored: the former primary refuses every row.
   */
  static boolean isRefused(Throwable failure) {
    return failure.getCause() instanceof SQLException e
        && !SqlFailures.isStale(e)
        && (e instanceof RefusedException || SqlFailures.isRolledBack(e));
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

  private static void insertAll(
      Connection connection, List<JournalPekkoSerializationRow> rows, Set<String> unchecked)
      throws SQLException {
    if (unchecked.isEmpty()) {
      insertAll(connection, rows);
      return;
    }
    List<JournalPekkoSerializationRow> behindOthers = new ArrayList<>();
    List<JournalPekkoSerializationRow> others = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (JournalPekkoSerializationRow row : rows) {
      boolean first = seen.add(row.persistenceId()) && unchecked.contains(row.persistenceId());
      (first && row.sequenceNumber() > 1 ? behindOthers : others).add(row);
    }
    if (!behindOthers.isEmpty()) {
      try (PreparedStatement insert = connection.prepareStatement(INSERT_BEHIND)) {
        for (JournalPekkoSerializationRow row : behindOthers) {
          setIds(insert, row);
          insert.setString(3, row.persistenceId());
          insert.setLong(4, row.sequenceNumber() - 1);
          setContent(insert, 5, row);
          insert.addBatch();
        }
        int[] unused = insert.executeBatch();
      }
    }
    if (!others.isEmpty()) {
      insertAll(connection, others);
    }
  }

  static void insertAll(Connection connection, List<JournalPekkoSerializationRow> rows)
      throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
      for (JournalPekkoSerializationRow row : rows) {
        setIds(insert, row);
        insert.setLong(3, row.sequenceNumber());
        setContent(insert, 4, row);
        insert.addBatch();
      }
      int[] unused = insert.executeBatch();
    }
  }

  private static void setIds(PreparedStatement insert, JournalPekkoSerializationRow row)
      throws SQLException {
    insert.setBoolean(1, row.deleted());
    insert.setString(2, row.persistenceId());
  }

  private static void setContent(
      PreparedStatement insert, int first, JournalPekkoSerializationRow row) throws SQLException {
    insert.setString(first, row.writer());
    insert.setLong(first + 1, row.writeTimestamp());
    insert.setString(first + 2, row.adapterManifest());
    insert.setBytes(first + 3, row.eventPayload());
    insert.setInt(first + 4, row.eventSerId());
    insert.setString(first + 5, row.eventSerManifest());
    setOrNull(insert, first + 6, row.metaPayload(), Types.BINARY);
    setOrNull(insert, first + 7, row.metaSerId(), Types.INTEGER);
    setOrNull(insert, first + 8, row.metaSerManifest(), Types.VARCHAR);
  }

  private static void setOrNull(
      PreparedStatement insert, int parameter, Option<?> value, int sqlType) throws SQLException {
    insert.setObject(parameter, value.isDefined() ? value.get() : null, sqlType);
  }
}
