package org.perille.proof.workload;

import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import org.perille.testkit.history.History;
import org.perille.testkit.history.Operation;
import org.perille.testkit.history.Operation.PublishEnded;
import org.perille.testkit.history.Operation.PublishInvoked;
import org.perille.testkit.history.Outcome;

/**
 * The publishes of clients and their outcomes, without the messages that handlers have passed on.
 */
final class Publishes {
  private final Map<Outcome, Long> byOutcome = new EnumMap<>(Outcome.class);
  private final Map<MessageFault, Long> byBurden = new EnumMap<>(MessageFault.class);

  private Publishes() {}

  static Publishes of(History history) {
    Publishes publishes = new Publishes();
    Map<Long, Outcome> outcomes = new HashMap<>();
    for (Operation operation : history.operations()) {
      if (operation instanceof PublishEnded ended) {
        outcomes.put(ended.call(), ended.outcome());
      }
    }
    for (Operation operation : history.operations()) {
      if (operation instanceof PublishInvoked invoked
          && invoked.topic().equals(Workload.LOAD.name())) {
        Outcome outcome = outcomes.getOrDefault(invoked.call(), Outcome.UNKNOWN);
        publishes.byOutcome.merge(outcome, 1L, Long::sum);
        publishes.byBurden.merge(MessageFault.told(invoked.value()), 1L, Long::sum);
      }
    }
    return publishes;
  }

  long count(Outcome outcome) {
    return byOutcome.getOrDefault(outcome, 0L);
  }

  Map<MessageFault, Long> byBurden() {
    return Collections.unmodifiableMap(byBurden);
  }
}
