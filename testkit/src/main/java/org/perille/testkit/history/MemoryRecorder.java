package org.perille.testkit.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Records operations in memory, for runs in one process.
 *
 * <p><b>Threading</b>: safe for use by several threads.
 */
public final class MemoryRecorder implements Recorder {
  private final List<Operation> operations = new ArrayList<>();

  @Override
  public synchronized void record(Operation operation) {
    operations.add(Objects.requireNonNull(operation, "operation"));
  }

  /** Returns the operations recorded so far. */
  public synchronized History history() {
    return History.of(operations);
  }
}
