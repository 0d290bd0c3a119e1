package org.perille.micrometer;

import java.util.List;

/**
 * All metrics. {@code docs/reference/metrics.md} has the same ones, by test.
 *
 * <p>The values of every tag are bounded by what the application defines. None is a key, an id, or
 * text of a message or an error.
 */
enum Metric {
  PUBLISHED("perille.published", Kind.COUNTER, "messages", "messages that were stored", Tags.TOPIC),
  DUPLICATES(
      "perille.published.duplicates",
      Kind.COUNTER,
      "messages",
      "messages that were not stored again, because their id was known; included in published",
      Tags.TOPIC),
  PUBLISH_LATENCY(
      "perille.publish.latency",
      Kind.TIMER,
      "seconds",
      "time from publish to receipt of the first message of each batch",
      Tags.TOPIC),
  REFUSED(
      "perille.publish.refused",
      Kind.COUNTER,
      "messages",
      "messages that were refused, and are not stored",
      Tags.TOPIC,
      Tags.REASON),
  UNKNOWN(
      "perille.publish.unknown",
      Kind.COUNTER,
      "messages",
      "messages without a receipt, which may be stored",
      Tags.TOPIC),

  HANDLED(
      "perille.handled",
      Kind.COUNTER,
      "messages",
      "messages that were handled, again if redelivered",
      Tags.TOPIC,
      Tags.SUBSCRIPTION),
  HANDLING(
      "perille.handling",
      Kind.TIMER,
      "seconds",
      "duration of each call of a handler that succeeded",
      Tags.TOPIC,
      Tags.SUBSCRIPTION),
  FAILED(
      "perille.failed",
      Kind.COUNTER,
      "attempts",
      "attempts that failed, by the kind of failure and its consequence",
      Tags.TOPIC,
      Tags.SUBSCRIPTION,
      Tags.KIND,
      Tags.CONSEQUENCE),
  REDRIVEN(
      "perille.dead.letters.redriven",
      Kind.COUNTER,
      "messages",
      "dead letters that an operator has redriven",
      Tags.TOPIC,
      Tags.SUBSCRIPTION),
  DISCARDED(
      "perille.dead.letters.discarded",
      Kind.COUNTER,
      "messages",
      "dead letters that an operator has discarded",
      Tags.TOPIC,
      Tags.SUBSCRIPTION),

  LAG(
      "perille.lag",
      Kind.GAUGE,
      "messages",
      "messages that are not finished, in the partitions of this node",
      Tags.TOPIC,
      Tags.SUBSCRIPTION),
  LAG_AGE(
      "perille.lag.age",
      Kind.GAUGE,
      "seconds",
      "age of the oldest message that the subscription has not passed, in the partitions of this node",
      Tags.TOPIC,
      Tags.SUBSCRIPTION),
  RETRYING(
      "perille.retrying",
      Kind.GAUGE,
      "messages",
      "messages that failed and will be retried",
      Tags.TOPIC,
      Tags.SUBSCRIPTION),
  WAITING(
      "perille.waiting",
      Kind.GAUGE,
      "messages",
      "messages behind one that is retried or parked, or before their time",
      Tags.TOPIC,
      Tags.SUBSCRIPTION),
  PARKED_KEYS(
      "perille.parked.keys",
      Kind.GAUGE,
      "keys",
      "keys whose messages wait behind a dead letter",
      Tags.TOPIC,
      Tags.SUBSCRIPTION),
  DEAD_LETTERS(
      "perille.dead.letters",
      Kind.GAUGE,
      "messages",
      "dead letters that are neither redriven nor discarded",
      Tags.TOPIC,
      Tags.SUBSCRIPTION),
  PAUSED_PARTITIONS(
      "perille.paused.partitions",
      Kind.GAUGE,
      "partitions",
      "partitions in which no handler starts: paused, stopped, limited, or with an open circuit breaker",
      Tags.TOPIC,
      Tags.SUBSCRIPTION),
  IN_FLIGHT(
      "perille.in.flight",
      Kind.GAUGE,
      "calls",
      "calls of handlers that run on this node",
      Tags.TOPIC,
      Tags.SUBSCRIPTION),
  HANGING(
      "perille.hanging",
      Kind.GAUGE,
      "calls",
      "calls of handlers that run for longer than perille.subscription.hanging-after",
      Tags.TOPIC,
      Tags.SUBSCRIPTION),

  EFFECTS(
      "perille.effects",
      Kind.COUNTER,
      "messages",
      "messages whose effects were stored in the journal",
      Tags.TOPIC,
      Tags.SUBSCRIPTION),
  KEYS(
      "perille.keys",
      Kind.GAUGE,
      "keys",
      "keys in the memory of this node, of subscriptions whose state is kept by key",
      Tags.TOPIC,
      Tags.SUBSCRIPTION),
  KEYS_RECOVERED(
      "perille.keys.recovered",
      Kind.COUNTER,
      "keys",
      "keys that were recovered from the journal, including new ones",
      Tags.TOPIC,
      Tags.SUBSCRIPTION),
  KEYS_RECOVERY(
      "perille.keys.recovery",
      Kind.COUNTER,
      "seconds",
      "sum of the times that recoveries of keys took, which overlap",
      Tags.TOPIC,
      Tags.SUBSCRIPTION),
  RECOVERY(
      "perille.recovery",
      Kind.TIMER,
      "seconds",
      "time until a partition, or a worker, could act after its start on this node",
      Tags.TOPIC,
      Tags.KIND),

  PERMITS_USED(
      "perille.permits.used",
      Kind.GAUGE,
      "permits",
      "runs of handlers on this node, of a subscription with limits or a circuit breaker",
      Tags.TOPIC,
      Tags.SUBSCRIPTION),
  PERMITS(
      "perille.permits",
      Kind.GAUGE,
      "permits",
      "runs of handlers that this node may have at the same time, of a subscription that limits them",
      Tags.TOPIC,
      Tags.SUBSCRIPTION),
  RATE_LIMIT(
      "perille.rate.limit",
      Kind.GAUGE,
      "",
      "messages per second that this node may begin, of a subscription that limits them",
      Tags.TOPIC,
      Tags.SUBSCRIPTION),
  BREAKER(
      "perille.breaker.state",
      Kind.GAUGE,
      "",
      "the circuit breaker of a subscription on this node: 0 closed, 1 half open, 2 open",
      Tags.TOPIC,
      Tags.SUBSCRIPTION),
  BREAKER_OPENED(
      "perille.breaker.opened",
      Kind.COUNTER,
      "times",
      "times that the circuit breaker has opened on this node, without probes that failed",
      Tags.TOPIC,
      Tags.SUBSCRIPTION),

  LOG(
      "perille.log",
      Kind.GAUGE,
      "messages",
      "messages in the logs of the partitions of this node",
      Tags.TOPIC),
  PARTITIONS(
      "perille.partitions",
      Kind.GAUGE,
      "partitions",
      "partitions that this node owns and that were ever used",
      Tags.TOPIC),
  PARTITION_STARTS(
      "perille.partition.starts",
      Kind.COUNTER,
      "starts",
      "starts of partitions on this node: moves and restarts",
      Tags.TOPIC),
  WORKERS(
      "perille.workers",
      Kind.GAUGE,
      "workers",
      "workers on this node, one for each partition of a subscription that it handles",
      Tags.TOPIC,
      Tags.SUBSCRIPTION),
  WORKER_STARTS(
      "perille.worker.starts",
      Kind.COUNTER,
      "starts",
      "starts of workers on this node: moves and restarts",
      Tags.TOPIC,
      Tags.SUBSCRIPTION),

  JOURNAL_WRITE(
      "perille.journal.write",
      Kind.TIMER,
      "seconds",
      "duration of each transaction of this node's journal, with the commit"),
  JOURNAL_ROWS(
      "perille.journal.rows", Kind.COUNTER, "rows", "rows that these transactions have stored"),
  JOURNAL_WAITING(
      "perille.journal.waiting",
      Kind.GAUGE,
      "writes",
      "writes that waited for the next transaction when the latest one had ended"),

  OUTBOX_PUBLISHED(
      "perille.outbox.published",
      Kind.COUNTER,
      "messages",
      "messages that this process has inserted by Outbox.publish, committed or not",
      Tags.OUTBOX),
  OUTBOX_RELAYED(
      "perille.outbox.relayed",
      Kind.COUNTER,
      "messages",
      "messages of the outbox that this node has published to their topics",
      Tags.OUTBOX),
  OUTBOX_FAILURES(
      "perille.outbox.failures",
      Kind.COUNTER,
      "failures",
      "failures of the outbox's relay on this node, after which it begins again",
      Tags.OUTBOX),
  OUTBOX_WAITING(
      "perille.outbox.waiting",
      Kind.GAUGE,
      "rows",
      "committed rows that aren't finished, without those behind dead letters",
      Tags.OUTBOX),
  OUTBOX_AGE(
      "perille.outbox.age", Kind.GAUGE, "seconds", "age of the oldest of these rows", Tags.OUTBOX),
  OUTBOX_DEAD_LETTERS(
      "perille.outbox.dead.letters",
      Kind.GAUGE,
      "rows",
      "dead letters of the outbox, neither redriven nor discarded",
      Tags.OUTBOX),
  OUTBOX_PARKED(
      "perille.outbox.parked",
      Kind.GAUGE,
      "rows",
      "rows that wait behind a dead letter of their key",
      Tags.OUTBOX),

  TRANSACTIONS_UNFINISHED(
      "perille.transactions.unfinished",
      Kind.GAUGE,
      "transactions",
      "committed transactions whose messages are not all stored, in the logs of this node"),
  TRANSACTIONS_AGE(
      "perille.transactions.age", Kind.GAUGE, "seconds", "age of the oldest of these transactions"),

  LIVE("perille.live", Kind.GAUGE, "", "1 if health().live(), otherwise 0"),
  READY("perille.ready", Kind.GAUGE, "", "1 if health().ready(), otherwise 0"),
  PROBLEMS("perille.problems", Kind.GAUGE, "problems", "the number of health().problems()"),
  NODE_STARTS("perille.node.starts", Kind.COUNTER, "starts", "starts of this node in this process"),
  NODE_DOWNS(
      "perille.node.downs",
      Kind.COUNTER,
      "downs",
      "times that the cluster went on without this node"),
  MISSED(
      "perille.missed",
      Kind.COUNTER,
      "events",
      "events that are missing in these metrics, because there were too many at once");

  /** The kinds of meters. */
  enum Kind {
    COUNTER,
    TIMER,
    GAUGE
  }

  /** The names of tags. */
  static final class Tags {
    static final String TOPIC = "topic";
    static final String SUBSCRIPTION = "subscription";
    static final String REASON = "reason";
    static final String KIND = "kind";
    static final String CONSEQUENCE = "consequence";
    static final String OUTBOX = "outbox";

    private Tags() {}
  }

  private final String id;
  private final Kind kind;
  private final String unit;
  private final String description;

  @SuppressWarnings("ImmutableEnumChecker") // the list is immutable
  private final List<String> tags;

  Metric(String id, Kind kind, String unit, String description, String... tags) {
    this.id = id;
    this.kind = kind;
    this.unit = unit;
    this.description = description;
    this.tags = List.of(tags);
  }

  /** Returns the name in Micrometer. */
  String id() {
    return id;
  }

  Kind kind() {
    return kind;
  }

  /** Returns the unit; empty if it has none. */
  String unit() {
    return unit;
  }

  String description() {
    return description;
  }

  List<String> tags() {
    return tags;
  }
}
