package org.perille.proof.delivery;

import java.util.List;

/**
 * The time of a scenario. It advances only on request.
 *
 * <p>Publishers, and nodes whose clocks aren't wrong by days, show this time. An operator may set
 * it by seconds.
 */
final class ModelClock {
  /** A time from which clocks can be set back by days, and still show a time after 1970. */
  private static final long START_MILLIS = 1_000_000_000_000L;

  /** The clocks of the nodes that workers run on. */
  private final List<NodeClock> nodes = List.of(new NodeClock(this), new NodeClock(this));

  private long nowMillis = START_MILLIS;
  private long highestMillis = nowMillis;
  private long passedMillis;
  private long setBackMillis;
  private int periods;

  ModelClock() {
    beginPeriod();
  }

  void pass(long millis) {
    nowMillis += millis;
    passedMillis += millis;
    highestMillis = Math.max(highestMillis, nowMillis);
    nodes.forEach(NodeClock::noteTime);
  }

  /** Sets the clocks of all nodes, as an operator does. */
  void jump(long millis) {
    nowMillis += millis;
    setBackMillis += Math.max(0, -millis);
    highestMillis = Math.max(highestMillis, nowMillis);
    beginPeriod();
  }

  /** Begins a period: a clock was set. */
  void beginPeriod() {
    periods++;
    nodes.forEach(NodeClock::beginPeriod);
  }

  /** Returns the number of the current period between two settings of clocks. */
  int period() {
    return periods - 1;
  }

  /** Returns the clocks of the nodes with workers. */
  List<NodeClock> nodes() {
    return nodes;
  }

  /** Returns the latest time that the clock of any node has shown since a period began. */
  long latestSince(int period) {
    return nodes.stream().mapToLong(node -> node.latestSince(period)).max().orElseThrow();
  }

  /** Returns the time that a clock shows which isn't wrong by days. */
  long millis() {
    return nowMillis;
  }

  /** Returns the latest time that such a clock has ever shown. */
  long highestMillis() {
    return highestMillis;
  }

  /** Returns by how much the clocks of all nodes were set back, all times together. */
  long setBackMillis() {
    return setBackMillis;
  }

  /** Returns the time that has passed, independent of the time shown. */
  long passedMillis() {
    return passedMillis;
  }
}
