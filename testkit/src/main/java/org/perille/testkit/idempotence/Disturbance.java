package org.perille.testkit.idempotence;

/**
 * What happens in a run, and at which step.
 *
 * @param step its number; 0 for nowhere
 */
record Disturbance(int step, Kind kind) {
  /** What can happen. */
  enum Kind {
    /** Nothing. */
    NONE,
    /** The process is killed after the step, and another one goes on. */
    CRASH,
    /**
     * The step fails: the database or the write does nothing, the outside does what it was told,
     * and its answer is lost. The attempt fails and is made again.
     */
    FAILURE,
    /** What the outside is told is lost, and nothing done. The attempt fails and is made again. */
    REFUSAL,
    /** The worker is paused at the step, another one takes over, and the first goes on. */
    REPLACEMENT
  }

  static final Disturbance NONE = new Disturbance(0, Kind.NONE);
}
