package org.perille.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perille.Delivery;
import org.perille.persistence.Databases.Database;
import org.perille.spi.CursorState;
import org.perille.spi.TransactionalHandler.Claim;
import org.perille.spi.TransactionalHandler.ClaimLostException;
import org.perille.spi.TransactionalHandler.EffectFailedException;
import org.perille.spi.TransactionalHandler.NotStartedException;

/** A handler in transactions of a framework keeps its promises, whatever the framework does. */
class JdbcTransactionsTest {
  private static final CursorState AFTER = new CursorState(1, "");

  /** The calls of the framework, in order. */
  private final List<String> calls = new ArrayList<>();

  private DataSource database;
  private SQLException begins;
  private Exception flushes;
  private Exception commits;
  private boolean committedAllTheSame;

  private final class Recorded implements JdbcTransactions.Transaction {
    private final Connection connection;
    private Runnable restore = () -> {};

    Recorded(Connection connection) {
      this.connection = connection;
    }

    @Override
    public Connection connection() {
      return connection;
    }

    @Override
    public void onEnd(Runnable action) {
      restore = action;
    }

    @Override
    public boolean use(Connection guarded) {
      calls.add("use");
      return true;
    }

    @Override
    public void flush() throws Exception {
      calls.add("flush");
      if (flushes != null) {
        throw flushes;
      }
    }

    @Override
    public void commit() throws SQLException {
      calls.add("commit");
      if (commits == null || committedAllTheSame) {
        connection.commit();
      }
      if (commits instanceof SQLException e) {
        throw e;
      }
      if (commits instanceof RuntimeException e) {
        throw e;
      }
    }

    @Override
    public void close() {
      calls.add("close");
      try (connection) {
        connection.rollback();
        restore.run();
        connection.setAutoCommit(true);
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private Claim<String> claim(Database used) throws Exception {
    database = used.application();
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE effect (number BIGINT)");
    }
    JdbcHandler<String> handler =
        JdbcHandler.<String>of(
                database,
                (connection, delivery) -> {
                  calls.add("effect");
                  try (Statement statement = connection.createStatement()) {
                    statement.execute("INSERT INTO effect VALUES (1)");
                  }
                })
            .withTransactions(
                () -> {
                  if (begins != null) {
                    throw begins;
                  }
                  calls.add("begin");
                  Connection connection = database.getConnection();
                  connection.setAutoCommit(false);
                  return new Recorded(connection);
                });
    handler.prepare(used.config());
    Claim<String> claim = handler.claim("t", "s", 0);
    claim.change(none -> new CursorState(0, ""));
    assertThat(calls).as("claims and cursors alone need no framework").isEmpty();
    return claim;
  }

  private static void process(Claim<String> claim) throws Exception {
    claim.process(
        List.of(Delivery.builder("m").subscription("s").topic("t").build()),
        (current, finished) -> AFTER);
  }

  private long effects() throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM effect")) {
      row.next();
      return row.getLong(1);
    }
  }

  @Test
  void the_framework_commits_effect_and_cursor_together(@TempDir Path directory) throws Exception {
    for (Database used : List.of(Databases.h2(directory), Databases.postgresql())) {
      calls.clear();
      Claim<String> claim = claim(used);
      process(claim);
      assertThat(calls).containsExactly("begin", "use", "effect", "flush", "commit", "close");
      assertThat(effects()).isEqualTo(1);
      assertThat(claim.change(stored -> stored.orElseThrow())).isEqualTo(AFTER);
    }
  }

  @Test
  void a_transaction_that_does_not_begin_is_no_attempt() throws Exception {
    Claim<String> claim = claim(Databases.postgresql());
    begins = new SQLException("no connection");
    assertThatThrownBy(() -> process(claim)).isInstanceOf(NotStartedException.class);
    assertThat(calls).isEmpty();
  }

  @Test
  void a_flush_that_fails_fails_the_attempt_and_nothing_is_committed() throws Exception {
    Claim<String> claim = claim(Databases.postgresql());
    flushes = new IllegalStateException("violated");
    assertThatThrownBy(() -> process(claim))
        .isInstanceOf(EffectFailedException.class)
        .hasRootCauseMessage("violated");
    assertThat(calls).containsExactly("begin", "use", "effect", "flush", "close");
    flushes = null;
    process(claim);
    assertThat(effects()).isEqualTo(1);
  }

  @Test
  void a_flush_that_conflicts_with_another_transaction_is_repeated_at_once() throws Exception {
    Claim<String> claim = claim(Databases.postgresql());
    flushes = new IllegalStateException(new SQLException("deadlock", "40P01"));
    assertThatThrownBy(() -> process(claim)).isInstanceOf(EffectFailedException.class);
    assertThat(calls.stream().filter("effect"::equals)).hasSize(11);
  }

  @Test
  void a_commit_that_is_certainly_rolled_back_fails_the_attempt() throws Exception {
    Claim<String> claim = claim(Databases.postgresql());
    commits = new SQLException("refused", "40000");
    assertThatThrownBy(() -> process(claim)).isInstanceOf(EffectFailedException.class);
    assertThat(effects()).isZero();
    commits = null;
    process(claim);
    assertThat(effects()).isEqualTo(1);
  }

  @Test
  void a_commit_whose_outcome_is_unknown_ends_the_claim() throws Exception {
    for (Exception unknown :
        List.of(new SQLException("connection lost", "08006"), new IllegalStateException("why"))) {
      Claim<String> claim = claim(Databases.postgresql());
      commits = unknown;
      committedAllTheSame = true;
      assertThatThrownBy(() -> process(claim)).isInstanceOf(ClaimLostException.class);
      assertThat(effects()).isEqualTo(1);
      assertThatThrownBy(() -> process(claim))
          .as("a successor must read what was committed")
          .isInstanceOf(ClaimLostException.class);
      assertThat(effects()).isEqualTo(1);
      commits = null;
      calls.clear();
    }
  }
}
