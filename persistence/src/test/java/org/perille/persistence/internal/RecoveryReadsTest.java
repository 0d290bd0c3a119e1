package org.perille.persistence.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.pekko.persistence.jdbc.journal.dao.JournalTables.JournalPekkoSerializationRow;
import org.apache.pekko.persistence.jdbc.snapshot.dao.SnapshotTables.SnapshotRow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.perille.persistence.Databases;
import org.perille.persistence.Databases.Database;
import org.perille.persistence.internal.RecoveryReads.Range;

/** Goal: what many actors ask together is answered as if each had asked alone. */
class RecoveryReadsTest {
  @TempDir Path directory;

  enum Kind {
    H2,
    POSTGRESQL
  }

  private Connection connect(Kind kind) throws Exception {
    if (kind == Kind.POSTGRESQL) {
      Database database = Databases.postgresql();
      new PostgresqlStorage().prepare(database.config());
      return database.application().getConnection();
    }
    new H2Storage().prepare(Databases.h2(directory).config());
    return DriverManager.getConnection("jdbc:h2:file:" + directory.resolve("perille"), "sa", "");
  }

  private static void store(Connection connection, String persistenceId, long from, long to) {
    JournalTable.insert(
        connection,
        LongStream.rangeClosed(from, to)
            .mapToObj(number -> JournalTableTest.row(persistenceId, number))
            .toList());
  }

  private static void snapshot(Connection connection, String persistenceId, long number)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO \"perille_snapshot\" (\"persistence_id\", \"sequence_number\", \"created\", \"snapshot_ser_id\", \"snapshot_ser_manifest\", \"snapshot_payload\") VALUES (?, ?, 17, 4, 'M', ?)")) {
      insert.setString(1, persistenceId);
      insert.setLong(2, number);
      insert.setBytes(3, new byte[] {(byte) number});
      insert.executeUpdate();
    }
  }

  @ParameterizedTest
  @EnumSource
  void the_highest_numbers_are_those_of_each_actor_also_of_deleted_events(Kind kind)
      throws Exception {
    try (Connection connection = connect(kind)) {
      store(connection, "a", 1, 4);
      store(connection, "b", 1, 300);
      store(connection, "deleted", 1, 5);
      JournalTable.delete(connection, "deleted", 5);
      assertThat(
              RecoveryReads.highest(connection, List.of("b", "new", "a", "deleted", "b", "it's")))
          .containsExactly(300L, 0L, 4L, 5L, 300L, 0L);
    }
  }

  @Test
  void on_h2_the_highest_number_costs_the_same_however_many_events_an_actor_has() throws Exception {
    try (Connection connection = connect(Kind.H2)) {
      store(connection, "a", 1, 1_000);
      try (PreparedStatement explain =
          connection.prepareStatement("EXPLAIN ANALYZE " + RecoveryReads.HIGHEST)) {
        explain.setArray(1, connection.createArrayOf("VARCHAR", new Object[] {"a"}));
        try (ResultSet plan = explain.executeQuery()) {
          plan.next();
          assertThat(plan.getString(1)).contains("scanCount: 1 ").doesNotContain("scanCount: 1000");
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void the_latest_snapshots_are_those_of_each_actor(Kind kind) throws Exception {
    try (Connection connection = connect(kind)) {
      snapshot(connection, "a", 3);
      snapshot(connection, "a", 5);
      snapshot(connection, "b", 1);
      assertThat(RecoveryReads.snapshots(connection, List.of("b", "new", "a")))
          .satisfiesExactly(
              b -> assertThat(b).map(SnapshotRow::sequenceNumber).contains(1L),
              missing -> assertThat(missing).isEmpty(),
              a ->
                  assertThat(a)
                      .hasValueSatisfying(
                          row -> {
                            assertThat(row.persistenceId()).isEqualTo("a");
                            assertThat(row.sequenceNumber()).isEqualTo(5);
                            assertThat(row.created()).isEqualTo(17);
                            assertThat(row.snapshotSerId()).isEqualTo(4);
                            assertThat(row.snapshotSerManifest()).isEqualTo("M");
                            assertThat(row.snapshotPayload()).containsExactly(5);
                          }));
    }
  }

  @ParameterizedTest
  @EnumSource
  void the_events_are_those_of_each_range_in_order_and_without_deleted_ones(Kind kind)
      throws Exception {
    try (Connection connection = connect(kind)) {
      store(connection, "a", 1, 9);
      store(connection, "b", 1, 3);
      JournalTable.delete(connection, "b", 2);
      List<List<JournalPekkoSerializationRow>> events =
          RecoveryReads.events(
              connection,
              List.of(
                  new Range("b", 1, 9),
                  new Range("a", 4, 6),
                  new Range("new", 1, 9),
                  new Range("a", 9, 9)));
      assertThat(events)
          .extracting(RecoveryReadsTest::numbers)
          .containsExactly(List.of(3L), List.of(4L, 5L, 6L), List.of(), List.of(9L));
      JournalPekkoSerializationRow row = events.get(0).get(0);
      assertThat(row.persistenceId()).isEqualTo("b");
      assertThat(row.writer()).isEqualTo("writer");
      assertThat(row.eventPayload()).containsExactly(1);
      assertThat(row.eventSerId()).isEqualTo(1);
      assertThat(row.ordering()).isPositive();
    }
  }

  private static List<Long> numbers(List<JournalPekkoSerializationRow> rows) {
    List<Long> numbers = new ArrayList<>();
    rows.forEach(row -> numbers.add(row.sequenceNumber()));
    return numbers;
  }
}
