package org.perille.testkit.idempotence;

/**
 * The disturbance of a run, and its step.
 *
 * @param step the number of the step; 0 for none
 */
record Disturbance(int step, Kind kind) {
  /** The kind of the disturbance. */
  enum Kind {
    /** No disturbance. */
    NONE,
    /** The process is killed after the step, and another one continues. */
    CRASH,
    /**
     * The step fails, and the attempt is repeated.
     *
     * <p>The database or the write does nothing. A call to the outside is done, and its answer is
     * lost.
     */
    FAILURE,
    /** A call to the outside is lost before it is done. The attempt fails and is repeated. */
    REFUSAL,
    /** The worker is paused at the step, another one takes over, and the first one resumes. */
    REPLACEMENT
  }

  static final Disturbance NONE = new Disturbance(0, Kind.NONE);
}
