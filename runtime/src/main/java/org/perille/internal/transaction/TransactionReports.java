package org.perille.internal.transaction;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.perille.PerilleListener.TransactionsProgress;
import org.perille.internal.NodeProblems;
import org.perille.internal.hook.Listeners;
import org.perille.internal.log.PartitionId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The progress of a node's logs of transactions, for its operators: events of listeners, problems
 * of the node, and lines in its log.
 *
 * <p>It outlives the owners of the logs. A log whose owner restarts because of an overdue
 * transaction is warned of once.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
public final class TransactionReports {
  /** An unfinished transaction, and the partitions that haven't stored its messages. */
  record Oldest(String id, Set<PartitionId> waitingFor) {}

  /**
   * The time after which a committed transaction is overdue. It is far above the time that a
   * partition needs to move to another node.
   */
  static final Duration OVERDUE_AFTER = Duration.ofSeconds(30);

  /** The time between two reports of a log. */
  static final Duration INTERVAL = Duration.ofSeconds(5);

  /** The time for which a problem is shown after its last report: the log may have moved. */
  private static final Duration VALID_FOR = INTERVAL.multipliedBy(4);

  private static final Logger LOG = LoggerFactory.getLogger(TransactionReports.class);

  private final NodeProblems problems;
  private final Listeners listeners;
  private final Set<PartitionId> overdue = ConcurrentHashMap.newKeySet();

  /** Creates the reports of a node. */
  public TransactionReports(NodeProblems problems, Listeners listeners) {
    this.problems = problems;
    this.listeners = listeners;
  }

  /**
   * Reports the progress of a log.
   *
   * @param unfinished the number of its unfinished transactions
   * @param age the age of the oldest one
   * @param oldest returns the oldest one
   */
  void progress(PartitionId log, int unfinished, Duration age, Supplier<Oldest> oldest) {
    report(log, unfinished, age);
    if (age.compareTo(OVERDUE_AFTER) >= 0) {
      String problem =
          "transaction '%s' was committed %d s ago, and has no receipts from %s. It is relayed until all its messages are stored; %d transactions of this log are unfinished"
              .formatted(oldest.get().id, age.toSeconds(), oldest.get().waitingFor, unfinished);
      problems.report(subject(log), problem, VALID_FOR);
      if (overdue.add(log)) {
        LOG.warn("Log of transactions {}: {}", log, problem);
      }
    } else if (overdue.remove(log)) {
      problems.withdraw(subject(log));
      LOG.info(
          "Log of transactions {} goes on: no transaction waits for {} s or more",
          log,
          OVERDUE_AFTER.toSeconds());
    }
  }

  /** Returns whether the log was last reported with an overdue transaction. */
  boolean isOverdue(PartitionId log) {
    return overdue.contains(log);
  }

  /** Reports that the log isn't on this node any more, or that its owner restarts. */
  void ended(PartitionId log) {
    report(log, 0, Duration.ZERO);
  }

  private void report(PartitionId log, int unfinished, Duration age) {
    listeners.report(
        () -> {
          TransactionsProgress event = new TransactionsProgress(log.partition(), unfinished, age);
          return listener -> listener.transactionsProgress(event);
        });
  }

  private static String subject(PartitionId log) {
    return "log of transactions " + log;
  }
}
