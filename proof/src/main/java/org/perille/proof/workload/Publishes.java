package org.perille.proof.workload;

import java.io.PrintStream;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.perille.testkit.history.History;
import org.perille.testkit.history.Operation;
import org.perille.testkit.history.Operation.OutboxCommitted;
import org.perille.testkit.history.Operation.OutboxInvoked;
import org.perille.testkit.history.Operation.PublishEnded;
import org.perille.testkit.history.Operation.PublishInvoked;
import org.perille.testkit.history.Outcome;

/**
 * The publishes of clients and their outcomes, without the messages that handlers have passed on.
 */
public final class Publishes {
  private final Map<Outcome, Long> byOutcome = new EnumMap<>(Outcome.class);
  private final Map<MessageFault, Long> byBurden = new EnumMap<>(MessageFault.class);
  private final Map<KeyKind, Long> byKey = new EnumMap<>(KeyKind.class);
  private long insertions;
  private long commits;

  private Publishes() {}

  /** Returns the publishes of a run. */
  public static Publishes of(History history) {
    Publishes publishes = new Publishes();
    Map<Long, Outcome> outcomes = new HashMap<>();
    for (Operation operation : history.operations()) {
      if (operation instanceof PublishEnded ended) {
        outcomes.put(ended.call(), ended.outcome());
      } else if (operation instanceof OutboxInvoked) {
        publishes.insertions++;
      } else if (operation instanceof OutboxCommitted) {
        publishes.commits++;
      }
    }
    for (Operation operation : history.operations()) {
      if (operation instanceof PublishInvoked invoked
          && invoked.topic().equals(Workload.LOAD.name())) {
        Outcome outcome = outcomes.getOrDefault(invoked.call(), Outcome.UNKNOWN);
        publishes.byOutcome.merge(outcome, 1L, Long::sum);
        publishes.byBurden.merge(MessageFault.told(invoked.value()), 1L, Long::sum);
        publishes.byKey.merge(KeyKind.of(invoked.key()), 1L, Long::sum);
      }
    }
    return publishes;
  }

  /** Returns the publishes of no run. */
  public static Publishes none() {
    return new Publishes();
  }

  /** Returns the publishes of these runs together. */
  public Publishes plus(Publishes other) {
    Publishes sum = new Publishes();
    for (Publishes part : new Publishes[] {this, other}) {
      part.byOutcome.forEach((outcome, count) -> sum.byOutcome.merge(outcome, count, Long::sum));
      part.byBurden.forEach((burden, count) -> sum.byBurden.merge(burden, count, Long::sum));
      part.byKey.forEach((kind, count) -> sum.byKey.merge(kind, count, Long::sum));
      sum.insertions += part.insertions;
      sum.commits += part.commits;
    }
    return sum;
  }

  /** Prints how many messages of each kind were published. */
  public void print(PrintStream out) {
    out.printf(
        "%n%d publishes ok, %d refused, %d unknown; among them%n",
        count(Outcome.OK), count(Outcome.FAILED), count(Outcome.UNKNOWN));
    byBurden.forEach(
        (burden, count) -> out.printf("  %-22s%14d%n", FaultTable.label(burden.name()), count));
    out.println("by their keys");
    byKey.forEach(
        (kind, count) -> out.printf("  %-22s%14d%n", FaultTable.label(kind.name()), count));
    out.printf("%d messages inserted into an outbox, %d of them committed%n", insertions, commits);
  }

  /** Returns descriptions of the kinds of messages, keys and publishes that never occurred. */
  public List<String> missing() {
    return Stream.of(
            Stream.of(MessageFault.values())
                .filter(burden -> !byBurden.containsKey(burden))
                .map(burden -> "no message was " + burden),
            Stream.of(KeyKind.values())
                .filter(kind -> !byKey.containsKey(kind))
                .map(kind -> "no message had a key of the kind " + kind),
            Stream.of("no message was committed with an outbox").filter(none -> commits == 0))
        .flatMap(each -> each)
        .toList();
  }

  long count(Outcome outcome) {
    return byOutcome.getOrDefault(outcome, 0L);
  }
}
