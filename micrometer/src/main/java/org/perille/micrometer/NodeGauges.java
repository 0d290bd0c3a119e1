package org.perille.micrometer;

import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import org.perille.PerilleListener.BreakerState;
import org.perille.PerilleListener.JournalWritten;
import org.perille.PerilleListener.LimitsProgress;
import org.perille.PerilleListener.LogProgress;
import org.perille.PerilleListener.OutboxProgress;
import org.perille.PerilleListener.Place;
import org.perille.PerilleListener.Progress;
import org.perille.PerilleListener.TransactionsProgress;
import org.perille.PerilleListener.WorkerProgress;

/**
 * The gauges of what is on a node: partitions, workers, limits, the journal, logs of transactions,
 * and the relays of outboxes.
 *
 * <p><b>Threading</b>: one thread writes, any number of threads read.
 */
final class NodeGauges {
  /** The only thing with its tags. */
  private static final String ONLY = "";

  private static final double MILLIS_PER_SECOND = 1e3;

  private final Gauges<Integer, Progress> subscriptions;
  private final Gauges<Integer, WorkerProgress> workers;
  private final Gauges<Integer, WorkerProgress> keys;
  private final Gauges<Integer, Integer> partitions;
  private final Gauges<Integer, LogProgress> logs;
  private final Gauges<String, LimitsProgress> running;
  private final Gauges<String, LimitsProgress> permits;
  private final Gauges<String, LimitsProgress> rates;
  private final Gauges<String, LimitsProgress> breakers;
  private final Gauges<String, JournalWritten> journal;
  private final Gauges<String, OutboxProgress> outboxes;
  private final Gauges<Integer, TransactionsProgress> transactions;

  NodeGauges(Meters meters, LongSupplier nanoClock) {
    subscriptions =
        new Gauges<Integer, Progress>(meters, nanoClock)
            .sum(Metric.LAG, event -> event.status().lag())
            .highest(Metric.LAG_AGE, event -> event.age().toMillis() / MILLIS_PER_SECOND)
            .sum(Metric.RETRYING, event -> event.status().problems().retrying())
            .sum(Metric.WAITING, event -> event.status().problems().waiting())
            .sum(Metric.PARKED_KEYS, event -> event.status().problems().parkedKeys())
            .sum(Metric.DEAD_LETTERS, event -> event.status().problems().deadLetters())
            .sum(
                Metric.PAUSED_PARTITIONS,
                event -> event.status().problems().paused().isPresent() ? 1 : 0)
            .sum(Metric.HANGING, event -> event.status().problems().hanging());
    workers =
        new Gauges<Integer, WorkerProgress>(meters, nanoClock)
            .sum(Metric.WORKERS, event -> 1)
            .sum(Metric.IN_FLIGHT, WorkerProgress::running);
    keys =
        new Gauges<Integer, WorkerProgress>(meters, nanoClock)
            .sum(Metric.KEYS, WorkerProgress::keys);
    partitions =
        new Gauges<Integer, Integer>(meters, nanoClock).sum(Metric.PARTITIONS, partition -> 1);
    logs =
        new Gauges<Integer, LogProgress>(meters, nanoClock).sum(Metric.LOG, LogProgress::endOffset);
    running =
        new Gauges<String, LimitsProgress>(meters, nanoClock)
            .sum(Metric.PERMITS_USED, LimitsProgress::running);
    permits =
        new Gauges<String, LimitsProgress>(meters, nanoClock)
            .sum(Metric.PERMITS, event -> event.permits().orElse(0));
    rates =
        new Gauges<String, LimitsProgress>(meters, nanoClock)
            .sum(Metric.RATE_LIMIT, event -> event.rate().orElse(0));
    breakers =
        new Gauges<String, LimitsProgress>(meters, nanoClock)
            .sum(Metric.BREAKER, event -> event.breaker().map(NodeGauges::number).orElse(0));
    journal =
        new Gauges<String, JournalWritten>(meters, nanoClock)
            .sum(Metric.JOURNAL_WAITING, JournalWritten::waiting);
    outboxes =
        new Gauges<String, OutboxProgress>(meters, nanoClock)
            .sum(Metric.OUTBOX_WAITING, event -> event.status().waiting())
            .sum(Metric.OUTBOX_AGE, event -> event.status().age().toMillis() / MILLIS_PER_SECOND)
            .sum(Metric.OUTBOX_DEAD_LETTERS, event -> event.status().deadLetters())
            .sum(Metric.OUTBOX_PARKED, event -> event.status().parked());
    transactions =
        new Gauges<Integer, TransactionsProgress>(meters, nanoClock)
            .sum(Metric.TRANSACTIONS_UNFINISHED, TransactionsProgress::unfinished)
            .highest(Metric.TRANSACTIONS_AGE, event -> event.age().toMillis() / MILLIS_PER_SECOND);
  }

  private static int number(BreakerState state) {
    return switch (state) {
      case CLOSED -> 0;
      case HALF_OPEN -> 1;
      case OPEN -> 2;
    };
  }

  private static List<String> tags(Place place) {
    return List.of(place.topic(), place.subscription());
  }

  void subscription(Progress event) {
    subscriptions.put(tags(event.place()), event.place().partition(), event);
  }

  void log(LogProgress event) {
    logs.put(List.of(event.topic()), event.partition(), event);
    // A partition reports its log as long as it is here.
    partitions.put(List.of(event.topic()), event.partition(), event.partition());
  }

  void partitionStarted(String topic, int partition) {
    partitions.put(List.of(topic), partition, partition);
  }

  void partitionStopped(String topic, int partition) {
    partitions.remove(List.of(topic), partition);
    logs.remove(List.of(topic), partition);
    subscriptions.removeEverywhere(topic, partition);
  }

  void workerStarted(Place place) {
    workers.put(
        tags(place), place.partition(), new WorkerProgress(place, 0, 0, 0, 0, Duration.ZERO));
  }

  void worker(WorkerProgress event) {
    List<String> tags = tags(event.place());
    workers.put(tags, event.place().partition(), event);
    if (event.keys() > 0 || keys.knows(tags)) {
      keys.put(tags, event.place().partition(), event);
    }
  }

  void workerStopped(Place place) {
    workers.remove(tags(place), place.partition());
    keys.remove(tags(place), place.partition());
  }

  void limits(LimitsProgress event) {
    List<String> tags = List.of(event.topic(), event.subscription());
    running.put(tags, ONLY, event);
    if (event.permits().isPresent()) {
      permits.put(tags, ONLY, event);
    }
    if (event.rate().isPresent()) {
      rates.put(tags, ONLY, event);
    }
    if (event.breaker().isPresent()) {
      breakers.put(tags, ONLY, event);
    }
  }

  void journal(JournalWritten event) {
    journal.put(List.of(), ONLY, event);
  }

  void outbox(OutboxProgress event) {
    outboxes.put(List.of(event.outbox()), ONLY, event);
  }

  void transactions(TransactionsProgress event) {
    transactions.put(List.of(), event.log(), event);
  }

  /** Forgets all, because the node has ended. */
  void clear() {
    for (Gauges<?, ?> gauges :
        List.of(
            subscriptions,
            workers,
            keys,
            partitions,
            logs,
            running,
            permits,
            rates,
            breakers,
            journal,
            outboxes,
            transactions)) {
      gauges.clear();
    }
  }
}
