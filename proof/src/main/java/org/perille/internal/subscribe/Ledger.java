package org.perille.internal.subscribe;

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
import org.perille.internal.failure.Change;
import org.perille.internal.failure.Failures;
import org.perille.internal.failure.Held;
import org.perille.internal.failure.Letter;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.log.LogEntry;

/** Compares what happens to messages with what is promised, at every step and at the end. */
final class Ledger {
  /** What is known of the messages in one generation of the subscription. */
  private static final class Known {
    private final Set<Long> entered = new HashSet<>();
    private final Set<Long> handled = new HashSet<>();
    private final Set<Long> discarded = new HashSet<>();
    private final Set<Long> told = new HashSet<>();
    private final Map<Long, OnExhausted> letters = new HashMap<>();
    private final Map<Long, Integer> attempts = new HashMap<>();
    private final Map<Long, Integer> entries = new HashMap<>();
    private final Map<String, Long> lastCommitted = new HashMap<>();

    /** By whoever was the current worker then: what one that was replaced has taken comes late. */
    private final Map<String, Long> lastEntered = new HashMap<>();
  }

  /** What a life has done. */
  private static final class Seen {
    private final TreeSet<Long> received = new TreeSet<>();
    private final Set<Long> entered = new HashSet<>();
    private final Map<String, Long> last = new HashMap<>();
  }

  private final Simulation story;
  private final Map<Long, Integer> entered = new HashMap<>();
  private final Map<Long, Known> generations = new TreeMap<>();
  private final Map<ModelLife, Seen> lives = new HashMap<>();
  private final Set<Long> lost = new HashSet<>();
  private final Set<Long> skipped = new HashSet<>();
  private int redriven;

  Ledger(Simulation story) {
    this.story = story;
  }

  private Known known(long generation) {
    return generations.computeIfAbsent(generation, number -> new Known());
  }

  private Seen seen(ModelLife life) {
    return lives.computeIfAbsent(life, l -> new Seen());
  }

  private static long generation(ModelLife life) {
    return life.core().cursor().map(c -> c.generation().number()).orElse(0L);
  }

  private CursorPolicy policy() {
    return story.setup().policy();
  }

  private boolean keepsAttempts() {
    return policy() == CursorPolicy.AFTER || policy() == CursorPolicy.WITH_EFFECT;
  }

  void received(ModelLife life, FeedBatch batch) {
    batch.entries().forEach(entry -> seen(life).received.add(entry.offset()));
  }

  /** A handler is called. */
  ModelAttempt enter(ModelLife life, Delivery<String> delivery, boolean abandoned) {
    long offset = delivery.offset();
    story.tell(
        life,
        "handles",
        offset,
        "of",
        delivery.key() + ", attempt",
        delivery.attempt(),
        delivery.redelivered() ? ", redelivered" : "");
    int number = entered.merge(offset, 1, Integer::sum);
    ModelAttempt attempt =
        new ModelAttempt(delivery, unit(offset), generation(life), number, story.newCall());
    if (abandoned) {
      attempt.beginLate();
      return attempt;
    }
    checkTurn(life, attempt);
    if (story.isCurrent(life)) {
      checkAttempt(life, delivery, number);
      checkBehind(life, delivery);
      checkDurable(life, delivery);
    }
    Known known = known(generation(life));
    if (policy() == CursorPolicy.BEFORE) {
      assertThat(known.entered).as("what the handler has got").doesNotContain(offset);
      if (story.isCurrent(life)) {
        checkOrder(attempt.unit(), offset, known.lastEntered, known);
      }
    }
    known.entered.add(offset);
    seen(life).entered.add(offset);
    return attempt;
  }

  /** What a handler relies on must be so for a successor, too. */
  private void checkDurable(ModelLife life, Delivery<String> delivery) {
    if (policy() != CursorPolicy.NEVER) {
      assertThat(story.hasBegun()).as("its beginning is durable").isTrue();
    }
    if (life.core().isDiscarding()) {
      Map<Long, OnExhausted> letters = known(generation(life)).letters;
      assertThat(durableLetters(generation(life)))
          .as("letters that park the key of %d, and may come back", delivery.offset())
          .noneMatch(
              letter ->
                  letter < delivery.offset()
                      && letters.get(letter) == OnExhausted.PARK_KEY
                      && unit(letter).equals(unit(delivery.offset())));
    }
  }

  private Set<Long> durableLetters(long generation) {
    Failures durable = story.storage().durableFailures();
    return durable.generation() == generation ? durable.letters().keySet() : Set.of();
  }

  private void checkTurn(ModelLife life, ModelAttempt attempt) {
    assertThat(
            life.handler().running().stream()
                .filter(other -> !other.isAbandoned())
                .map(ModelAttempt::unit))
        .as("units that are being handled when %d begins", attempt.offset())
        .doesNotContain(attempt.unit());
    if (policy() != CursorPolicy.WITH_EFFECT) {
      checkOrder(attempt.unit(), attempt.offset(), seen(life).last, known(generation(life)));
    }
  }

  /** What had been a dead letter comes when it was redriven. */
  private static void checkOrder(String unit, long offset, Map<String, Long> last, Known known) {
    if (!known.letters.containsKey(offset)) {
      Long before = last.put(unit, offset);
      assertThat(before == null || before <= offset)
          .as("%d comes after %s", offset, before)
          .isTrue();
    }
  }

  private String unit(long offset) {
    return story.setup().subscription().ordered()
        ? story.topic().entries().get((int) offset).message().key()
        : "" + offset;
  }

  private void checkAttempt(ModelLife life, Delivery<String> delivery, int number) {
    long offset = delivery.offset();
    Known known = known(generation(life));
    assertThat(known.discarded).as("discarded for ever").doesNotContain(offset);
    assertThat(isReported(life, offset) && keepsAttempts())
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
    // One that expired and was skipped is forgotten; where clocks are behind it begins anew.
    assertThat(
            before == null
                || before <= delivery.attempt()
                || mayBeSkipped(story.topic().entries().get((int) offset)))
        .as("attempt %d at %d comes after attempt %s", delivery.attempt(), offset, before)
        .isTrue();
    // Three lives may end before attempts count: of a healthy worker, of one that begins again, and
    // of one that tries a few at a time. In each a transaction may be tried as a whole, one by one,
    // and once more alone.
    int uncounted = policy() == CursorPolicy.WITH_EFFECT ? 9 : 3;
    assertThat(known.entries.merge(offset, 1, Integer::sum))
        .as("attempts at %d", offset)
        .isLessThanOrEqualTo(story.setup().maxAttempts() + uncounted);
  }

  /** Nothing may be handled before what its key has to wait for. */
  private void checkBehind(ModelLife life, Delivery<String> delivery) {
    if (!keepsAttempts() || !story.setup().subscription().ordered()) {
      return;
    }
    Known known = known(generation(life));
    long start = life.core().cursor().orElseThrow().generation().start();
    Set<Long> durablyDiscarded = story.operator().discarded(generation(life));
    for (LogEntry entry : story.topic().entries()) {
      long offset = entry.offset();
      if (offset >= delivery.offset()) {
        return;
      }
      if (offset >= start && entry.message().key().equals(delivery.key())) {
        boolean over =
            known.handled.contains(offset)
                || life.handler().uncommitted().contains(offset)
                || durablyDiscarded.contains(offset)
                || known.letters.get(offset) == OnExhausted.SKIP
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
            || story.setup().subscription().onExpired() == OnExpired.SKIP;
    return skips && entry.message().times().isExpiredAt(story.clock().highestMillis());
  }

  /** A handler has ended well; whether that is an effect depends on who keeps it. */
  void succeeded(ModelLife life, ModelAttempt attempt) {
    if (policy() != CursorPolicy.WITH_EFFECT && !attempt.isAbandoned()) {
      handled(attempt.offset(), known(attempt.generation()));
    }
  }

  /** A transaction was rolled back, and no attempt counts. */
  void notStarted(ModelLife life, Collection<Long> offsets) {
    for (long offset : offsets) {
      entered.merge(offset, -1, Integer::sum);
      known(generation(life)).entries.computeIfPresent(offset, (key, count) -> count - 1);
    }
  }

  /** Effects are durable. */
  void committed(List<Long> offsets, long generation) {
    Known known = known(generation);
    for (long offset : offsets) {
      assertThat(known.handled).as("effects").doesNotContain(offset);
      assertThat(known.discarded).as("discarded messages").doesNotContain(offset);
      handled(offset, known);
      checkOrder(unit(offset), offset, known.lastCommitted, known);
    }
  }

  private static void handled(long offset, Known known) {
    known.handled.add(offset);
    known.entries.remove(offset);
    known.attempts.remove(offset);
  }

  /** Looks at a worker after it has done something. */
  void observe(ModelLife life) {
    story.operator().takeAnswers(life);
    if (!story.isCurrent(life) || life.core().cursor().isEmpty()) {
      return;
    }
    Failures failures = life.core().failures();
    Known known = known(generation(life));
    if (failures.generation() == generation(life)) {
      failures.letters().values().forEach(letter -> noteLetter(letter, known));
    }
    if (keepsAttempts()) {
      checkDurablyHandled(life, failures);
    }
    checkRoom(life, failures);
  }

  /** What has to come again before others is taken in however much there is. */
  private void checkRoom(ModelLife life, Failures failures) {
    WorkerSettings settings = story.setup().settings();
    int most =
        settings.maxMessagesAside()
            + settings.maxInFlightMessages()
            + 2 * story.setup().maxBatch()
            + redriven;
    if (failures.heldMessages() > most) {
      assertThat(
              failures.held().values().stream()
                  .flatMap(Collection::stream)
                  .filter(held -> held.offset() >= life.knownBelow()))
          .as("messages put aside")
          .hasSizeLessThanOrEqualTo(most);
    }
  }

  private void noteLetter(Letter letter, Known known) {
    if (known.letters.put(letter.offset(), letter.givenUp().consequence()) == null) {
      Change.GivenUp givenUp = letter.givenUp();
      switch (givenUp.consequence()) {
        case PARK_KEY -> story.mark(Mark.PARKED);
        case STOP_PARTITION -> story.mark(Mark.PARTITION_STOPPED);
        case SKIP -> {}
      }
      if (givenUp.reason() == DeadLetter.Reason.EXPIRED) {
        story.mark(Mark.EXPIRED);
      }
      if (givenUp.reason() == DeadLetter.Reason.ATTEMPTS_EXHAUSTED) {
        story.mark(
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
  private static boolean isReported(ModelLife life, long offset) {
    // What counts is of the durable generation, also when the next one is being stored.
    return life.core().durablyHandled().contains(offset)
        && life.core()
            .durableCursor()
            .map(durable -> !durable.generation().silent().contains(offset))
            .orElse(true);
  }

  private static void checkDurablyHandled(ModelLife life, Failures failures) {
    for (Collection<Held> messages : failures.held().values()) {
      for (Held message : messages) {
        if (message.begun() || message.unclear()) {
          assertThat(isReported(life, message.offset()))
              .as("%s counts as durably handled", message)
              .isFalse();
        }
      }
    }
    life.handler().running().stream()
        .filter(attempt -> !attempt.isAbandoned())
        .forEach(
            attempt ->
                assertThat(isReported(life, attempt.offset()))
                    .as("%d counts as durably handled while it is handled", attempt.offset())
                    .isFalse());
  }

  /** An operator has got the answer that these were redriven. */
  void redriven(Collection<Long> offsets, long generation) {
    Known known = known(generation);
    known.entries.keySet().removeAll(offsets);
    redriven += offsets.size();
  }

  /** Dead letters were ordered to be tried again, whether or not anybody knows. */
  void redriving(Collection<Long> offsets, long generation) {
    redriven(offsets, generation);
  }

  void discarded(Collection<Long> offsets, long generation) {
    known(generation).discarded.addAll(offsets);
  }

  /** Somebody was told that a message is finished. */
  void told(long offset, long generation) {
    assertThat(durableLetters(generation)).as("letters that may come back").doesNotContain(offset);
    known(generation).told.add(offset);
  }

  /** A life has ended in good order: nothing of it may be lost. */
  void endedInOrder(ModelLife life) {
    lives.remove(life);
  }

  /** A successor takes over: what was under way is lost, where there is no second attempt. */
  void takenOver() {
    if (policy() == CursorPolicy.BEFORE) {
      Failures durable = story.storage().durableFailures();
      TreeSet<Long> underWay = new TreeSet<>();
      lives.values().forEach(seen -> underWay.addAll(seen.received));
      durable.held().values().forEach(all -> all.forEach(held -> underWay.add(held.offset())));
      // What is known of an earlier generation says nothing about this one.
      boolean known = durable.generation() >= story.storage().generation();
      underWay.removeIf(offset -> known && !mayBeLost(durable, offset));
      lost.addAll(underWay);
    }
  }

  private static boolean mayBeLost(Failures durable, long offset) {
    Optional<Held> held = durable.held(offset);
    return !durable.letters().containsKey(offset) && held.map(Held::begun).orElse(true);
  }

  /** Returns whether everything has come to its end in the current life. */
  boolean isSettled(ModelLife life) {
    return firstOpen(life).isEmpty();
  }

  /** What has not come to its end in a life. */
  String describe(ModelLife life) {
    return firstOpen(life).map(offset -> ", offset " + offset + " is open").orElse("");
  }

  private Optional<Long> firstOpen(ModelLife life) {
    long generation = generation(life);
    Known known = known(generation);
    long start = life.core().cursor().map(c -> c.generation().start()).orElse(0L);
    Set<Long> durablyDiscarded = story.operator().discarded(generation);
    return story.topic().entries().stream()
        .filter(entry -> entry.offset() >= start)
        .filter(entry -> !isOver(life, known, durablyDiscarded, entry))
        .map(LogEntry::offset)
        .findFirst();
  }

  private boolean isOver(ModelLife life, Known known, Set<Long> discarded, LogEntry entry) {
    long offset = entry.offset();
    return switch (policy()) {
      case NEVER ->
          !seen(life).received.contains(offset)
              || seen(life).entered.contains(offset)
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

  /** What has become of everything, when nothing more is to come. */
  void check(ModelLife life) {
    assertThat(firstOpen(life)).as("the first message that was lost").isEmpty();
    Known known = known(generation(life));
    if (policy() == CursorPolicy.WITH_EFFECT) {
      known.handled.retainAll(story.operator().discarded(generation(life)));
      assertThat(known.handled).as("effects of what was discarded").isEmpty();
    }
    assertThat(life.core().failures().heldMessages()).isZero();
    assertThat(life.core().failures().letters()).isEmpty();
  }

  Set<Long> skipped() {
    return skipped;
  }
}
