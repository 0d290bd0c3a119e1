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
  HANGING(
      "perille.hanging",
      Kind.GAUGE,
      "calls",
      "calls of handlers that run for longer than perille.subscription.hanging-after",
      Tags.TOPIC,
      Tags.SUBSCRIPTION),

  PARTITIONS(
      "perille.partitions", Kind.GAUGE, "partitions", "partitions that this node owns", Tags.TOPIC),
  PARTITION_STARTS(
      "perille.partition.starts",
      Kind.COUNTER,
      "starts",
      "starts of partitions on this node: moves and restarts",
      Tags.TOPIC),

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
