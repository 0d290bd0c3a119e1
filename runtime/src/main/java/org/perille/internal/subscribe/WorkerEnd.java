package org.perille.internal.subscribe;

/** The ways in which a worker ends. */
sealed interface WorkerEnd {

  /** It was told to. */
  enum Stopped implements WorkerEnd {
    INSTANCE
  }

  /** The next worker belongs to the next generation, or has to ask for it once more. */
  enum WasReset implements WorkerEnd {
    INSTANCE
  }

  /** It couldn't go on; the next worker begins with what is durable. */
  record Failed(Throwable cause) implements WorkerEnd {}
}
