package org.perille.internal.outbox;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import org.perille.OutboxStatus;
import org.perille.internal.settings.OutboxSettings;

/** Observes the state of an outbox from time to time. Used by the relay's thread. */
final class RelayWatch {
  /** The interval of observations. It is the interval of reports of subscriptions, too. */
  private static final Duration INTERVAL = Duration.ofSeconds(5);

  private final RelayTable table;
  private final RelayTopics topics;
  private final Duration interval;
  private final OutboxRelay.Reports reports;
  private long dueNanos = System.nanoTime();

  RelayWatch(
      RelayTable table, RelayTopics topics, OutboxSettings settings, OutboxRelay.Reports reports) {
    this.table = table;
    this.topics = topics;
    this.interval =
        INTERVAL.compareTo(settings.pollInterval()) > 0 ? INTERVAL : settings.pollInterval();
    this.reports = reports;
  }

  /**
   * Reports the state, if that is due.
   *
   * @param unregistered topics with recorded rows that this node doesn't know
   */
  void check(Set<String> unregistered) throws SQLException {
    long now = System.nanoTime();
    if (dueNanos - now > 0) {
      return;
    }
    dueNanos = now + interval.toNanos();
    OutboxStatus status = table.status();
    reports.status(status);
    Set<String> waiting = new TreeSet<>(unregistered);
    waiting.addAll(table.otherTopics(topics.names()));
    Duration valid = interval.multipliedBy(3);
    if (!waiting.isEmpty()) {
      reports.problem(OutboxRelay.waiting(waiting), valid);
    } else if (status.deadLetters() > 0) {
      reports.problem(
          "it has %d dead letters, behind which %d rows of their keys wait: see Outbox.deadLetters, redrive and discard"
              .formatted(status.deadLetters(), status.parked()),
          valid);
    } else {
      reports.fine();
    }
  }
}
