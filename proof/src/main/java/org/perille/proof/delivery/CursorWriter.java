package org.perille.proof.delivery;

import org.perille.internal.cursor.Cursor;
import org.perille.internal.worker.WorkerEvent;

/** A worker's writer of its cursor. */
final class CursorWriter extends LogWriter<Cursor> {
  private final Simulation scenario;

  CursorWriter(Simulation scenario, ModelWorkerRun workerRun) {
    super(scenario, workerRun, "cursor", "the cursor", DeliveryFaults.CURSOR_WRITE);
    this.scenario = scenario;
  }

  @Override
  boolean store(long number, Cursor cursor) {
    return scenario.storage().move(number, cursor);
  }

  @Override
  void noteOutcome(Cursor cursor, boolean stored, boolean answered) {}

  @Override
  WorkerEvent answer(Cursor cursor) {
    return new WorkerEvent.CursorStored(cursor);
  }

  @Override
  int weight() {
    return scenario.setup().pace().cursors();
  }
}
