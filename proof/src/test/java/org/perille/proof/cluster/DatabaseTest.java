package org.perille.proof.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests of failovers and power failures. Each test starts several servers. */
@Tag("slow")
class DatabaseTest {
  @TempDir Path directory;

  private Disk disk;
  private Database database;

  @BeforeEach
  void start() throws Exception {
    disk = Disk.make(directory);
    database =
        Database.create(
            new Loopback().add("database"),
            () -> {
              try (ServerSocket socket = new ServerSocket(0)) {
                return socket.getLocalPort();
              }
            },
            disk,
            directory);
    database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)");
  }

  @AfterEach
  void stop() {
    database.close();
    disk.close();
  }

  private List<Integer> rows() throws SQLException {
    List<Integer> rows = new ArrayList<>();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT id FROM t ORDER BY id")) {
      while (row.next()) {
        rows.add(row.getInt(1));
      }
    }
    return rows;
  }

  @Test
  void a_failover_loses_no_commit_and_leaves_the_former_primary_read_only() throws Exception {
    List<InetSocketAddress> places = new ArrayList<>();
    database.onMove(places::add);
    assertThat(database.prepareFailover()).isTrue();
    database.execute("INSERT INTO t VALUES (1)");
    List<String> findings = new ArrayList<>();
    try (Connection open = database.connect();
        Statement statement = open.createStatement()) {
      assertThat(database.failOver()).isTrue();
      assertThat(places).doesNotHaveDuplicates().hasSize(2);
      for (int i = 0; i < 10; i++) {
        assertThatThrownBy(() -> statement.execute("INSERT INTO t VALUES (2)"))
            .isInstanceOf(SQLException.class)
            .matches(failure -> ((SQLException) failure).getSQLState().equals("25006"));
      }
      database.execute("INSERT INTO t VALUES (3)");
      database.endFailover(findings::add);
    }
    assertThat(rows()).containsExactly(1, 3);
    assertThat(findings).singleElement().asString().contains("10 writes");
    assertThat(database.prepareFailover()).as("another standby").isTrue();
  }

  @Test
  void a_power_failure_leaves_commits_that_were_forced() throws Exception {
    assumeTrue(disk.canLosePower(), "it requires root, loop devices, ext4 and perl");
    database.execute("INSERT INTO t VALUES (1)");
    database.losePower();
    database.awaitReady();
    assertThat(rows()).containsExactly(1);
  }
}
