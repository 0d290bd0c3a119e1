package org.perille.internal.transaction;

import java.util.List;
import java.util.stream.IntStream;
import org.perille.internal.log.PartitionId;
import org.perille.internal.publish.Partitioner;

/**
 * The logs of transactions of a cluster. They are owned, placed and fenced like partitions of a
 * topic.
 */
public final class TransactionLogs {
  /** The topic in the ids of the logs. No application's topic has such a name. */
  public static final String TOPIC = "~transactions";

  /** The number of logs. Stored data depends on it, so it never changes. */
  public static final int COUNT = 4;

  private TransactionLogs() {}

  /** Returns the ids of all logs. */
  public static List<PartitionId> all() {
    return IntStream.range(0, COUNT).mapToObj(log -> new PartitionId(TOPIC, log)).toList();
  }

  /** Returns whether a partition is a log of transactions. */
  public static boolean contain(PartitionId id) {
    return id.topic().equals(TOPIC);
  }

  /** Returns the number of the log that has the transaction with an id. */
  public static int logOf(String transactionId) {
    return Partitioner.partitionOf(transactionId, COUNT);
  }
}
