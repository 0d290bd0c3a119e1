package org.perille.proof.chain;

import java.util.List;
import org.perille.proof.simulation.FaultKind;
import org.perille.testkit.history.Phase;

/** The faults of simulated chains. */
public final class ChainFaults {
  private static final String ONLY_WRITES = "a write fails when it is under way";
  private static final String ONLY_READS = "a key is read when a worker starts with it";
  private static final String NOT_CONFIRMED = "a batch that is confirmed is not sent any more";
  private static final String ONLY_CONFIRMATIONS = "a receipt is sent when the write is answered";
  private static final String NOTHING_KEPT = "a publisher stores nothing, and so recovers nothing";
  private static final String NOT_HANDED_OVER = "no other publisher takes over";
  private static final String STOPPED_BETWEEN_WRITES =
      "a partition that is handed over stops between two writes";

  static final FaultKind WORKER_CRASHES = FaultKind.of("worker crashes");
  static final FaultKind REPLACED_WORKER_CONTINUES = FaultKind.of("worker continues");

  /** Recorded once for each live worker on the node. */
  static final FaultKind NODE_CRASHES = FaultKind.of("node crashes");

  static final FaultKind PARTITION_CRASHES =
      FaultKind.of("partition crashes").sparing(Phase.HANDING_OFF, STOPPED_BETWEEN_WRITES);

  /**
   * Crashes of a publisher. The phase depends on its batches under way: not stored yet, or stored
   * without a receipt.
   */
  static final FaultKind PUBLISHER_CRASHES =
      FaultKind.of("publisher crashes")
          .sparing(Phase.AFTER_ANSWER, "a receipt is passed on as soon as it is there")
          .sparing(Phase.RECOVERING, NOTHING_KEPT)
          .sparing(Phase.HANDING_OFF, NOT_HANDED_OVER);

  static final FaultKind BATCH_LOST =
      FaultKind.of("batch lost")
          .sparing(Phase.AFTER_ANSWER, NOT_CONFIRMED)
          .sparing(Phase.HANDING_OFF, STOPPED_BETWEEN_WRITES);

  static final FaultKind RECEIPT_LOST =
      FaultKind.only("receipt lost", ONLY_CONFIRMATIONS, Phase.AFTER_ANSWER);

  static final FaultKind KEY_READ = FaultKind.only("key read", ONLY_READS, Phase.RECOVERING);
  static final FaultKind KEY_WRITE = write("key write");
  static final FaultKind CURSOR_WRITE = write("cursor write");
  static final FaultKind RESET_WRITE = write("reset write");
  public static final FaultKind PARTITION_WRITE = write("partition write");

  static final List<FaultKind> ALL =
      List.of(
          WORKER_CRASHES,
          REPLACED_WORKER_CONTINUES,
          NODE_CRASHES,
          PARTITION_CRASHES,
          PUBLISHER_CRASHES,
          BATCH_LOST,
          RECEIPT_LOST,
          KEY_READ,
          KEY_WRITE,
          CURSOR_WRITE,
          RESET_WRITE,
          PARTITION_WRITE);

  private ChainFaults() {}

  private static FaultKind write(String name) {
    return FaultKind.only(name, ONLY_WRITES, Phase.BEFORE_WRITE, Phase.AFTER_WRITE);
  }
}
