package org.perille.proof.actors;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.perille.persistence.internal.H2DataSource;
import org.perille.proof.workload.EffectTable;
import org.perille.proof.workload.Timing;
import org.perille.testkit.history.MemoryRecorder;

/** What the nodes of a run share: a database in memory, what goes wrong, and who takes it down. */
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
          Duration.ofMinutes(3));

  /** Tells the runs of one process apart, also those of one seed. */
  private static final AtomicLong RUNS = new AtomicLong();

  private final long seed;
  private final int rate;
  private final String name = "proof-" + RUNS.incrementAndGet();
  private final MemoryRecorder recorder = new MemoryRecorder();
  private final Faults faults = new Faults(recorder);

  /** Ends the database, which would stay as long as the process. */
  private final Connection lifeline;

  /**
   * A new one.
   *
   * @param rate messages a second that each node publishes
   */
  World(long seed, int rate) throws SQLException {
    this.seed = seed;
    this.rate = rate;
    H2DataSource database = database();
    lifeline = database.getConnection();
    try (Statement statement = lifeline.createStatement()) {
      statement.execute(EffectTable.CREATE);
    }
  }

  String directory() {
    return "mem:" + name;
  }

  /** The database, without faults: for who judges. */
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

  /** What goes wrong on a node. */
  Injection injection(String process) {
    return new Injection(faults, process, seed ^ process.hashCode());
  }

  /** The name of a node among those of all runs. */
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
