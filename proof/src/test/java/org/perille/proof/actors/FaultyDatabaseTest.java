package org.perille.proof.actors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.perille.testkit.history.Coverage;
import org.perille.testkit.history.Phase;

class FaultyDatabaseTest {
  private World world;
  private FaultyDataSource database;

  @BeforeEach
  void open() throws SQLException {
    world = new World(1, 1);
    FaultyDataSource.register(world.site("node"), world.injection("node"));
    database = FaultyDataSource.of(world.site("node"), world.directory());
    try (Connection connection = world.database().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE t (n INTEGER)");
    }
  }

  @AfterEach
  void close() throws SQLException {
    world.close();
  }

  private void rage(FaultKind kind) {
    world.faults().rage(new Storm(Map.of(kind, 1.0), Duration.ofMillis(1)), Set.of());
  }

  private void insert() throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("INSERT INTO t VALUES (1)");
      connection.commit();
    }
  }

  private long rows() throws SQLException {
    try (Connection connection = world.database().getConnection();
        Statement statement = connection.createStatement();
        ResultSet count = statement.executeQuery("SELECT COUNT(*) FROM t")) {
      count.next();
      return count.getLong(1);
    }
  }

  private long happened(FaultKind kind, Phase phase) {
    return Coverage.of(world.recorder().history()).faults(kind.name(), phase);
  }

  @Test
  void a_commit_that_fails_writes_nothing() throws SQLException {
    rage(FaultKind.COMMIT_FAILED);
    assertThatThrownBy(this::insert).isInstanceOf(SQLException.class);
    assertThat(rows()).isZero();
    assertThat(happened(FaultKind.COMMIT_FAILED, Phase.BEFORE_WRITE)).isEqualTo(1);
  }

  @Test
  void a_commit_that_is_not_answered_has_written() throws SQLException {
    rage(FaultKind.COMMIT_UNANSWERED);
    assertThatThrownBy(this::insert)
        .isInstanceOf(SQLException.class)
        .extracting(failure -> ((SQLException) failure).getSQLState())
        .isEqualTo("08006");
    assertThat(rows()).isOne();
    assertThat(happened(FaultKind.COMMIT_UNANSWERED, Phase.AFTER_WRITE)).isEqualTo(1);
  }

  @Test
  void a_commit_that_is_late_is_done() throws SQLException {
    rage(FaultKind.COMMIT_LATE);
    insert();
    assertThat(rows()).isOne();
  }

  @Test
  void a_read_that_fails_breaks_its_connection() throws SQLException {
    rage(FaultKind.READ_FAILED);
    try (Connection connection = database.getConnection()) {
      assertThatThrownBy(() -> connection.prepareStatement("SELECT n FROM t"))
          .hasMessageContaining("injected");
      assertThat(connection.isClosed()).isTrue();
    }
  }

  @Test
  void when_all_is_calm_nothing_goes_wrong() throws SQLException {
    rage(FaultKind.COMMIT_FAILED);
    world.faults().calm();
    insert();
    assertThat(rows()).isOne();
  }
}
