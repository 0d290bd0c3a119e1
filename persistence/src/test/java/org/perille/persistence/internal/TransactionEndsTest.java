package org.perille.persistence.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransactionEndsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "COMMIT",
        " commit work",
        "/* now */ COMMIT",
        "-- now\nCOMMIT",
        "INSERT INTO t VALUES (1); COMMIT",
        "rollback",
        "ROLLBACK AND CHAIN",
        "BEGIN",
        "START TRANSACTION"
      })
  void what_ends_a_transaction_is_found_in_each_dialect(String sql) {
    for (TransactionEnds dialect : TransactionEnds.values()) {
      assertThat(dialect.find(sql)).as("%s", dialect).isPresent();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "INSERT INTO t VALUES ('; COMMIT')",
        "UPDATE commit SET \"; COMMIT\" = 1",
        "SELECT $$; COMMIT$$, $a$; COMMIT $$ $a$, ?",
        "SELECT 1 -- ; COMMIT",
        "SELECT 1 /* ; COMMIT */",
        "ROLLBACK TO SAVEPOINT s",
        "ROLLBACK WORK TO s",
        "SAVEPOINT s",
        "SET LOCK_TIMEOUT = 100",
        "SELECT CASE WHEN a THEN b END FROM t",
        "committed",
        "'it never ends",
        "/* it never ends",
        "$$ it never ends",
        "$",
        ""
      })
  void what_ends_none_is_left_alone(String sql) {
    for (TransactionEnds dialect : TransactionEnds.values()) {
      assertThat(dialect.find(sql)).as("%s", dialect).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"CREATE TABLE t (i INT)", "truncate table t", "SET AUTOCOMMIT ON"})
  void what_commits_implicitly_is_found_where_it_does(String sql) {
    assertThat(TransactionEnds.H2.find(sql)).isPresent();
    assertThat(TransactionEnds.POSTGRESQL.find(sql)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"END", "ABORT", "PREPARE TRANSACTION 'x'"})
  void what_only_postgresql_knows_is_found_there(String sql) {
    assertThat(TransactionEnds.POSTGRESQL.find(sql)).isPresent();
  }
}
