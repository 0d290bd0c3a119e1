package org.perille.internal.subscribe;

import java.util.Optional;
import org.perille.spi.CursorState;
import org.perille.spi.TransactionalHandler.Claim;

/** Where effects and the cursor are one write. */
interface EffectStore {
  /** Claims the partition for a worker; blocks. */
  Claim<String> claim(ModelWorkerRun workerRun) throws Exception;

  /** The committed cursor. */
  Optional<CursorState> cursor();

  /** Returns whether the transactions of a partition take turns. */
  boolean takesTurns();

  /** A worker's process has ended. */
  void crashed(ModelWorkerRun workerRun);

  /** Something that happens to the store by itself, such as a time-out. */
  void pass();

  /** A fault of the store as a whole. */
  void fail();

  /** Nothing fails from now on. */
  void heal();

  /** Adds the committed effects to the history. */
  void readEffects();
}
