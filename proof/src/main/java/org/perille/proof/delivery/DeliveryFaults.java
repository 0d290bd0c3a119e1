package org.perille.proof.delivery;

import java.util.List;
import org.perille.proof.simulation.FaultKind;
import org.perille.testkit.history.Phase;

/** The faults of simulated deliveries. */
final class DeliveryFaults {
  private static final String ONLY_WRITES = "a write fails when it is under way";
  private static final String STOPPED_BETWEEN_WRITES =
      "a partition that is handed over stops between two writes";

  static final FaultKind WORKER_CRASHES = FaultKind.of("worker crashes");
  static final FaultKind REPLACED_WORKER_CONTINUES = FaultKind.of("worker continues");
  static final FaultKind PARTITION_CRASHES =
      FaultKind.of("partition crashes").sparing(Phase.HANDING_OFF, STOPPED_BETWEEN_WRITES);
  static final FaultKind REPLACED_PARTITION_CONTINUES =
      FaultKind.of("partition continues").sparing(Phase.HANDING_OFF, STOPPED_BETWEEN_WRITES);
  static final FaultKind FAILURE_WRITE = write("failure write");
  static final FaultKind CURSOR_WRITE = write("cursor write");
  static final FaultKind PARTITION_WRITE = write("partition write");

  static final List<FaultKind> ALL =
      List.of(
          WORKER_CRASHES,
          REPLACED_WORKER_CONTINUES,
          PARTITION_CRASHES,
          REPLACED_PARTITION_CONTINUES,
          FAILURE_WRITE,
          CURSOR_WRITE,
          PARTITION_WRITE);

  private DeliveryFaults() {}

  private static FaultKind write(String name) {
    return FaultKind.only(name, ONLY_WRITES, Phase.BEFORE_WRITE, Phase.AFTER_WRITE);
  }
}
