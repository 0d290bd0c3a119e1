package org.perille.proof.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.perille.Delivery;
import org.perille.OnExpired;
import org.perille.internal.cursor.CursorPolicy;
import org.perille.internal.failure.DeferredMessage;
import org.perille.internal.failure.FailureState;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.log.LogEntry;

/** A check of the handling of messages against the guarantees, at every step and at the end. */
final class Ledger {
  private final Simulation scenario;
  private final AttemptCheck attempts;
  private final StateCheck states;
  private final Map<Long, Integer> entered = new HashMap<>();
  private final Map<Long, GenerationFacts> generations = new TreeMap<>();
  private final Map<ModelWorkerRun, RunFacts> runs = new HashMap<>();
  private final Set<Long> lost = new HashSet<>();
  private int redriven;

  Ledger(Simulation scenario) {
    this.scenario = scenario;
    this.attempts = new AttemptCheck(scenario, this);
    this.states = new StateCheck(scenario);
  }

  /** Returns the known facts about the messages in a generation. */
  GenerationFacts known(long generation) {
    return generations.computeIfAbsent(generation, number -> new GenerationFacts());
  }

  /** Returns the messages of a run. */
  RunFacts seen(ModelWorkerRun workerRun) {
    return runs.computeIfAbsent(workerRun, run -> new RunFacts());
  }

  private CursorPolicy policy() {
    return scenario.setup().policy();
  }

  /** Records a batch that a worker has received. */
  void received(ModelWorkerRun workerRun, FeedBatch batch) {
    batch.entries().forEach(entry -> seen(workerRun).received().add(entry.offset()));
  }

  /** Records and checks a handler call. */
  ModelAttempt enter(ModelWorkerRun workerRun, Delivery<String> delivery, boolean abandoned) {
    long offset = delivery.offset();
    scenario.tell(
        workerRun,
        "handles",
        offset,
        "of",
        delivery.key() + ", attempt",
        delivery.attempt(),
        delivery.redelivered() ? ", redelivered" : "");
    int number = entered.merge(offset, 1, Integer::sum);
    ModelAttempt attempt =
        new ModelAttempt(
            delivery, group(offset), workerRun.generation(), number, scenario.newCall());
    if (abandoned) {
      attempt.beginLate();
      return attempt;
    }
    boolean current = scenario.workers().isCurrent(workerRun);
    attempts.checkTurn(workerRun, attempt);
    if (current) {
      attempts.check(workerRun, delivery, number);
    }
    GenerationFacts known = known(workerRun.generation());
    if (policy() == CursorPolicy.BEFORE) {
      assertThat(known.entered()).as("what the handler has got").doesNotContain(offset);
      if (current) {
        known.checkStart(attempt.group(), offset);
      }
    }
    known.entered().add(offset);
    seen(workerRun).entered().add(offset);
    return attempt;
  }

  /** Returns the dead letters that a successor in a generation would recover. */
  Set<Long> durableLetters(long generation) {
    FailureState durable = scenario.storage().durableFailures();
    return durable.generation() == generation ? durable.letters().keySet() : Set.of();
  }

  /** Returns the ordering group of a message. */
  String group(long offset) {
    return scenario.setup().subscription().ordered()
        ? scenario.topic().entries().get((int) offset).message().key()
        : "" + offset;
  }

  /** Returns whether a worker may skip a message because it has expired. */
  boolean mayBeSkipped(LogEntry entry) {
    boolean skips =
        policy() == CursorPolicy.NEVER
            || scenario.setup().subscription().onExpired() == OnExpired.DROP;
    return skips
        && entry
            .message()
            .times()
            .isExpiredAt(
                scenario.clock().latestSince(scenario.application().madeIn(entry.offset())));
  }

  /**
   * Records a successful handler call. In a transactional store only the commit makes it an effect.
   */
  void succeeded(ModelAttempt attempt) {
    if (policy() != CursorPolicy.WITH_EFFECT && !attempt.isAbandoned()) {
      known(attempt.generation()).handle(attempt.offset());
    }
  }

  /** Records the rollback of a transaction whose attempts don't count. */
  void notStarted(ModelWorkerRun workerRun, Collection<Long> offsets) {
    for (long offset : offsets) {
      entered.merge(offset, -1, Integer::sum);
      known(workerRun.generation()).uncountEntry(offset);
    }
  }

  /** Records and checks durable effects. */
  void committed(List<Long> offsets, long generation) {
    offsets.forEach(offset -> known(generation).commit(group(offset), offset));
  }

  /** Checks the state of a worker after each of its steps. */
  void observe(ModelWorkerRun workerRun) {
    scenario.operator().takeAnswers(workerRun);
    if (scenario.workers().isCurrent(workerRun) && workerRun.core().cursor().isPresent()) {
      states.check(workerRun, known(workerRun.generation()), redriven);
    }
  }

  /** Records redriven dead letters. The operator has received the answer. */
  void redriven(Collection<Long> offsets, long generation) {
    known(generation).forgetEntries(offsets);
    redriven += offsets.size();
  }

  void discarded(Collection<Long> offsets, long generation) {
    known(generation).discarded().addAll(offsets);
  }

  /** Records that a caller was notified of a finished message. */
  void told(long offset, long generation) {
    assertThat(durableLetters(generation)).as("letters that may come back").doesNotContain(offset);
    known(generation).told().add(offset);
  }

  /** Records the orderly stop of a run. None of its messages may be lost. */
  void endedInOrder(ModelWorkerRun workerRun) {
    runs.remove(workerRun);
  }

  /**
   * Records that a successor takes over. Without second attempts, the messages under way are lost.
   */
  void takenOver() {
    if (policy() == CursorPolicy.BEFORE) {
      FailureState durable = scenario.storage().durableFailures();
      TreeSet<Long> underWay = new TreeSet<>();
      runs.values().forEach(seen -> underWay.addAll(seen.received()));
      durable
          .deferred()
          .byGroup()
          .values()
          .forEach(all -> all.forEach(deferred -> underWay.add(deferred.offset())));
      // The failures of an earlier generation say nothing about this one.
      boolean known = durable.generation() >= scenario.storage().generation();
      underWay.removeIf(offset -> known && !mayBeLost(durable, offset));
      lost.addAll(underWay);
    }
  }

  private static boolean mayBeLost(FailureState durable, long offset) {
    Optional<DeferredMessage> deferred = durable.deferred().at(offset);
    return !durable.letters().containsKey(offset)
        && deferred.map(DeferredMessage::begun).orElse(true);
  }

  /** Returns the first message that isn't finished in a run. */
  Optional<Long> firstOpen(ModelWorkerRun workerRun) {
    long start = workerRun.core().cursor().map(c -> c.generation().start()).orElse(0L);
    Set<Long> durablyDiscarded = scenario.operator().discarded(workerRun.generation());
    return scenario.topic().entries().stream()
        .filter(entry -> entry.offset() >= start)
        .filter(entry -> !isOver(workerRun, durablyDiscarded, entry))
        .map(LogEntry::offset)
        .findFirst();
  }

  /** Returns whether all messages are finished in a run. */
  boolean isSettled(ModelWorkerRun workerRun) {
    return firstOpen(workerRun).isEmpty();
  }

  private boolean isOver(ModelWorkerRun workerRun, Set<Long> discarded, LogEntry entry) {
    long offset = entry.offset();
    RunFacts seen = seen(workerRun);
    GenerationFacts known = known(workerRun.generation());
    boolean over =
        switch (policy()) {
          case NEVER -> !seen.received().contains(offset) || seen.entered().contains(offset);
          case BEFORE ->
              known.entered().contains(offset)
                  || lost.contains(offset)
                  || discarded.contains(offset);
          default -> known.handled().contains(offset) || discarded.contains(offset);
        };
    return over || mayBeSkipped(entry);
  }

  /** Checks the final state of all messages. */
  void check(ModelWorkerRun workerRun) {
    assertThat(firstOpen(workerRun)).as("the first message that was lost").isEmpty();
    if (policy() == CursorPolicy.WITH_EFFECT) {
      Set<Long> handled = known(workerRun.generation()).handled();
      handled.retainAll(scenario.operator().discarded(workerRun.generation()));
      assertThat(handled).as("effects of what was discarded").isEmpty();
    }
    assertThat(workerRun.core().failures().deferred().size()).isZero();
    assertThat(workerRun.core().failures().letters()).isEmpty();
  }
}
