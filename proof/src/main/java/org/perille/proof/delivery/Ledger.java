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
import org.perille.DeadLetter;
import org.perille.Delivery;
import org.perille.OnExhausted;
import org.perille.OnExpired;
import org.perille.internal.cursor.CursorPolicy;
import org.perille.internal.failure.DeadLetterRecord;
import org.perille.internal.failure.DeferredMessage;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailureState;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.log.LogEntry;
import org.perille.internal.settings.WorkerSettings;
import org.perille.internal.worker.WorkerEvent;

/** A check of the handling of messages against the guarantees, at every step and at the end. */
final class Ledger {
  /** The known facts about the messages in one generation of the subscription. */
  private static final class Known {
    private final Set<Long> entered = new HashSet<>();
    private final Set<Long> handled = new HashSet<>();
    private final Set<Long> discarded = new HashSet<>();
    private final Set<Long> told = new HashSet<>();
    private final Map<Long, OnExhausted> letters = new HashMap<>();
    private final Map<Long, Integer> attempts = new HashMap<>();
    private final Map<Long, Integer> entries = new HashMap<>();
    private final Map<String, Long> lastCommitted = new HashMap<>();

    /**
     * The last message of each ordering group that the current worker started. Replaced workers
     * don't count, as they handle late what they have read.
     */
    private final Map<String, Long> lastEntered = new HashMap<>();
  }

  /** The messages of one run of a worker. */
  private static final class Seen {
    private final TreeSet<Long> received = new TreeSet<>();
    private final Set<Long> entered = new HashSet<>();
    private final Map<String, Long> last = new HashMap<>();
  }

  private final Simulation scenario;
  private final Map<Long, Integer> entered = new HashMap<>();
  private final Map<Long, Known> generations = new TreeMap<>();
  private final Map<ModelWorkerRun, Seen> lives = new HashMap<>();
  private final Set<Long> lost = new HashSet<>();
  private final Set<Long> skipped = new HashSet<>();
  private int redriven;

  Ledger(Simulation scenario) {
    this.scenario = scenario;
  }

  private Known known(long generation) {
    return generations.computeIfAbsent(generation, number -> new Known());
  }

  private Seen seen(ModelWorkerRun workerRun) {
    return lives.computeIfAbsent(workerRun, l -> new Seen());
  }

  private static long generation(ModelWorkerRun workerRun) {
    return workerRun.core().cursor().map(c -> c.generation().number()).orElse(0L);
  }

  private CursorPolicy policy() {
    return scenario.setup().policy();
  }

  private boolean keepsAttempts() {
    return policy() == CursorPolicy.AFTER || policy() == CursorPolicy.WITH_EFFECT;
  }

  /** Checks where a feed starts. */
  void feedStarts(WorkerEvent.FeedStarts starts) {
    assertThat(starts.mark().stream().allMatch(scenario.topic()::has))
        .as("%s is of this log", starts.mark())
        .isTrue();
    assertThat(starts.sequenceNumber())
        .as("sequence number to read from, for offset %d", starts.offset())
        .isBetween(1L, scenario.topic().sequenceNumber(starts.offset()));
  }

  /** Records a batch, and checks that it is the log's, and follows the one before. */
  void received(ModelWorkerRun workerRun, long fedUpTo, FeedBatch batch) {
    List<LogEntry> stored = scenario.topic().entries();
    int end = (int) batch.endOffset();
    if (batch.firstOffset() != fedUpTo
        || end > stored.size()
        || !batch.entries().equals(stored.subList((int) fedUpTo, end))
        || !batch.mark().equals(scenario.topic().markBefore(end))
        || batch.sequenceNumber() != scenario.topic().sequenceNumber(fedUpTo)) {
      throw new AssertionError(
          "a batch from %d to %d of event %d isn't what the log has from %d on"
              .formatted(batch.firstOffset(), end, batch.sequenceNumber(), fedUpTo));
    }
    batch.entries().forEach(entry -> seen(workerRun).received.add(entry.offset()));
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
            delivery, group(offset), generation(workerRun), number, scenario.newCall());
    if (abandoned) {
      attempt.beginLate();
      return attempt;
    }
    checkTurn(workerRun, attempt);
    if (scenario.isCurrent(workerRun)) {
      checkAttempt(workerRun, delivery, number);
      checkBehind(workerRun, delivery);
      checkDurable(workerRun, delivery);
    }
    Known known = known(generation(workerRun));
    if (policy() == CursorPolicy.BEFORE) {
      assertThat(known.entered).as("what the handler has got").doesNotContain(offset);
      if (scenario.isCurrent(workerRun)) {
        checkOrder(attempt.group(), offset, known.lastEntered, known);
      }
    }
    known.entered.add(offset);
    seen(workerRun).entered.add(offset);
    return attempt;
  }

  /** Checks that the state a handler relies on is durable, and so holds for a successor, too. */
  private void checkDurable(ModelWorkerRun workerRun, Delivery<String> delivery) {
    if (policy() != CursorPolicy.NEVER) {
      assertThat(scenario.hasBegun()).as("its beginning is durable").isTrue();
    }
    if (workerRun.core().isDiscarding()) {
      Map<Long, OnExhausted> letters = known(generation(workerRun)).letters;
      assertThat(durableLetters(generation(workerRun)))
          .as("letters that park the key of %d, and may come back", delivery.offset())
          .noneMatch(
              letter ->
                  letter < delivery.offset()
                      && letters.get(letter) == OnExhausted.PARK_KEY
                      && group(letter).equals(group(delivery.offset())));
    }
  }

  private Set<Long> durableLetters(long generation) {
    FailureState durable = scenario.storage().durableFailures();
    return durable.generation() == generation ? durable.letters().keySet() : Set.of();
  }

  private void checkTurn(ModelWorkerRun workerRun, ModelAttempt attempt) {
    assertThat(
            workerRun.handler().running().stream()
                .filter(other -> !other.isAbandoned())
                .map(ModelAttempt::group))
        .as("ordering groups that are being handled when %d begins", attempt.offset())
        .doesNotContain(attempt.group());
    if (policy() != CursorPolicy.WITH_EFFECT) {
      checkOrder(
          attempt.group(), attempt.offset(), seen(workerRun).last, known(generation(workerRun)));
    }
  }

  /** Checks the order of an ordering group. Former dead letters come whenever they are redriven. */
  private static void checkOrder(String group, long offset, Map<String, Long> last, Known known) {
    if (!known.letters.containsKey(offset)) {
      Long before = last.put(group, offset);
      assertThat(before == null || before <= offset)
          .as("%d comes after %s", offset, before)
          .isTrue();
    }
  }

  private String group(long offset) {
    return scenario.setup().subscription().ordered()
        ? scenario.topic().entries().get((int) offset).message().key()
        : "" + offset;
  }

  private void checkAttempt(ModelWorkerRun workerRun, Delivery<String> delivery, int number) {
    long offset = delivery.offset();
    Known known = known(generation(workerRun));
    assertThat(known.discarded).as("discarded for ever").doesNotContain(offset);
    assertThat(isReported(workerRun, offset) && keepsAttempts())
        .as("%d counts as durably handled while it is being handled", offset)
        .isFalse();
    if (!keepsAttempts()) {
      return;
    }
    assertThat(known.told).as("said to be finished for ever").doesNotContain(offset);
    assertThat(delivery.redelivered() || number == 1)
        .as("%d was attempted before, and isn't redelivered", offset)
        .isTrue();
    Integer before = known.attempts.put(offset, delivery.attempt());
    // The worker forgets an expired message that it skipped. Where a clock is behind, it starts
    // with the first attempt again.
    assertThat(
            before == null
                || before <= delivery.attempt()
                || mayBeSkipped(scenario.topic().entries().get((int) offset)))
        .as("attempt %d at %d comes after attempt %s", delivery.attempt(), offset, before)
        .isTrue();
    // Three runs may stop before attempts count. They are the run of a healthy worker, of one that
    // restarts, and of one that tries a few messages at a time. In each a transaction may be tried
    // as a whole, message by message, and once more alone.
    int uncounted = policy() == CursorPolicy.WITH_EFFECT ? 9 : 3;
    assertThat(known.entries.merge(offset, 1, Integer::sum))
        .as("attempts at %d", offset)
        .isLessThanOrEqualTo(scenario.setup().maxAttempts() + uncounted);
  }

  /** Checks that nothing is handled before the messages that its key has to wait for. */
  private void checkBehind(ModelWorkerRun workerRun, Delivery<String> delivery) {
    if (!keepsAttempts() || !scenario.setup().subscription().ordered()) {
      return;
    }
    Known known = known(generation(workerRun));
    long start = workerRun.core().cursor().orElseThrow().generation().start();
    Set<Long> durablyDiscarded = scenario.operator().discarded(generation(workerRun));
    for (LogEntry entry : scenario.topic().entries()) {
      long offset = entry.offset();
      if (offset >= delivery.offset()) {
        return;
      }
      if (offset >= start && entry.message().key().equals(delivery.key())) {
        boolean over =
            known.handled.contains(offset)
                || workerRun.handler().uncommitted().contains(offset)
                || durablyDiscarded.contains(offset)
                || known.letters.get(offset) == OnExhausted.CONTINUE
                || mayBeSkipped(entry);
        assertThat(over)
            .as("%d is handled, and %d of the same key isn't over", delivery.offset(), offset)
            .isTrue();
      }
    }
  }

  boolean mayBeSkipped(LogEntry entry) {
    boolean skips =
        policy() == CursorPolicy.NEVER
            || scenario.setup().subscription().onExpired() == OnExpired.DROP;
    return skips
        && entry
            .message()
            .times()
            .isExpiredAt(scenario.clock().latestSince(scenario.madeIn(entry.offset())));
  }

  /**
   * Records a successful handler call. In a transactional store only the commit makes it an effect.
   */
  void succeeded(ModelWorkerRun workerRun, ModelAttempt attempt) {
    if (policy() != CursorPolicy.WITH_EFFECT && !attempt.isAbandoned()) {
      handled(attempt.offset(), known(attempt.generation()));
    }
  }

  /** Records the rollback of a transaction whose attempts don't count. */
  void notStarted(ModelWorkerRun workerRun, Collection<Long> offsets) {
    for (long offset : offsets) {
      entered.merge(offset, -1, Integer::sum);
      known(generation(workerRun)).entries.computeIfPresent(offset, (key, count) -> count - 1);
    }
  }

  /** Records and checks durable effects. */
  void committed(List<Long> offsets, long generation) {
    Known known = known(generation);
    for (long offset : offsets) {
      assertThat(known.handled).as("effects").doesNotContain(offset);
      assertThat(known.discarded).as("discarded messages").doesNotContain(offset);
      handled(offset, known);
      checkOrder(group(offset), offset, known.lastCommitted, known);
    }
  }

  private static void handled(long offset, Known known) {
    known.handled.add(offset);
    known.entries.remove(offset);
    known.attempts.remove(offset);
  }

  /** Checks the state of a worker after each of its steps. */
  void observe(ModelWorkerRun workerRun) {
    scenario.operator().takeAnswers(workerRun);
    if (!scenario.isCurrent(workerRun) || workerRun.core().cursor().isEmpty()) {
      return;
    }
    FailureState failures = workerRun.core().failures();
    Known known = known(generation(workerRun));
    if (failures.generation() == generation(workerRun)) {
      failures.letters().values().forEach(letter -> noteLetter(letter, known));
    }
    if (keepsAttempts()) {
      checkDurablyHandled(workerRun, failures);
    }
    checkRoom(workerRun, failures);
  }

  /**
   * Checks the limit of deferred messages. Messages that were known when the run started are
   * exempt, as the worker must handle them first.
   */
  private void checkRoom(ModelWorkerRun workerRun, FailureState failures) {
    WorkerSettings settings = scenario.setup().settings();
    int most =
        settings.maxDeferredMessages()
            + settings.maxInFlightMessages()
            + 2 * scenario.setup().maxBatch()
            + redriven;
    if (failures.deferred().size() > most) {
      assertThat(
              failures.deferred().byGroup().values().stream()
                  .flatMap(Collection::stream)
                  .filter(deferred -> deferred.offset() >= workerRun.knownBelow()))
          .as("messages deferred")
          .hasSizeLessThanOrEqualTo(most);
    }
  }

  private void noteLetter(DeadLetterRecord letter, Known known) {
    if (known.letters.put(letter.offset(), letter.givenUp().consequence()) == null) {
      FailureEvent.GivenUp givenUp = letter.givenUp();
      switch (givenUp.consequence()) {
        case PARK_KEY -> scenario.mark(Mark.PARKED);
        case STOP_PARTITION -> scenario.mark(Mark.PARTITION_STOPPED);
        case CONTINUE -> {}
      }
      if (givenUp.reason() == DeadLetter.Reason.EXPIRED) {
        scenario.mark(Mark.EXPIRED);
      }
      if (givenUp.reason() == DeadLetter.Reason.ATTEMPTS_EXHAUSTED) {
        scenario.mark(
            givenUp.cause().failure() == DeadLetter.Failure.CRASH
                ? Mark.GIVEN_UP_AFTER_CRASHES
                : Mark.ATTEMPTS_EXHAUSTED);
      }
    }
  }

  /**
   * Returns whether nothing more is published for a message that an earlier generation didn't
   * handle.
   */
  private static boolean isReported(ModelWorkerRun workerRun, long offset) {
    // The durable generation counts, also while the next one is being stored.
    return workerRun.core().durablyHandled().contains(offset)
        && workerRun
            .core()
            .durableCursor()
            .map(durable -> !durable.generation().suppressed().contains(offset))
            .orElse(true);
  }

  private static void checkDurablyHandled(ModelWorkerRun workerRun, FailureState failures) {
    for (Collection<DeferredMessage> messages : failures.deferred().byGroup().values()) {
      for (DeferredMessage message : messages) {
        if (message.begun() || message.outcomeUnknown()) {
          assertThat(isReported(workerRun, message.offset()))
              .as("%s counts as durably handled", message)
              .isFalse();
        }
      }
    }
    workerRun.handler().running().stream()
        .filter(attempt -> !attempt.isAbandoned())
        .forEach(
            attempt ->
                assertThat(isReported(workerRun, attempt.offset()))
                    .as("%d counts as durably handled while it is handled", attempt.offset())
                    .isFalse());
  }

  /** Records redriven dead letters. The operator has received the answer. */
  void redriven(Collection<Long> offsets, long generation) {
    Known known = known(generation);
    known.entries.keySet().removeAll(offsets);
    redriven += offsets.size();
  }

  /** Records dead letters whose redrive was requested, with or without an answer. */
  void redriving(Collection<Long> offsets, long generation) {
    redriven(offsets, generation);
  }

  void discarded(Collection<Long> offsets, long generation) {
    known(generation).discarded.addAll(offsets);
  }

  /** Records that a caller was notified of a finished message. */
  void told(long offset, long generation) {
    assertThat(durableLetters(generation)).as("letters that may come back").doesNotContain(offset);
    known(generation).told.add(offset);
  }

  /** Records the orderly stop of a run. None of its messages may be lost. */
  void endedInOrder(ModelWorkerRun workerRun) {
    lives.remove(workerRun);
  }

  /**
   * Records that a successor takes over. Without second attempts, the messages under way are lost.
   */
  void takenOver() {
    if (policy() == CursorPolicy.BEFORE) {
      FailureState durable = scenario.storage().durableFailures();
      TreeSet<Long> underWay = new TreeSet<>();
      lives.values().forEach(seen -> underWay.addAll(seen.received));
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

  /** Returns whether all messages are finished in the current run. */
  boolean isSettled(ModelWorkerRun workerRun) {
    return firstOpen(workerRun).isEmpty();
  }

  /** Returns a description of the first message that isn't finished in a run. */
  String describe(ModelWorkerRun workerRun) {
    return firstOpen(workerRun).map(offset -> ", offset " + offset + " is open").orElse("");
  }

  private Optional<Long> firstOpen(ModelWorkerRun workerRun) {
    long generation = generation(workerRun);
    Known known = known(generation);
    long start = workerRun.core().cursor().map(c -> c.generation().start()).orElse(0L);
    Set<Long> durablyDiscarded = scenario.operator().discarded(generation);
    return scenario.topic().entries().stream()
        .filter(entry -> entry.offset() >= start)
        .filter(entry -> !isOver(workerRun, known, durablyDiscarded, entry))
        .map(LogEntry::offset)
        .findFirst();
  }

  private boolean isOver(
      ModelWorkerRun workerRun, Known known, Set<Long> discarded, LogEntry entry) {
    long offset = entry.offset();
    return switch (policy()) {
      case NEVER ->
          !seen(workerRun).received.contains(offset)
              || seen(workerRun).entered.contains(offset)
              || mayBeSkipped(entry);
      case BEFORE ->
          known.entered.contains(offset)
              || lost.contains(offset)
              || discarded.contains(offset)
              || mayBeSkipped(entry);
      default ->
          known.handled.contains(offset) || discarded.contains(offset) || mayBeSkipped(entry);
    };
  }

  /** Checks the final state of all messages. */
  void check(ModelWorkerRun workerRun) {
    assertThat(firstOpen(workerRun)).as("the first message that was lost").isEmpty();
    Known known = known(generation(workerRun));
    if (policy() == CursorPolicy.WITH_EFFECT) {
      known.handled.retainAll(scenario.operator().discarded(generation(workerRun)));
      assertThat(known.handled).as("effects of what was discarded").isEmpty();
    }
    assertThat(workerRun.core().failures().deferred().size()).isZero();
    assertThat(workerRun.core().failures().letters()).isEmpty();
  }

  Set<Long> skipped() {
    return skipped;
  }
}
