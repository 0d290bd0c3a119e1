package org.perille.persistence.internal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.perille.persistence.Databases;
import org.perille.persistence.Forces;

/** The embedded file: confirmed writes are on the disk, and the size of the file is bounded. */
class H2DataSourceTest {
  private static final int WRITES = 20;

  /** Half a megabyte of rows. Without compaction each commit adds some fifteen kilobytes. */
  private static final int COMMITS = 1500;

  private static final int MEGABYTES = 8;

  @TempDir Path directory;

  private final H2DataSource database = new H2DataSource();

  @BeforeEach
  void createTables() throws SQLException {
    new H2Storage().prepare(Databases.durableH2(directory).config());
    database.setDirectory(directory.toString());
    database.setUser("sa");
    database.setPassword("");
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)");
    }
  }

  private Path file() {
    return directory.resolve("perille.mv.db");
  }

  /** The ways to make something durable. */
  private enum Write {
    ONE_ROW_OF_THE_JOURNAL {
      @Override
      void write(Connection connection, int number) {
        JournalTable.insert(connection, List.of(JournalTableTest.row("a", number)));
      }
    },
    ROWS_OF_THE_JOURNAL {
      @Override
      void write(Connection connection, int number) {
        JournalTable.insert(
            connection,
            LongStream.of(2L * number, 2L * number + 1)
                .mapToObj(n -> JournalTableTest.row("a", n))
                .toList());
      }
    },
    DELETE_OF_THE_JOURNAL {
      @Override
      void write(Connection connection, int number) {
        JournalTable.insert(connection, List.of(JournalTableTest.row("a", number)));
        JournalTable.delete(connection, "a", number);
      }
    },
    UPDATE {
      @Override
      void write(Connection connection, int number) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
          insert.setInt(1, number);
          insert.executeUpdate();
        }
      }
    },
    LARGE_UPDATE {
      @Override
      void write(Connection connection, int number) throws SQLException {
        try (Statement insert = connection.createStatement()) {
          insert.executeLargeUpdate("INSERT INTO t VALUES (" + number + ")");
        }
      }
    },
    EXECUTE {
      @Override
      void write(Connection connection, int number) throws SQLException {
        try (Statement insert = connection.createStatement()) {
          insert.execute("INSERT INTO t VALUES (" + number + ")");
        }
      }
    },
    BATCH {
      @Override
      void write(Connection connection, int number) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
          insert.setInt(1, number);
          insert.addBatch();
          insert.executeBatch();
        }
      }
    },
    COMMIT {
      @Override
      void write(Connection connection, int number) throws SQLException {
        connection.setAutoCommit(false);
        UPDATE.write(connection, number);
        connection.commit();
        connection.setAutoCommit(true);
      }
    },
    COMMIT_BY_SWITCHING_TO_AUTOCOMMIT {
      @Override
      void write(Connection connection, int number) throws SQLException {
        connection.setAutoCommit(false);
        UPDATE.write(connection, number);
        connection.setAutoCommit(true);
      }
    },
    COMMIT_IN_SQL {
      @Override
      void write(Connection connection, int number) throws SQLException {
        connection.setAutoCommit(false);
        UPDATE.write(connection, number);
        try (Statement commit = connection.createStatement()) {
          commit.execute("COMMIT");
        }
        connection.setAutoCommit(true);
      }
    },
    COMMIT_BY_A_CHANGE_OF_THE_SCHEMA {
      @Override
      void write(Connection connection, int number) throws SQLException {
        connection.setAutoCommit(false);
        UPDATE.write(connection, number);
        try (Statement create = connection.createStatement()) {
          create.execute("CREATE TABLE t" + number + " (id INTEGER)");
        }
        connection.rollback();
        connection.setAutoCommit(true);
      }
    };

    static final String INSERT = "INSERT INTO t VALUES (?)";

    abstract void write(Connection connection, int number) throws SQLException;
  }

  /** A task during which forces are counted. */
  @FunctionalInterface
  private interface Task {
    void run() throws Exception;
  }

  /** Returns the number of forces of the file during a task. */
  private long forces(Task task) throws Exception {
    try (Forces forces = Forces.of(file())) {
      task.run();
      return forces.count();
    }
  }

  @ParameterizedTest
  @EnumSource
  void each_write_is_forced_before_it_returns(Write write) throws Exception {
    try (Connection connection = database.getConnection()) {
      long forces =
          forces(
              () -> {
                for (int number = 1; number <= WRITES; number++) {
                  write.write(connection, number);
                }
              });
      assertThat(forces).isGreaterThanOrEqualTo(WRITES);
    }
  }

  @Test
  void topics_are_forced_when_they_are_registered() throws Exception {
    H2Storage storage = new H2Storage();
    assertThat(
            forces(
                () ->
                    storage.registerTopics(
                        Databases.durableH2(directory).config(), java.util.Map.of("orders", 16))))
        .isPositive();
  }

  @Test
  void what_changes_nothing_waits_for_no_force() throws Exception {
    try (Connection connection = database.getConnection()) {
      assertThat(
              forces(
                  () -> {
                    try (Statement statement = connection.createStatement();
                        ResultSet rows = statement.executeQuery("SELECT * FROM t")) {
                      assertThat(rows.next()).isFalse();
                      assertThat(statement.execute("SELECT * FROM t")).isTrue();
                      try (ResultSet count =
                          statement.executeQuery(
                              "WITH c (n) AS (SELECT COUNT(*) FROM t) SELECT n FROM c")) {
                        assertThat(count.next()).isTrue();
                      }
                    }
                    connection.setAutoCommit(false);
                    connection.commit();
                    connection.rollback();
                    connection.setAutoCommit(true);
                  }))
          .isZero();
    }
  }

  @Test
  void without_sync_nothing_is_forced() throws Exception {
    database.setSync(false);
    try (Connection connection = database.getConnection()) {
      assertThat(forces(() -> Write.UPDATE.write(connection, 1))).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"UPDATE", "BATCH", "COMMIT"})
  void a_write_whose_force_fails_fails_and_its_outcome_is_called_unknown(Write write)
      throws Exception {
    try (Connection connection = database.getConnection()) {
      Files.delete(file());
      assertThatThrownBy(() -> write.write(connection, 1))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("unknown whether a commit is durable")
          .hasMessageContaining(file().toString());
    }
  }

  /** The ways to end a transaction without a commit. */
  private enum End {
    ROLLBACK {
      @Override
      void of(Connection connection) throws SQLException {
        connection.rollback();
      }
    },
    CLOSE {
      @Override
      void of(Connection connection) throws SQLException {
        connection.close();
      }
    };

    abstract void of(Connection connection) throws SQLException;
  }

  /** Otherwise a process that ends meanwhile leaves a part of a transaction. */
  @ParameterizedTest
  @EnumSource
  void one_transaction_at_a_time_changes_the_file_and_queries_do_not_wait(End end)
      throws Exception {
    try (Connection first = database.getConnection();
        Connection second = database.getConnection()) {
      first.setAutoCommit(false);
      Write.UPDATE.write(first, 1);
      try (Statement statement = second.createStatement();
          ResultSet rows = statement.executeQuery("SELECT id FROM t")) {
        assertThat(rows.next()).isFalse();
      }
      FutureTask<Void> write =
          new FutureTask<>(
              () -> {
                Write.UPDATE.write(second, 2);
                return null;
              });
      Thread writer = new Thread(write, "second writer");
      writer.start();
      await()
          .atMost(60, SECONDS)
          .until(() -> write.isDone() || writer.getState() == Thread.State.TIMED_WAITING);
      assertThat(write.isDone()).isFalse();
      end.of(first);
      write.get(60, SECONDS);
    }
  }

  @Test
  void writes_of_several_connections_share_forces_and_are_all_there() throws Exception {
    int connections = 8;
    List<CompletableFuture<Void>> writers = new ArrayList<>();
    // The database is closed with its last connection, which forces it, too.
    try (Connection connection = database.getConnection()) {
      long forces =
          forces(
              () -> {
                for (int i = 0; i < connections; i++) {
                  int first = i * 1000;
                  writers.add(CompletableFuture.runAsync(() -> writeAll(first)));
                }
                CompletableFuture.allOf(writers.toArray(CompletableFuture[]::new)).get(60, SECONDS);
              });
      assertThat(forces).isBetween((long) WRITES, (long) WRITES * connections);
      try (Statement statement = connection.createStatement();
          ResultSet count = statement.executeQuery("SELECT COUNT(*) FROM t")) {
        assertThat(count.next()).isTrue();
        assertThat(count.getInt(1)).isEqualTo(WRITES * connections);
      }
    }
  }

  private void writeAll(int first) {
    try (Connection connection = database.getConnection()) {
      for (int number = first; number < first + WRITES; number++) {
        Write.UPDATE.write(connection, number);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** On POSIX systems a process that closes a file loses its locks on it. */
  @Test
  void other_processes_are_kept_out_of_a_file_that_is_forced() throws Exception {
    try (Connection connection = database.getConnection()) {
      Write.UPDATE.write(connection, 1);
      Process other =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  Path.of(
                          JdbcDataSource.class
                              .getProtectionDomain()
                              .getCodeSource()
                              .getLocation()
                              .toURI())
                      .toString(),
                  "org.h2.tools.Shell",
                  "-url",
                  H2DataSource.url(directory.toString()),
                  "-user",
                  "sa",
                  "-password",
                  "",
                  "-sql",
                  "SELECT 1")
              .redirectErrorStream(true)
              .start();
      assertThat(new String(other.getInputStream().readAllBytes(), UTF_8))
          .contains("may be already in use");
      assertThat(other.waitFor()).isNotZero();
    }
  }

  @Test
  void statements_know_the_connection_that_forces() throws Exception {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      assertThat(statement.getConnection()).isSameAs(connection);
    }
  }

  @Test
  void the_file_is_bounded_by_what_is_in_it_and_not_by_the_number_of_commits() throws Exception {
    JdbcDataSource engine = new JdbcDataSource();
    engine.setURL(H2DataSource.url(directory.toString()));
    engine.setUser("sa");
    // The duration of forces doesn't matter here.
    H2File withoutForces = new H2File(file(), () -> {});
    try (Connection connection = H2Connection.of(engine.getConnection(), withoutForces, true)) {
      for (int number = 1; number <= COMMITS; number++) {
        JournalTable.insert(connection, List.of(JournalTableTest.row("a" + number % 4, number)));
      }
      assertThat(megabytes()).isLessThan(MEGABYTES);
    }
    assertThat(megabytes()).isLessThan(MEGABYTES);
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        ResultSet count = statement.executeQuery("SELECT COUNT(*) FROM \"perille_journal\"")) {
      assertThat(count.next()).isTrue();
      assertThat(count.getInt(1)).isEqualTo(COMMITS);
    }
  }

  @Test
  void commits_to_an_engine_in_memory_are_forced_in_the_way_that_is_given() throws Exception {
    JdbcDataSource engine = new JdbcDataSource();
    engine.setURL("jdbc:h2:mem:forced-as-given");
    AtomicInteger forces = new AtomicInteger();
    H2File counted = new H2File(file(), forces::incrementAndGet);
    try (Connection connection = H2Connection.of(engine.getConnection(), counted, true);
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)");
      assertThat(forces).hasValue(1);
      statement.execute("INSERT INTO t VALUES (1)");
      assertThat(forces).hasValue(2);
    }
  }

  private double megabytes() throws IOException {
    return Files.size(file()) / 1e6;
  }
}
