package org.perille.persistence.internal;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.persistence.jdbc.journal.dao.JournalTables.JournalPekkoSerializationRow;
import org.apache.pekko.persistence.jdbc.snapshot.dao.SnapshotTables.SnapshotRow;
import scala.Option;

/** The reads of recoveries, each for many actors at once. Answers are in the order of questions. */
final class RecoveryReads {
  private static final String IDS =
      "UNNEST(CAST(? AS VARCHAR ARRAY)) WITH ORDINALITY AS asked(id, number)";

  /** Without the id in the order, H2 reads all rows of an actor instead of the last one. */
  static final String HIGHEST =
      "SELECT (SELECT \"sequence_number\" FROM \"perille_journal\" WHERE \"persistence_id\" = asked.id ORDER BY \"persistence_id\" DESC, \"sequence_number\" DESC LIMIT 1) FROM "
          + IDS
          + " ORDER BY asked.number";

  private static final String SNAPSHOTS =
      "SELECT asked.number, s.\"sequence_number\", s.\"created\", s.\"snapshot_ser_id\", s.\"snapshot_ser_manifest\", s.\"snapshot_payload\" FROM "
          + IDS
          + " JOIN \"perille_snapshot\" s ON s.\"persistence_id\" = asked.id AND s.\"sequence_number\" = (SELECT \"sequence_number\" FROM \"perille_snapshot\" WHERE \"persistence_id\" = asked.id ORDER BY \"persistence_id\" DESC, \"sequence_number\" DESC LIMIT 1)";

  private static final String EVENTS =
      "SELECT asked.number, j.\"ordering\", j.\"sequence_number\", j.\"writer\", j.\"write_timestamp\", j.\"adapter_manifest\", j.\"event_payload\", j.\"event_ser_id\", j.\"event_ser_manifest\", j.\"meta_payload\", j.\"meta_ser_id\", j.\"meta_ser_manifest\" FROM UNNEST(CAST(? AS VARCHAR ARRAY), CAST(? AS BIGINT ARRAY), CAST(? AS BIGINT ARRAY)) WITH ORDINALITY AS asked(id, low, high, number) JOIN \"perille_journal\" j ON j.\"persistence_id\" = asked.id AND j.\"sequence_number\" BETWEEN asked.low AND asked.high WHERE j.\"deleted\" = FALSE ORDER BY asked.number, j.\"sequence_number\"";

  private RecoveryReads() {}

  /** Events of an actor, from a sequence number to another one. */
  record Range(String persistenceId, long from, long to) {}

  /** Returns the highest sequence number of each actor, 0 if it has no event. */
  static List<Long> highest(Connection connection, List<String> persistenceIds)
      throws SQLException {
    List<Long> highest = new ArrayList<>(persistenceIds.size());
    try (PreparedStatement select = connection.prepareStatement(HIGHEST)) {
      setArray(select, 1, "VARCHAR", persistenceIds);
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          highest.add(rows.getLong(1));
        }
      }
    }
    return highest;
  }

  /** Returns the latest snapshot of each actor. */
  static List<Optional<SnapshotRow>> snapshots(Connection connection, List<String> persistenceIds)
      throws SQLException {
    List<Optional<SnapshotRow>> snapshots =
        new ArrayList<>(Collections.nCopies(persistenceIds.size(), Optional.empty()));
    try (PreparedStatement select = connection.prepareStatement(SNAPSHOTS)) {
      setArray(select, 1, "VARCHAR", persistenceIds);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          int number = row.getInt(1) - 1;
          snapshots.set(number, Optional.of(snapshot(row, persistenceIds.get(number))));
        }
      }
    }
    return snapshots;
  }

  private static SnapshotRow snapshot(ResultSet row, String persistenceId) throws SQLException {
    return new SnapshotRow(
        persistenceId,
        row.getLong(2),
        row.getLong(3),
        row.getInt(4),
        row.getString(5),
        row.getBytes(6),
        Option.empty(),
        Option.empty(),
        Option.empty());
  }

  /** Returns the events of each range that aren't deleted, in order. */
  static List<List<JournalPekkoSerializationRow>> events(Connection connection, List<Range> ranges)
      throws SQLException {
    List<List<JournalPekkoSerializationRow>> events = new ArrayList<>(ranges.size());
    ranges.forEach(range -> events.add(new ArrayList<>()));
    try (PreparedStatement select = connection.prepareStatement(EVENTS)) {
      setArray(select, 1, "VARCHAR", ranges.stream().map(Range::persistenceId).toList());
      setArray(select, 2, "BIGINT", ranges.stream().map(Range::from).toList());
      setArray(select, 3, "BIGINT", ranges.stream().map(Range::to).toList());
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          int number = row.getInt(1) - 1;
          events.get(number).add(event(row, ranges.get(number).persistenceId));
        }
      }
    }
    return events;
  }

  private static JournalPekkoSerializationRow event(ResultSet row, String persistenceId)
      throws SQLException {
    return new JournalPekkoSerializationRow(
        row.getLong(2),
        false,
        persistenceId,
        row.getLong(3),
        row.getString(4),
        row.getLong(5),
        row.getString(6),
        row.getBytes(7),
        row.getInt(8),
        row.getString(9),
        Option.apply(row.getBytes(10)),
        optionalInt(row, 11),
        Option.apply(row.getString(12)));
  }

  private static Option<Object> optionalInt(ResultSet row, int column) throws SQLException {
    int value = row.getInt(column);
    return row.wasNull() ? Option.empty() : Option.apply(value);
  }

  private static void setArray(PreparedStatement select, int parameter, String type, List<?> values)
      throws SQLException {
    Array array = select.getConnection().createArrayOf(type, values.toArray());
    select.setArray(parameter, array);
  }
}
