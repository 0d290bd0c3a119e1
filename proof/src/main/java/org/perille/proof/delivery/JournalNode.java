package org.perille.proof.delivery;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.perille.persistence.internal.SimulatedJournal;
import org.perille.proof.database.DatabaseClient;
import org.perille.proof.database.DatabaseFault;
import org.perille.proof.database.SimulatedPool;
import org.perille.proof.database.Transaction;
import org.perille.proof.delivery.HandlerBehavior.KilledError;

/** A process that writes to the journal, with its queue and the tasks of its threads. */
final class JournalNode implements DatabaseClient {
  private static final int[] MAX_ROWS = {1, 3, 400};

  private final Simulation scenario;
  private final StoredJournal stored;
  private final SimulatedPool pool;
  private final SimulatedJournal journal;
  private final List<Runnable> writers = new ArrayList<>();
  private final List<Runnable> answers = new ArrayList<>();
  private final List<Runnable> later = new ArrayList<>();
  private int writing;
  private boolean dead;

  JournalNode(Simulation scenario, StoredJournal stored, SimulatedPool pool) {
    this.scenario = scenario;
    this.stored = stored;
    this.pool = pool;
    this.journal =
        new SimulatedJournal(
            pool.dataSource(this),
            MAX_ROWS[scenario.random().nextInt(MAX_ROWS.length)],
            writers::add,
            answers::add,
            later::add);
  }

  CompletableFuture<Void> store(SimulatedJournal.Row row) {
    return journal.store(List.of(row)).toCompletableFuture();
  }

  boolean isDead() {
    return dead;
  }

  /** Returns whether a thread of the process has a task, or executes one. */
  boolean isBusy() {
    return !dead && (writing > 0 || !writers.isEmpty() || !answers.isEmpty() || !later.isEmpty());
  }

  /**
   * Lets a random thread execute a task.
   *
   * @return false if there is none
   */
  boolean step() {
    List<List<Runnable>> all = new ArrayList<>();
    if (!writers.isEmpty() && scenario.mayNest()) {
      all.add(writers);
    }
    if (!answers.isEmpty()) {
      all.add(answers);
    }
    if (!later.isEmpty()) {
      all.add(later);
    }
    if (dead || all.isEmpty()) {
      return false;
    }
    List<Runnable> chosen = all.get(scenario.random().nextInt(all.size()));
    Runnable next = chosen.remove(scenario.random().nextInt(chosen.size()));
    writing += chosen == writers ? 1 : 0;
    try {
      next.run();
    } finally {
      writing -= chosen == writers ? 1 : 0;
    }
    return true;
  }

  /** Crashes the process. The server may still execute its requests. */
  void crash() {
    dead = true;
    if (pool.crash(scenario.random().nextBoolean())) {
      scenario.mark(StorageMark.STORED_AFTER_CRASH);
    }
  }

  @Override
  public void requireAlive() {
    if (dead) {
      throw new KilledError();
    }
  }

  @Override
  public boolean fails(DatabaseFault fault) {
    if (!scenario.faults().databaseFails(fault)) {
      return false;
    }
    scenario.faults().noteOfJournal(fault);
    return true;
  }

  @Override
  public void meanwhile(String sql) {
    if (scenario.isSlowCall()) {
      scenario.meanwhile();
    }
  }

  @Override
  public void committed(Transaction transaction) {
    stored.committed(transaction);
  }

  @Override
  public void violated(String what) {
    scenario.violated(new AssertionError(what));
  }
}
