package org.perille.proof.delivery;

import org.perille.proof.database.DatabaseClient;
import org.perille.proof.database.DatabaseFault;
import org.perille.proof.database.Transaction;
import org.perille.proof.delivery.HandlerBehavior.KilledError;

/** A worker's process as a client of the database of its effects. */
final class StorageClient implements DatabaseClient {
  private final Simulation scenario;
  private final ModelWorkerRun workerRun;
  private final JdbcEffects effects;

  StorageClient(Simulation scenario, ModelWorkerRun workerRun, JdbcEffects effects) {
    this.scenario = scenario;
    this.workerRun = workerRun;
    this.effects = effects;
  }

  @Override
  public void requireAlive() {
    if (workerRun.isDead()) {
      throw new KilledError();
    }
  }

  @Override
  public boolean fails(DatabaseFault fault) {
    if (!scenario.faults().databaseFails(fault)) {
      return false;
    }
    scenario.faults().noteOfWorker(fault, workerRun);
    return true;
  }

  @Override
  public void meanwhile(String sql) {
    // The claim holds its lock from moving the cursor to the end of the commit.
    boolean locked = sql.isEmpty() || sql.contains("version = version + 1");
    if (scenario.isSlowCall()) {
      workerRun.tasks().hold(locked, scenario::meanwhile);
    }
  }

  @Override
  public void committed(Transaction transaction) {
    effects.committed(workerRun, transaction);
  }

  @Override
  public void violated(String what) {
    scenario.violated(new AssertionError(what));
  }
}
