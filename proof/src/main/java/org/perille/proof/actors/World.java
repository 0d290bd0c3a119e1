package org.perille.proof.actors;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.perille.persistence.internal.H2DataSource;
import org.perille.proof.workload.Bookings;
import org.perille.proof.workload.EffectTable;
import org.perille.proof.workload.Timing;
import org.perille.testkit.history.MemoryRecorder;

/** The state that the nodes of a run share: a database in memory, the faults, and the history. */
final class World implements AutoCloseable {
  static final Timing TEMPO =
      new Timing(
          Duration.ofMillis(500),
          Duration.ofSeconds(1),
          Duration.ofMillis(20),
          Duration.ofMillis(300),
          Duration.ofMillis(1_500),
          Duration.ofMillis(300),
          true,
          false,
          Duration.ofMinutes(3));

  /** The number of runs in this process, which distinguishes also runs with the same seed. */
  private static final AtomicLong RUNS = new AtomicLong();

  private final long seed;
  private final int rate;
  private final String name = "proof-" + RUNS.incrementAndGet();
  private final MemoryRecorder recorder = new MemoryRecorder();
  private final Faults faults = new Faults(recorder);

  /** The connection that closes the database, which would otherwise live as long as the process. */
  private final Connection lifeline;

  /**
   * Creates the shared state of a run.
   *
   * @param rate messages per second that each node publishes
   */
  World(long seed, int rate) throws SQLException {
    this.seed = seed;
    this.rate = rate;
    H2DataSource database = database();
    lifeline = database.getConnection();
    try (Statement statement = lifeline.createStatement()) {
      statement.execute(EffectTable.CREATE);
      for (String table : Bookings.CREATE) {
        statement.execute(table);
      }
    }
  }

  String directory() {
    return "mem:" + name;
  }

  /** Returns the database without faults, for the checks. */
  H2DataSource database() {
    H2DataSource database = new H2DataSource();
    database.setDirectory(directory());
    database.setSync(false);
    database.setUser("sa");
    database.setPassword("");
    return database;
  }

  MemoryRecorder recorder() {
    return recorder;
  }

  Faults faults() {
    return faults;
  }

  int rate() {
    return rate;
  }

  /** Returns the faults of a node. */
  Injection injection(String process) {
    return new Injection(faults, process, seed ^ process.hashCode());
  }

  /** Returns the name of a node that is unique among all runs. */
  String site(String process) {
    return name + "/" + process;
  }

  @Override
  public void close() throws SQLException {
    FaultyDataSource.forget(name + "/");
    try (Connection last = lifeline;
        Statement statement = last.createStatement()) {
      statement.execute("SHUTDOWN");
    }
  }
}
