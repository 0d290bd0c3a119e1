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
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/**
 * DBOS Transact for Java: each parcel is a workflow with one transactional step, in a queue or
 * started at once.
 *
 * <p>The step's transaction has the effect and DBOS's record of it, so the effect is made once. The
 * system tables are in the application's database. It preserves no order of a key.
 *
 * <p>One thread passes on the workflows of a queue, each with a transaction, and there are as many
 * threads as processors. So parcels are in {@value #QUEUES} queues, which are polled every {@value
 * #POLL_MILLIS} ms instead of every second. Together they give this process as many workflows at
 * the same time as DBOS has threads on two cores with Java 17.
 */
final class DbosContender implements Contender {
  static final Set<Job> JOBS = Set.copyOf(EnumSet.of(Job.JDBC_EFFECT));

  /** The way of a parcel to its workflow. */
  enum Start {
    /** Through a queue, from which any process may take it. */
    QUEUED,
    /** In the sender's process, which has stored it before. */
    DIRECT
  }

  private static final int QUEUES = 16;
  private static final int WORKERS = 100;
  private static final long POLL_MILLIS = 10;

  /** Connections of the system tables, and of the steps: as many as bring a gain on two cores. */
  private static final int CONNECTIONS = 20;

  private static final List<Queue> ALL_QUEUES =
      IntStream.range(0, QUEUES)
          .mapToObj(
              number ->
                  new Queue("parcels-" + number)
                      .withWorkerConcurrency(WORKERS / QUEUES + 1)
                      .withPollingInterval(Duration.ofMillis(POLL_MILLIS)))
          .toList();

  /** A workflow. DBOS calls it through a proxy of this interface. */
  interface Handling {
    void handle(String key, byte[] bytes) throws SQLException;
  }

  private final Stand stand = Stand.start();
  private final HikariDataSource system = stand.autocommittingPool(Senders.THREADS + CONNECTIONS);
  private final HikariDataSource pool = stand.autocommittingPool(CONNECTIONS);
  private final Start start;
  private final Senders senders = new Senders();
  private EffectTable effects;
  private DBOS dbos;
  private Handling handling;

  /** Creates a contender that isn't started. */
  DbosContender(Start start) {
    this.start = start;
  }

  @Override
  public void begin(Work work, LongConsumer done) throws SQLException {
    effects = new EffectTable(done);
    effects.create(pool);
    dbos = new DBOS(DBOSConfig.defaults("benchmark").withDataSource(system));
    JdbcStepFactory steps = new JdbcStepFactory(dbos, effects.telling(pool));
    handling = dbos.registerProxy(Handling.class, new Inserting(steps, effects));
    dbos.registerQueues(ALL_QUEUES.toArray(Queue[]::new));
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
                () -> handling.handle(parcel.key(), parcel.bytes()), options(parcel)));
  }

  private StartWorkflowOptions options(Parcel parcel) {
    return start == Start.DIRECT
        ? new StartWorkflowOptions()
        : new StartWorkflowOptions(ALL_QUEUES.get(Math.floorMod(parcel.key().hashCode(), QUEUES)));
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
