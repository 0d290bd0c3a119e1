package org.perille.proof.actors;

import static org.perille.testkit.history.Phase.AFTER_ANSWER;
import static org.perille.testkit.history.Phase.AFTER_WRITE;
import static org.perille.testkit.history.Phase.BEFORE_WRITE;
import static org.perille.testkit.history.Phase.HANDING_OFF;
import static org.perille.testkit.history.Phase.RECOVERING;

import java.util.EnumSet;
import java.util.Set;
import org.perille.testkit.history.Demands;
import org.perille.testkit.history.Phase;

/** A kind of fault, and the phases that it can hit. */
enum FaultKind {
  MESSAGE_LOST,
  MESSAGE_REPEATED,
  MESSAGE_LATE,
  /** The message arrives after the next one from the network. */
  MESSAGE_OVERTAKEN,
  /** Nothing is written. The writer may learn that, or only that its connection has broken. */
  COMMIT_FAILED,
  /** The data is written, but the writer learns only that its connection has broken. */
  COMMIT_UNANSWERED,
  /** The data is written late, or answered late. */
  COMMIT_LATE,
  READ_FAILED,
  /** An actor throws. Its supervision stops or restarts it. */
  ACTOR_FAILED,
  /** A node leaves in good order, and another one joins. */
  NODE_REPLACED;

  /** Returns the phases that the fault can hit. */
  Set<Phase> phases() {
    return switch (this) {
      case MESSAGE_LOST, MESSAGE_REPEATED, MESSAGE_LATE, MESSAGE_OVERTAKEN ->
          EnumSet.of(BEFORE_WRITE, AFTER_ANSWER, RECOVERING, HANDING_OFF);
      case COMMIT_FAILED -> EnumSet.of(BEFORE_WRITE, HANDING_OFF);
      case COMMIT_UNANSWERED -> EnumSet.of(AFTER_WRITE, HANDING_OFF);
      case COMMIT_LATE -> EnumSet.of(BEFORE_WRITE, AFTER_WRITE, HANDING_OFF);
      case READ_FAILED -> EnumSet.of(RECOVERING, HANDING_OFF);
      case ACTOR_FAILED -> Demands.PHASES;
      case NODE_REPLACED -> EnumSet.of(HANDING_OFF);
    };
  }
}
