package org.perille.persistence.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.pekko.persistence.jdbc.journal.dao.JournalTables.JournalPekkoSerializationRow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.perille.StorageException;
import org.perille.persistence.Databases;
import org.perille.persistence.Databases.Database;
import scala.Option;

class JournalTableTest {
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

  static JournalPekkoSerializationRow row(String persistenceId, long sequenceNumber) {
    return new JournalPekkoSerializationRow(
        0,
        false,
        persistenceId,
        sequenceNumber,
        "writer",
        0,
        "",
        new byte[] {1},
        1,
        "",
        Option.empty(),
        Option.empty(),
        Option.empty());
  }

  private static List<JournalPekkoSerializationRow> rows(String persistenceId, long from, long to) {
    return LongStream.rangeClosed(from, to).mapToObj(number -> row(persistenceId, number)).toList();
  }

  private static List<String> stored(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT \"persistence_id\", \"sequence_number\", \"deleted\" FROM \"perille_journal\" ORDER BY 1, 2")) {
      List<String> stored = new ArrayList<>();
      while (rows.next()) {
        stored.add(rows.getString(1) + rows.getLong(2) + (rows.getBoolean(3) ? " deleted" : ""));
      }
      return stored;
    }
  }

  @ParameterizedTest
  @EnumSource
  void what_is_deleted_leaves_its_last_row_so_that_no_number_is_given_twice(Kind kind)
      throws Exception {
    try (Connection connection = connect(kind)) {
      JournalTable.insert(connection, rows("a", 1, 4));
      JournalTable.insert(connection, rows("b", 1, 1));
      JournalTable.delete(connection, "a", 3);
      assertThat(stored(connection)).containsExactly("a3 deleted", "a4", "b1");
      JournalTable.delete(connection, "a", Long.MAX_VALUE);
      JournalTable.delete(connection, "nobody", 7);
      assertThat(stored(connection)).containsExactly("a4 deleted", "b1");
      assertThat(connection.getAutoCommit()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void of_rows_of_which_one_is_refused_none_is_stored(Kind kind) throws Exception {
    try (Connection connection = connect(kind)) {
      JournalTable.insert(connection, rows("a", 2, 2));
      assertThatThrownBy(() -> JournalTable.insert(connection, rows("a", 1, 3)))
          .isInstanceOf(StorageException.class)
          .hasMessageContaining("'a'")
          .matches(JournalTable::isRefused);
      assertThat(stored(connection)).containsExactly("a2");
      assertThat(connection.getAutoCommit()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void rows_that_wait_for_a_lock_too_long_are_refused_and_the_connection_goes_on(Kind kind)
      throws Exception {
    try (Connection connection = connect(kind);
        Connection other = again(kind, connection);
        Statement settings = connection.createStatement()) {
      settings.execute("SET lock_timeout = 50");
      other.setAutoCommit(false);
      JournalTable.insertAll(other, rows("a", 2, 2));
      for (long from : new long[] {1, 2}) {
        assertThatThrownBy(() -> JournalTable.insert(connection, rows("a", from, 2)))
            .isInstanceOf(StorageException.class)
            .matches(JournalTable::isRefused);
      }
      other.rollback();
      JournalTable.insert(connection, rows("a", 1, 2));
      assertThat(stored(connection)).containsExactly("a1", "a2");
    }
  }

  private Connection again(Kind kind, Connection connection) throws SQLException {
    return DriverManager.getConnection(
        connection.getMetaData().getURL(), kind == Kind.H2 ? "sa" : "postgres", "");
  }

  @ParameterizedTest
  @EnumSource
  void what_became_of_rows_is_unknown_when_the_connection_is_lost(Kind kind) throws Exception {
    Connection connection = connect(kind);
    connection.close();
    assertThatThrownBy(() -> JournalTable.insert(connection, rows("a", 1, 1)))
        .isInstanceOf(StorageException.class)
        .matches(failure -> !JournalTable.isRefused(failure));
  }

  @Test
  void a_server_that_became_read_only_fails_all_rows_at_once_since_its_connection_is_of_no_use()
      throws Exception {
    try (Connection connection = connect(Kind.POSTGRESQL);
        Statement failover = connection.createStatement()) {
      failover.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY");
      // Otherwise the queue would write each row alone, on the same connection.
      assertThatThrownBy(() -> JournalTable.insert(connection, rows("a", 1, 3)))
          .isInstanceOf(StorageException.class)
          .hasMessageContaining("read-only")
          .matches(failure -> !JournalTable.isRefused(failure));
    }
  }

  @ParameterizedTest
  @EnumSource
  void an_actor_that_knows_events_which_the_database_has_lost_stores_nothing_behind_the_gap(
      Kind kind) throws Exception {
    try (Connection connection = connect(kind);
        Statement loss = connection.createStatement()) {
      Predecessors predecessors = new Predecessors();
      for (String actor : List.of("a", "b", "c")) {
        predecessors.insert(connection, rows(actor, 1, 4), "primary");
      }
      // A replica that lacks the last commit of "a" is promoted.
      loss.execute(
          "DELETE FROM \"perille_journal\" WHERE \"persistence_id\" = 'a' AND \"sequence_number\" = 4");
      List<JournalPekkoSerializationRow> shared = new ArrayList<>(rows("b", 5, 6));
      shared.addAll(rows("a", 5, 5));
      shared.addAll(rows("new", 1, 2));
      shared.addAll(rows("c", 5, 5));
      assertThatThrownBy(() -> predecessors.insert(connection, shared, "replica"))
          .matches(JournalTable::isRefused);
      assertThatThrownBy(() -> predecessors.insert(connection, rows("a", 5, 5), "replica"))
          .isInstanceOf(StorageException.class)
          .hasMessageContaining("lacks an event that this node has stored: number 4 of 'a'")
          .matches(JournalTable::isRefused);
      shared.removeIf(row -> row.persistenceId().equals("a"));
      predecessors.insert(connection, shared, "replica");
      predecessors.insert(connection, rows("b", 7, 7), "replica");
      // A restarted actor continues where the journal ends.
      predecessors.insert(connection, rows("a", 4, 5), "replica");
      assertThat(stored(connection))
          .containsExactly(
              "a1", "a2", "a3", "a4", "a5", "b1", "b2", "b3", "b4", "b5", "b6", "b7", "c1", "c2",
              "c3", "c4", "c5", "new1", "new2");
      assertThat(connection.getAutoCommit()).isTrue();
    }
  }

  /** A deletion leaves the last row, behind which the actor may write. */
  @ParameterizedTest
  @EnumSource
  void an_actor_whose_events_were_deleted_goes_on_when_the_server_has_changed(Kind kind)
      throws Exception {
    try (Connection connection = connect(kind)) {
      Predecessors predecessors = new Predecessors();
      predecessors.insert(connection, rows("a", 1, 3), "primary");
      JournalTable.delete(connection, "a", Long.MAX_VALUE);
      predecessors.insert(connection, rows("a", 4, 4), "replica");
      assertThat(stored(connection)).containsExactly("a3 deleted", "a4");
    }
  }
}
