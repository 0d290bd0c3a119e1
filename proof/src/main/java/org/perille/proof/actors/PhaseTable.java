package org.perille.proof.actors;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.perille.testkit.history.Phase;

/** The phase that is under way when a message of a type arrives. */
final class PhaseTable {
  /** The journal's answer. The write is done, and is answered from then on. */
  static final String WRITTEN = "org.apache.pekko.persistence.JournalProtocol$WriteMessageSuccess";

  /**
   * The phases by type name, because other modules can't access the types. A test checks that the
   * types exist.
   */
  private static final Map<String, Phase> PHASES = new HashMap<>();

  static {
    String perille = "org.perille.internal.";
    String delivery = "org.apache.pekko.actor.typed.delivery.";
    String persistence = "org.apache.pekko.persistence.";
    put(
        Phase.BEFORE_WRITE,
        "org.perille.sharding.internal.publisher.PublisherActor$Submit",
        delivery + "ConsumerController$SequencedMessage",
        delivery + "ConsumerController$Delivery",
        perille + "worker.WorkerEvent$BatchReceived",
        perille + "cursor.CursorLog$Save",
        perille + "partition.WorkerRequest$Redrive",
        perille + "partition.WorkerRequest$Discard",
        perille + "failure.FailureLog$Save",
        perille + "effect.KeyJournal$Write");
    put(Phase.AFTER_WRITE, WRITTEN);
    put(
        Phase.AFTER_ANSWER,
        perille + "log.BatchReceipt",
        perille + "cursor.CursorLog$Saved",
        perille + "failure.FailureLog$Saved",
        perille + "partition.PartitionRequest$CursorReport",
        delivery + "ConsumerController$Confirmed$",
        delivery + "internal.ProducerControllerImpl$Ack",
        delivery + "internal.ProducerControllerImpl$Request",
        delivery + "ProducerController$RequestNext");
    put(
        Phase.RECOVERING,
        persistence + "JournalProtocol$ReplayedMessage",
        persistence + "JournalProtocol$RecoverySuccess",
        persistence + "SnapshotProtocol$LoadSnapshotResult",
        delivery + "internal.ProducerControllerImpl$Resend",
        perille + "partition.PartitionRequest$Attach",
        perille + "partition.Partition$UseConsumerController",
        perille + "feed.FeedAnswer$Attached",
        perille + "worker.WorkerEvent$FeedStarts",
        perille + "cursor.CursorLog$Recovered",
        perille + "failure.FailureLog$Recovered",
        perille + "effect.KeyJournals$Open");
    put(Phase.HANDING_OFF, perille + "worker.Worker$Stop");
  }

  private PhaseTable() {}

  private static void put(Phase phase, String... types) {
    for (String type : types) {
      PHASES.put(type, phase);
    }
  }

  static Phase of(Object message) {
    return PHASES.getOrDefault(message.getClass().getName(), Phase.UNKNOWN);
  }

  /** Returns the names of all types with a known phase. */
  static Set<String> types() {
    return PHASES.keySet();
  }
}
