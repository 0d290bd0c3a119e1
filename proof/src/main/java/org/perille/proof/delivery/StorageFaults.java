package org.perille.proof.delivery;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.perille.proof.database.DatabaseFault;
import org.perille.proof.simulation.FaultKind;
import org.perille.testkit.history.Phase;

/** The faults of simulated deliveries on a simulated database. */
final class StorageFaults {
  private static final Map<DatabaseFault, FaultKind> KINDS = new EnumMap<>(DatabaseFault.class);
  private static final Map<DatabaseFault, FaultKind> OF_JOURNAL =
      new EnumMap<>(DatabaseFault.class);
  static final List<FaultKind> ALL =
      new ArrayList<>(
          List.of(
              DeliveryFaults.WORKER_CRASHES,
              DeliveryFaults.REPLACED_WORKER_CONTINUES,
              DeliveryFaults.PARTITION_CRASHES,
              DeliveryFaults.REPLACED_PARTITION_CONTINUES,
              DeliveryFaults.FAILURE_WRITE));

  static {
    for (DatabaseFault fault : DatabaseFault.values()) {
      String name = fault.name().toLowerCase(Locale.ROOT).replace('_', ' ');
      KINDS.put(fault, kind(fault, name));
      OF_JOURNAL.put(fault, ofJournal(fault, "journal " + name));
    }
    ALL.addAll(KINDS.values());
    ALL.addAll(OF_JOURNAL.values());
  }

  private StorageFaults() {}

  private static FaultKind kind(DatabaseFault fault, String name) {
    String why = "a commit that is done is met after the write, and no other call is";
    return fault == DatabaseFault.COMMIT_UNANSWERED
        ? FaultKind.only(name, why, Phase.AFTER_WRITE)
        : FaultKind.only(name, why, Phase.BEFORE_WRITE, Phase.RECOVERING, Phase.HANDING_OFF);
  }

  private static FaultKind ofJournal(DatabaseFault fault, String name) {
    return FaultKind.only(
        name,
        "a commit that is done is met after the write, and any other call before it",
        fault == DatabaseFault.COMMIT_UNANSWERED ? Phase.AFTER_WRITE : Phase.BEFORE_WRITE);
  }

  static FaultKind ofJournal(DatabaseFault fault) {
    return OF_JOURNAL.get(fault);
  }

  static FaultKind of(DatabaseFault fault) {
    return KINDS.get(fault);
  }

  /** Returns the phase of the worker, for a fault that hits it now. */
  static Phase phase(DatabaseFault fault, ModelWorkerRun workerRun) {
    if (fault == DatabaseFault.COMMIT_UNANSWERED) {
      return Phase.AFTER_WRITE;
    }
    return switch (workerRun.phase()) {
      case RECOVERING -> Phase.RECOVERING;
      case HANDING_OFF -> Phase.HANDING_OFF;
      default -> Phase.BEFORE_WRITE;
    };
  }
}
