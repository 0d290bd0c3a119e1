package org.perille.proof.delivery;

import java.util.Optional;
import org.perille.spi.CursorState;
import org.perille.spi.TransactionalHandler.Claim;

/** A store that writes effects and the cursor in one transaction. */
interface EffectStore {
  /** Claims the partition for a worker. Blocks. */
  Claim<String> claim(ModelWorkerRun workerRun) throws Exception;

  /** Returns the committed cursor. */
  Optional<CursorState> cursor();

  /** Returns whether the transactions of a partition run one after the other. */
  boolean takesTurns();

  /** Reacts to the crash of a worker's process. */
  void crashed(ModelWorkerRun workerRun);

  /** Lets the store do something by itself, such as a time-out. */
  void pass();

  /** Injects a fault of the store as a whole. */
  void fail();

  /** Ends all faults. */
  void heal();

  /** Adds the committed effects to the history. */
  void readEffects();
}
