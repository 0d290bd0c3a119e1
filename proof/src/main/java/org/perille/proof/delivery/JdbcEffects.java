package org.perille.proof.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.perille.Delivery;
import org.perille.internal.cursor.CursorStates;
import org.perille.persistence.internal.JdbcClaim;
import org.perille.persistence.internal.SimulatedClaims;
import org.perille.proof.database.ServerKind;
import org.perille.proof.database.SimulatedDatabase;
import org.perille.proof.database.SimulatedPool;
import org.perille.proof.database.Tables;
import org.perille.proof.database.Transaction;
import org.perille.spi.CursorState;
import org.perille.spi.TransactionalHandler.Claim;
import org.perille.spi.TransactionalHandler.EffectFailedException;

/**
 * The application's database, with the cursor beside the effects, as the shipped classes use it.
 */
final class JdbcEffects implements EffectStore {
  private static final String CURSORS = "perille_cursor";
  private static final String INSERT =
      "INSERT INTO effect (message_offset, message_key, text, epoch) VALUES (?, ?, ?, ?)";
  private static final String COUNT =
      "UPDATE account SET effects = effects + 1 WHERE message_key = ?";
  private static final Tables TABLES =
      Tables.of(
          "CREATE TABLE IF NOT EXISTS effect (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
              + " message_offset BIGINT NOT NULL, message_key VARCHAR(100) NOT NULL, text"
              + " VARCHAR(100) NOT NULL, epoch BIGINT NOT NULL)",
          "CREATE TABLE IF NOT EXISTS account (message_key VARCHAR(100) PRIMARY KEY, effects BIGINT"
              + " NOT NULL)",
          SimulatedClaims.ddl(CURSORS));

  private static final int[] ISOLATIONS = {
    Connection.TRANSACTION_READ_COMMITTED,
    Connection.TRANSACTION_READ_COMMITTED,
    Connection.TRANSACTION_SERIALIZABLE
  };

  /** The maximum number of concurrent transactions of a handler in a process. */
  private static final int TRANSACTIONS = 8;

  private final Simulation scenario;
  private final SimulatedDatabase database;
  private final ServerKind kind;
  private final boolean serializable;

  /** True if a handler also changes a row that all handlers of its key change. */
  private final boolean counts;

  /** The connection pool of each run. A pool outlives the workers of its process. */
  private final Map<ModelWorkerRun, SimulatedPool> pools = new LinkedHashMap<>();

  private final CursorStates states = new CursorStates();
  private Optional<CursorState> cursor = Optional.empty();
  private long epoch;

  JdbcEffects(Simulation scenario) {
    this.scenario = scenario;
    this.kind = scenario.random().nextBoolean() ? ServerKind.H2 : ServerKind.POSTGRESQL;
    int isolation = ISOLATIONS[scenario.random().nextInt(ISOLATIONS.length)];
    this.serializable = isolation == Connection.TRANSACTION_SERIALIZABLE;
    this.counts = scenario.random().nextBoolean();
    this.database = new SimulatedDatabase("effects", TABLES, scenario.random(), kind, isolation);
    scenario.tell("effects on", kind, serializable ? "serializable" : "read committed");
    try {
      for (String key : scenario.application().keys()) {
        execute("INSERT INTO account VALUES ('" + key + "', 0)");
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = database.admin().createStatement()) {
      boolean unused = statement.execute(sql);
    }
  }

  @Override
  public Claim<String> claim(ModelWorkerRun workerRun) throws SQLException {
    StoredClaim made = new StoredClaim(scenario, workerRun);
    SimulatedPool pool = pool(workerRun);
    workerRun.uses(made);
    SimulatedClaims claims =
        new SimulatedClaims(
            pool.dataSource(new StorageClient(scenario, workerRun, this)), CURSORS, TRANSACTIONS);
    return made.of(
        claims.claim(
            scenario.topic().id().topic(),
            scenario.setup().subscription().name(),
            scenario.topic().id().partition(),
            effect(made)));
  }

  /**
   * Returns the pool of a worker. The worker may start in a process where another one has stopped.
   */
  private SimulatedPool pool(ModelWorkerRun workerRun) {
    SimulatedPool pool =
        pools.entrySet().stream()
            .filter(entry -> entry.getKey().isOver() && scenario.random().nextBoolean())
            .findFirst()
            .map(Map.Entry::getValue)
            .orElseGet(() -> new SimulatedPool(database));
    pools.put(workerRun, pool);
    return pool;
  }

  private JdbcClaim.Effect<String> effect(StoredClaim claim) {
    return (connection, deliveries, beforeCall) -> {
      if (deliveries.size() > 1) {
        scenario.mark(StorageMark.EFFECT_OF_SEVERAL);
      }
      for (Delivery<String> delivery : deliveries) {
        beforeCall.run();
        try {
          claim.handle(delivery);
          store(connection, delivery, claim.epoch());
        } catch (Throwable e) {
          throw new EffectFailedException(delivery.offset(), e);
        }
      }
    };
  }

  private void store(Connection connection, Delivery<String> delivery, long ofEpoch)
      throws SQLException {
    try {
      try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
        insert.setLong(1, delivery.offset());
        insert.setString(2, delivery.key());
        insert.setString(3, delivery.payload());
        insert.setLong(4, ofEpoch);
        insert.executeUpdate();
      }
      if (counts) {
        try (PreparedStatement update = connection.prepareStatement(COUNT)) {
          update.setString(1, delivery.key());
          update.executeUpdate();
        }
      }
    } catch (SQLException e) {
      if (Set.of("HYT00", "55P03").contains(e.getSQLState())) {
        scenario.mark(StorageMark.LOCK_AWAITED_IN_VAIN);
      }
      // Such a handler is wrong. PostgreSQL protects it: the transaction can't be committed.
      boolean swallowed =
          kind == ServerKind.POSTGRESQL
              && !e.getSQLState().startsWith("08")
              && !e.getSQLState().equals("25006")
              && scenario.random().nextInt(4) == 0;
      if (!swallowed) {
        throw e;
      }
      scenario.mark(StorageMark.ERROR_SWALLOWED);
    }
  }

  /** Records and checks a committed transaction of any worker. */
  void committed(ModelWorkerRun workerRun, Transaction transaction) {
    List<Long> offsets = new ArrayList<>();
    boolean moved = false;
    for (Transaction.Change change : transaction.changes()) {
      if (change.sql().equals(INSERT)) {
        offsets.add((Long) change.parameters().get(0));
      }
      moved |= change.sql().contains(CURSORS);
    }
    scenario.tell(workerRun, "commits", offsets, moved ? "and a cursor" : "");
    try {
      if (moved) {
        readCursor();
      }
      if (!offsets.isEmpty()) {
        assertThat(workerRun.claim().orElseThrow().epoch())
            .as("the epoch of what is committed")
            .isEqualTo(epoch);
        scenario
            .ledger()
            .committed(
                offsets,
                cursor.map(states::fromState).map(c -> c.generation().number()).orElse(0L));
      }
    } catch (AssertionError e) {
      scenario.violated(e);
    }
  }

  private void readCursor() {
    try (Statement statement = database.admin().createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT epoch, next_offset, cursor_state, cursor_apart FROM " + CURSORS)) {
      if (row.next()) {
        epoch = row.getLong(1);
        cursor =
            Optional.ofNullable(row.getString(3))
                .map(encoded -> new CursorState(nextOffset(row), encoded, apart(row)));
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long nextOffset(ResultSet row) {
    try {
      return row.getLong(2);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String apart(ResultSet row) {
    try {
      return Objects.requireNonNullElse(row.getString(4), "");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public Optional<CursorState> cursor() {
    return cursor;
  }

  @Override
  public boolean takesTurns() {
    return serializable;
  }

  @Override
  public void crashed(ModelWorkerRun workerRun) {
    SimulatedPool pool = pools.remove(workerRun);
    if (pool == null) {
      return;
    }
    if (pool.crash(scenario.random().nextBoolean())) {
      scenario.mark(StorageMark.COMMITTED_AFTER_CRASH);
    }
    if (database.hasVanished()) {
      scenario.mark(StorageMark.VANISHED);
    }
    List<ModelWorkerRun> others =
        pools.entrySet().stream()
            .filter(entry -> entry.getValue() == pool)
            .map(Map.Entry::getKey)
            .toList();
    pools.keySet().removeAll(others);
    others.forEach(ModelWorkerRun::crash);
  }

  @Override
  public void pass() {
    if (database.hasVanished()) {
      scenario.mark(StorageMark.VANISHED_ENDED);
      scenario.tell("the server ends sessions that have vanished");
      database.endVanished();
    }
  }

  @Override
  public void fail() {
    scenario.mark(StorageMark.FAILED_OVER);
    scenario.tell("the database fails over");
    database.failOver();
  }

  @Override
  public void heal() {
    database.endVanished();
  }

  @Override
  public void readEffects() {
    Map<String, Long> found = new TreeMap<>();
    try (Statement statement = database.admin().createStatement()) {
      try (ResultSet row =
          statement.executeQuery(
              "SELECT message_offset, message_key, text, epoch FROM effect ORDER BY id")) {
        while (row.next()) {
          long offset = row.getLong(1);
          long ofEpoch = row.getLong(4);
          assertThat(row.getString(3)).isEqualTo(scenario.topic().value(offset));
          found.merge(row.getString(2), 1L, Long::sum);
          scenario.record(at -> scenario.history().effectFound(at, offset, ofEpoch));
        }
      }
      try (ResultSet row =
          statement.executeQuery("SELECT message_key, effects FROM account WHERE effects > 0")) {
        Map<String, Long> counted = new TreeMap<>();
        while (row.next()) {
          counted.put(row.getString(1), row.getLong(2));
        }
        if (counts) {
          assertThat(counted).as("effects that are counted").isEqualTo(found);
        }
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
