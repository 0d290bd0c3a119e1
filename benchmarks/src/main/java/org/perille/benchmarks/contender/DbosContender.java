package org.perille.benchmarks.contender;

import com.zaxxer.hikari.HikariDataSource;
import dev.dbos.transact.DBOS;
import dev.dbos.transact.StartWorkflowOptions;
import dev.dbos.transact.config.DBOSConfig;
import dev.dbos.transact.txstep.JdbcStepFactory;
import dev.dbos.transact.workflow.Queue;
import dev.dbos.transact.workflow.Workflow;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.LongConsumer;

/**
 * DBOS Transact for Java: each parcel is a workflow in a queue, with one transactional step.
 *
 * <p>The step's transaction has the effect and DBOS's record of it, so the effect is made once. The
 * system tables are in the application's database. The queue is polled every {@value #POLL_MILLIS}
 * ms instead of every second, and gives this process as many workflows at the same time as DBOS has
 * threads on two cores with Java 17. It preserves no order of a key.
 */
final class DbosContender implements Contender {
  static final Set<Job> JOBS = Set.copyOf(EnumSet.of(Job.JDBC_EFFECT));

  private static final int WORKERS = 100;
  private static final long POLL_MILLIS = 10;

  /** Connections of the system tables, and of the steps: as many as bring a gain on two cores. */
  private static final int CONNECTIONS = 20;

  private static final Queue QUEUE =
      new Queue("parcels")
          .withWorkerConcurrency(WORKERS)
          .withPollingInterval(Duration.ofMillis(POLL_MILLIS));

  /** A workflow. DBOS calls it through a proxy of this interface. */
  interface Handling {
    void handle(String key, byte[] bytes) throws SQLException;
  }

  private final Stand stand = Stand.start();
  private final HikariDataSource system = stand.autocommittingPool(Senders.THREADS + CONNECTIONS);
  private final HikariDataSource pool = stand.autocommittingPool(CONNECTIONS);
  private final Senders senders = new Senders();
  private EffectTable effects;
  private DBOS dbos;
  private Handling handling;

  @Override
  public void begin(Work work, LongConsumer done) throws SQLException {
    effects = new EffectTable(done);
    effects.create(pool);
    dbos = new DBOS(DBOSConfig.defaults("benchmark").withDataSource(system));
    JdbcStepFactory steps = new JdbcStepFactory(dbos, effects.telling(pool));
    handling = dbos.registerProxy(Handling.class, new Inserting(steps, effects));
    dbos.registerQueue(QUEUE);
    dbos.launch();
  }

  /** Inserts a row in a transactional step. */
  private record Inserting(JdbcStepFactory steps, EffectTable effects) implements Handling {
    @Override
    @Workflow(name = "handle")
    public void handle(String key, byte[] bytes) throws SQLException {
      steps.<SQLException>txStep(
          connection -> effects.insert(connection, new Parcel(key, bytes)), "insert");
    }
  }

  @Override
  public CompletionStage<?> send(Parcel parcel) {
    return senders.send(
        () ->
            dbos.<SQLException>startWorkflow(
                () -> handling.handle(parcel.key(), parcel.bytes()),
                new StartWorkflowOptions(QUEUE)));
  }

  @Override
  public void verify(long parcels) throws SQLException {
    effects.requireRows(pool, parcels);
  }

  @Override
  public void close() throws IOException {
    senders.close();
    if (dbos != null) {
      dbos.shutdown();
    }
    system.close();
    pool.close();
    stand.close();
  }
}
