package org.perille.proof.transaction;

import java.util.List;
import org.perille.proof.chain.ChainFaults;
import org.perille.proof.simulation.FaultKind;
import org.perille.testkit.history.Phase;

/** The faults of simulated transactions. */
final class TransactionFaults {
  private static final String NOT_HANDED_OVER = "it moves by a crash or by a replacement";
  private static final String ONLY_WRITES = "a write fails when it is under way";
  private static final String ONLY_CONFIRMATIONS = "a receipt is sent when the write is answered";
  private static final String NO_WRITE = "it meets no write";

  /** Crashes of the owner of a log. It is after an answer if a receipt isn't recorded. */
  static final FaultKind OWNER_CRASHES = owner("owner crashes");

  static final FaultKind REPLACED_OWNER_CONTINUES = owner("owner lives on");

  /** Recorded once for each live owner on the node. */
  static final FaultKind NODE_CRASHES = owner("node crashes");

  static final FaultKind PARTITION_CRASHES =
      FaultKind.of("partition crashes")
          .sparing(Phase.AFTER_ANSWER, "receipts under way are those of the network")
          .sparing(Phase.HANDING_OFF, NOT_HANDED_OVER);

  static final FaultKind PUBLISHER_RESTARTS = FaultKind.only("publisher restarts", NO_WRITE);

  static final FaultKind BATCH_LOST =
      FaultKind.only(
          "batch lost",
          "a batch that is confirmed is not sent any more",
          Phase.BEFORE_WRITE,
          Phase.AFTER_WRITE,
          Phase.RECOVERING);

  static final FaultKind RECEIPT_LOST =
      FaultKind.only("receipt lost", ONLY_CONFIRMATIONS, Phase.AFTER_ANSWER);

  static final FaultKind QUESTION_LOST = FaultKind.only("question lost", NO_WRITE);
  static final FaultKind OFFSETS_LOST = FaultKind.only("offsets lost", NO_WRITE);
  static final FaultKind CLOCK_SET = FaultKind.only("clock set", NO_WRITE);

  static final FaultKind LOG_WRITE =
      FaultKind.only("log write", ONLY_WRITES, Phase.BEFORE_WRITE, Phase.AFTER_WRITE);

  static final List<FaultKind> ALL =
      List.of(
          OWNER_CRASHES,
          REPLACED_OWNER_CONTINUES,
          NODE_CRASHES,
          PARTITION_CRASHES,
          PUBLISHER_RESTARTS,
          BATCH_LOST,
          RECEIPT_LOST,
          QUESTION_LOST,
          OFFSETS_LOST,
          CLOCK_SET,
          LOG_WRITE,
          ChainFaults.PARTITION_WRITE);

  private TransactionFaults() {}

  private static FaultKind owner(String name) {
    return FaultKind.of(name).sparing(Phase.HANDING_OFF, NOT_HANDED_OVER);
  }
}
