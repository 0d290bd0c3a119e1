package org.perille.internal.worker;

/** The ways in which a worker ends. */
public sealed interface WorkerEnd {

  /** The worker was requested to stop. */
  enum Stopped implements WorkerEnd {
    INSTANCE
  }

  /**
   * The worker was reset. The next worker belongs to the next generation, or the reset has to be
   * requested once more.
   */
  enum WasReset implements WorkerEnd {
    INSTANCE
  }

  /** The worker couldn't go on. The next worker begins with the durable state. */
  record Failed(Throwable cause) implements WorkerEnd {}
}
