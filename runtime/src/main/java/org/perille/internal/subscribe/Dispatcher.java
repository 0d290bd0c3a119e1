package org.perille.internal.subscribe;

import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import org.perille.OnExhausted;
import org.perille.Subscription;
import org.perille.SubscriptionStatus.Trouble;
import org.perille.internal.failure.Change;
import org.perille.internal.failure.ExpiredException;
import org.perille.internal.failure.FailureBook;
import org.perille.internal.failure.Failures;
import org.perille.internal.failure.Held;
import org.perille.internal.failure.Judge;
import org.perille.internal.failure.Letter;
import org.perille.internal.failure.UserCode;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.feed.MessageReader;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.PartitionId;
import org.slf4j.Logger;

/**
 * Decides for each message of a worker whether it is handled in its turn, later or never: hands it
 * to the pool, puts it aside, gives it up, and takes what came of it.
 *
 * <p>What is put aside is durable before the cursor passes it, so that it is found in one place or
 * the other.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
final class Dispatcher<T> {
  /** What a dispatcher needs of its worker. */
  interface Host extends Aside.Host {
    /** Whether the cursor says that a message is finished. */
    boolean isFinished(long offset);

    /** These are done. */
    void finish(Collection<Long> offsets);

    /** The cursor may pass these: it is durable elsewhere what they wait for, or became of them. */
    void pass(Collection<Long> offsets);
  }

  /** Offsets that one write promises not to have been attempted before. */
  private static final int ATTEMPTS_RESERVED = 20_000;

  private final Subscription<T> subscription;
  private final PartitionId partition;
  private final CursorPolicy policy;
  private final WorkerSettings settings;
  private final FailureBook<AfterDurable> book;
  private final HandlerPool pool;
  private final Judge judge;
  private final Units units;
  private final Aside aside;
  private final Clock clock;
  private final Logger log;
  private final Gate gate;
  private final Host host;
  private final AttemptLog attempts;

  /** Below this offset a predecessor may have made attempts. */
  private final long redeliveredBelow;

  /** Below this offset a predecessor has made attempts at what one before may have attempted. */
  private final long suspectsBelow;

  /** Everything below this offset is finished, or in the pool, or was put aside. */
  private long fedBelow;

  /** Messages below this offset were put aside, or are dead letters, and come in once more. */
  private long knownBelow;

  private boolean recovered;
  private int inFlightMessages;
  private long inFlightBytes;
  private long acceptedBelow;

  /** What waits to get into the pool until something is durable, in order. */
  private final ArrayDeque<List<Work>> waiting = new ArrayDeque<>();

  private long skipped;
  private int hanging;
  private boolean fullReported;
  private boolean tooManyLettersReported;

  Dispatcher(
      Worker.Assignment<T> assignment,
      FailureBook<AfterDurable> book,
      HandlerPool pool,
      MessageReader reader,
      Logger log,
      Host host) {
    this.subscription = assignment.subscription();
    this.partition = assignment.partition();
    this.policy = CursorPolicy.of(subscription);
    this.settings = assignment.settings();
    this.book = book;
    this.pool = pool;
    this.judge = new Judge(subscription);
    this.units = subscription.ordered() ? Units.KEYS : Units.MESSAGES;
    this.clock = assignment.clock();
    this.gate = assignment.gate();
    this.log = log;
    this.attempts = new AttemptLog(subscription, partition, log);
    this.host = host;
    this.aside = new Aside(book, judge, units, reader, clock, host);
    this.redeliveredBelow = policy.recordsAttempts() ? book.failures().reservedBelow() : 0;
    this.suspectsBelow = book.failures().suspectsBelow();
  }

  private Failures failures() {
    return book.failures();
  }

  Units units() {
    return units;
  }

  /** Makes good what a predecessor has left behind. */
  void recover(Optional<Cursor> cursor) {
    Generation generation =
        cursor.map(Cursor::generation).orElseGet(() -> Generation.startingAt(0));
    fedBelow = cursor.map(Cursor::nextOffset).orElse(0L);
    if (failures().generation() < generation.number()) {
      book.record(new Change.GenerationBegun(generation.number(), generation.start()));
    }
    failures().held().forEach(this::recover);
    book.record(new Change.Reserved(failures().reservedBelow()));
    List<Long> known = new ArrayList<>(failures().unhandled());
    knownBelow = known.stream().mapToLong(offset -> offset + 1).max().orElse(0);
    // The cursor had passed these: if the log knows no more of them, they were let go of.
    cursor.ifPresent(
        c ->
            c.open().stream()
                .filter(offset -> c.finished().contains(offset) && !failures().knows(offset))
                .forEach(known::add));
    book.whenDurable(new AfterDurable.CompleteRecovery(known));
    pauseOrGoOn();
  }

  /**
   * The log was written to since the cursor was found, so that nobody has taken it over between the
   * two: what is known of failures is no older than the cursor, and may change it.
   */
  private void completeRecovery(List<Long> known) {
    // What the log knows may come again: the cursor need not have been durable behind it.
    if (!known.isEmpty()) {
      host.pass(known);
    }
    recovered = true;
  }

  /** Whether the log was written to since the cursor was found. */
  boolean hasRecovered() {
    return recovered;
  }

  private void recover(String unit, Collection<Held> messages) {
    boolean first = true;
    for (Held message : List.copyOf(messages)) {
      if (message.begun()) {
        first &= recover(unit, message, first);
      }
    }
  }

  /**
   * Makes good that an attempt had begun.
   *
   * @param first whether it was the message's turn
   * @return whether the turn was the next one's
   */
  private boolean recover(String unit, Held message, boolean first) {
    Change.Place place = new Change.Place(unit, message.offset(), message.sequenceNumber());
    if (!policy.allowsSecondAttempt()) {
      log.warn(
          "{} may have lost offset {} of partition {}: its node or worker ended while it was"
              + " handled, and its guarantee allows no second attempt",
          subscription,
          message.offset(),
          partition);
      book.record(new Change.Resolved(unit, message.offset()));
    } else if (policy.isStoredWithEffect() && host.isFinished(message.offset())) {
      // It was committed; only the note about it was lost.
      book.record(new Change.Resolved(unit, message.offset()));
    } else {
      book.record(
          new Change.Interrupted(
              place,
              first && message.mustBeAlone(),
              clock.millis(),
              judge.dueAfterInterruption(message.countedAttempts() + 1, clock.millis(), chance())));
      return false;
    }
    return true;
  }

  private static double chance() {
    return ThreadLocalRandom.current().nextDouble();
  }

  /** Whether there is room for more. */
  boolean hasRoom() {
    boolean full =
        failures().heldMessages() >= settings.maxMessagesAside()
            && Math.max(fedBelow, acceptedBelow) >= knownBelow;
    if (full && !fullReported) {
      log.warn(
          "{} has put {} messages of partition {} aside, as many as"
              + " perille.subscription.max-messages-aside allows, and takes no further ones until"
              + " some are done: look for parked keys among its dead letters, or raise the limit",
          subscription,
          failures().heldMessages(),
          partition);
    }
    fullReported = full;
    return !full
        && inFlightMessages < settings.maxInFlightMessages()
        && inFlightBytes < settings.maxInFlightBytes();
  }

  /** Takes a batch in. */
  void accept(FeedBatch batch) {
    List<Work> works = new ArrayList<>(batch.entries().size());
    List<Long> passed = new ArrayList<>(0);
    boolean mustBeDurable = reserve(batch) || book.isDiscarding();
    for (LogEntry entry : batch.entries()) {
      long offset = entry.offset();
      if (host.isFinished(offset)) {
        continue;
      }
      String unit = units.of(entry);
      if (offset < knownBelow && failures().knows(offset)) {
        passed.add(offset);
      } else if (putAside(unit, entry, batch.sequenceNumber())) {
        passed.add(offset);
      } else {
        works.add(
            new Work(
                entry,
                unit,
                batch.sequenceNumber(),
                offset < redeliveredBelow ? Work.Past.UNKNOWN : Work.Past.NONE));
      }
    }
    acceptedBelow = Math.max(acceptedBelow, batch.endOffset());
    if (!passed.isEmpty()) {
      book.onceDurable(new AfterDurable.AdvanceCursor(passed));
    }
    take(works, acceptedBelow, mustBeDurable);
  }

  /**
   * Makes sure that a successor knows which messages may have been attempted. The first batch needs
   * it always, and so isn't handled before the worker is sure of its failure log.
   */
  private boolean reserve(FeedBatch batch) {
    if (!policy.recordsAttempts()) {
      return false;
    }
    boolean reserves = batch.endOffset() > failures().reservedBelow();
    if (reserves) {
      book.record(new Change.Reserved(batch.endOffset() + ATTEMPTS_RESERVED));
    }
    boolean suspects = batch.firstOffset() < redeliveredBelow;
    if (suspects) {
      book.record(new Change.SuspectsBegun(Math.min(batch.endOffset(), redeliveredBelow)));
    }
    return reserves || suspects;
  }

  /** Puts a message aside if it isn't its turn. */
  private boolean putAside(String unit, LogEntry entry, long sequenceNumber) {
    long offset = entry.offset();
    // Below it two workers ended while a message may have been handled: from now on it is noted.
    boolean mustWait = isEarly(entry) || failures().holds(unit) || offset < suspectsBelow;
    if (mustWait) {
      wait(new Change.Place(unit, offset, sequenceNumber), entry, offset < redeliveredBelow);
    }
    return mustWait;
  }

  private boolean isEarly(LogEntry entry) {
    long notBefore = entry.message().times().notBefore();
    return notBefore != 0 && notBefore > clock.millis();
  }

  /**
   * Lets a message wait for its turn or its time.
   *
   * @param unclear whether a predecessor may have begun to handle it, and left something behind
   */
  private void wait(Change.Place place, LogEntry entry, boolean unclear) {
    long due = entry.message().times().notBefore();
    book.record(
        unclear
            ? new Change.Interrupted(place, false, clock.millis(), due)
            : new Change.PutAside(place, due, false));
  }

  /** What is taken later must not overtake. */
  private void take(List<Work> works, long below, boolean mustBeDurable) {
    for (Work work : works) {
      inFlightMessages++;
      inFlightBytes += work.entry().message().sizeInBytes();
    }
    if (mustBeDurable || !waiting.isEmpty()) {
      waiting.add(works);
      book.whenDurable(new AfterDurable.Admit(below));
    } else {
      pool.add(works);
      fedBelow = Math.max(fedBelow, below);
    }
  }

  /** Carries out what has waited for failures to be durable, if it is the dispatcher's. */
  void carryOut(AfterDurable what) {
    if (what instanceof AfterDurable.Admit admit) {
      // Nothing is left if the worker has ended meanwhile.
      Optional.ofNullable(waiting.poll()).ifPresent(this::add);
      fedBelow = Math.max(fedBelow, admit.below());
    } else if (what instanceof AfterDurable.ReleaseKey release) {
      pool.skip(release.unit());
    } else if (what instanceof AfterDurable.CompleteRecovery recovery) {
      completeRecovery(recovery.known());
    } else if (what instanceof AfterDurable.StartRetries retries) {
      aside.start(retries.batch());
    } else if (what instanceof AfterDurable.EndTrial trial) {
      aside.endTrial(trial.unit());
    }
  }

  /** A unit may have been held meanwhile: then its messages wait behind what holds it. */
  private void add(List<Work> works) {
    List<Work> inTurn = new ArrayList<>(works.size());
    List<Work> late = new ArrayList<>(0);
    works.forEach(work -> (failures().holds(work.unit()) ? late : inTurn).add(work));
    pool.add(inTurn);
    putBehind(late);
  }

  /** Hands messages to the pool that were brought back. */
  void run(List<Work> works) {
    for (Work work : works) {
      inFlightMessages++;
      inFlightBytes += work.entry().message().sizeInBytes();
    }
    pool.add(works);
  }

  /** Takes what has become of messages. */
  Optional<Throwable> takeOutcomes() {
    Optional<Throwable> broken = Optional.empty();
    List<Long> finished = new ArrayList<>();
    for (HandlerPool.Outcome outcome : pool.takeOutcomes()) {
      if (outcome instanceof HandlerPool.Done done) {
        end(done.work());
        finished.add(done.work().entry().offset());
      } else if (outcome instanceof HandlerPool.Failed failed) {
        onFailed(failed.work(), failed.cause());
      } else if (outcome instanceof HandlerPool.GivenUp givenUp) {
        follow(givenUp.work(), givenUp.cause(), givenUp.verdict());
      } else if (outcome instanceof HandlerPool.NotGivenUp open) {
        onNotGivenUp(open);
      } else if (outcome instanceof HandlerPool.Broken cause) {
        broken = Optional.of(cause.cause());
      }
    }
    if (!finished.isEmpty()) {
      host.finish(finished);
    }
    return broken;
  }

  private void leave(Work work) {
    inFlightMessages--;
    inFlightBytes -= work.entry().message().sizeInBytes();
  }

  /** Nothing more is to be done for a message. */
  private void end(Work work) {
    leave(work);
    // Who comes in its turn isn't looked for: that would slow down everybody for the sake of a few.
    if (work.past().wasAside()) {
      aside.done(work.unit(), work.entry().offset());
    }
  }

  /** Only its unit waits: a dead letter must not be one whose effect may be recorded still. */
  private void onNotGivenUp(HandlerPool.NotGivenUp open) {
    Work work = open.work();
    log.warn(
        "{} can't give up offset {} (key '{}') of partition {} yet, for it isn't known whether its"
            + " effect was recorded; it is asked again later: {}",
        subscription,
        work.entry().offset(),
        work.key(),
        partition,
        UserCode.describe(open.unknown()));
    follow(
        work,
        open.cause(),
        new Judge.Again(
            judge.dueAfterInterruption(countedAttempts(work), clock.millis(), chance())));
  }

  private int countedAttempts(Work work) {
    return failures().held(work.entry().offset()).map(Held::countedAttempts).orElse(0)
        + (work.past().exhausted() ? 0 : 1);
  }

  private void onFailed(Work work, Throwable cause) {
    long now = clock.millis();
    Optional<Held> held = failures().held(work.entry().offset());
    int counted = countedAttempts(work);
    long first = held.map(Held::firstCountedMillis).filter(millis -> millis > 0).orElse(now);
    Judge.Verdict verdict = judge.judge(cause, counted, first, now, chance());
    if (verdict instanceof Judge.GiveUp && !hasRoomForLetters()) {
      // A message that can't become a dead letter is tried again: it must not be lost.
      verdict =
          policy.allowsSecondAttempt()
              ? new Judge.Again(judge.dueAfterInterruption(counted, now, chance()))
              : new Judge.Skip();
    }
    if (verdict instanceof Judge.Again || !pool.giveUp(work, cause, verdict)) {
      follow(work, cause, verdict);
    }
  }

  private void follow(Work work, Throwable cause, Judge.Verdict verdict) {
    attempts.failed(work, cause, verdict, clock.millis());
    if (verdict instanceof Judge.Again again) {
      tryAgain(work, cause, again);
    } else if (verdict instanceof Judge.GiveUp giveUp) {
      giveUp(work, cause, giveUp);
    } else {
      skipped++;
      end(work);
      // No effect tells the cursor of it; but the next one must not be durable before it.
      book.whenDurable(new AfterDurable.AdvanceCursor(List.of(work.entry().offset())));
      book.whenDurable(new AfterDurable.ReleaseKey(work.unit()));
    }
  }

  private boolean hasRoomForLetters() {
    boolean full = failures().letters().size() >= settings.maxDeadLetters();
    if (full && !tooManyLettersReported) {
      log.error(
          "{} has {} dead letters in partition {}, as many as perille.subscription.max-dead-letters"
              + " allows: redrive or discard some of them; until then messages that should become"
              + " dead letters are {}",
          subscription,
          failures().letters().size(),
          partition,
          policy.allowsSecondAttempt() ? "tried again" : "skipped");
    }
    tooManyLettersReported = full;
    return !full;
  }

  private void tryAgain(Work work, Throwable cause, Judge.Again again) {
    leave(work);
    List<Work> behind = withdraw(work.unit());
    book.record(
        new Change.Failed(place(work), Judge.causeOf(cause), clock.millis(), again.dueMillis()));
    aside.failed(work.entry());
    passOnceDurable(work);
    letGo(behind);
  }

  private List<Work> withdraw(String unit) {
    aside.ended(unit);
    return pool.withdraw(unit);
  }

  private void giveUp(Work work, Throwable cause, Judge.GiveUp giveUp) {
    leave(work);
    Change.GivenUp givenUp = givenUp(work, cause, giveUp);
    boolean unitGoesOn = giveUp.consequence() == OnExhausted.SKIP && !failures().holds(work.unit());
    List<Work> behind = unitGoesOn ? List.of() : withdraw(work.unit());
    book.record(givenUp);
    passOnceDurable(work);
    book.whenDurable(new AfterDurable.ForwardDeadLetter(new Letter(givenUp, false), work.entry()));
    if (unitGoesOn) {
      // Not earlier: if the message came again it would come behind those that follow it.
      book.whenDurable(new AfterDurable.ReleaseKey(work.unit()));
    }
    letGo(behind);
    pauseOrGoOn();
  }

  private Change.GivenUp givenUp(Work work, Throwable cause, Judge.GiveUp giveUp) {
    long now = clock.millis();
    Optional<Held> held = failures().held(work.entry().offset());
    boolean untried = cause instanceof ExpiredException || work.past().exhausted();
    return new Change.GivenUp(
        place(work),
        giveUp.reason(),
        Judge.causeOf(cause),
        held.map(Held::attempts).orElse(0) + (untried ? 0 : 1),
        held.map(Held::firstFailureMillis).filter(millis -> millis > 0).orElse(now),
        now,
        giveUp.consequence());
  }

  /** Of what was brought back the log still knows; the others have to wait from now on. */
  private void letGo(List<Work> behind) {
    List<Work> fresh = new ArrayList<>(behind.size());
    for (Work work : behind) {
      if (failures().held(work.entry().offset()).isEmpty()) {
        fresh.add(work);
      } else {
        leave(work);
      }
    }
    putBehind(fresh);
  }

  /** They are let go of, and read again when it is their turn. */
  private void putBehind(List<Work> works) {
    for (Work work : works) {
      leave(work);
      if (work.entered() && !work.past().tried()) {
        book.record(new Change.PutAside(place(work), 0, true));
      } else {
        wait(place(work), work.entry(), work.past().tried());
      }
      passOnceDurable(work);
    }
  }

  private void passOnceDurable(Work work) {
    book.onceDurable(new AfterDurable.AdvanceCursor(List.of(work.entry().offset())));
  }

  private static Change.Place place(Work work) {
    return new Change.Place(work.unit(), work.entry().offset(), work.sequenceNumber());
  }

  /** Looks for attempts that hang, and warns of new ones; whether there are more or fewer now. */
  boolean findHanging(long nowNanos) {
    List<Round.Hanging> found = pool.hanging(nowNanos, settings.hangingAfter());
    found.stream().filter(Round.Hanging::isNew).forEach(attempts::hangs);
    boolean changed = hanging != found.size();
    hanging = found.size();
    return changed;
  }

  /** Brings back what is due, unless nothing is to be begun. */
  OptionalLong bringBack() {
    return isPaused() || !recovered ? OptionalLong.empty() : aside.bringBack(fedBelow);
  }

  /** Whether nothing is to be begun. */
  boolean isPaused() {
    return failures().paused().isPresent() || failures().stoppedBy().isPresent();
  }

  void pauseOrGoOn() {
    pool.pause(isPaused());
  }

  /** At-most-once: the cursor has passed what was taken and not begun; it must not be lost. */
  void keepUntried() {
    List<Work> untried = new ArrayList<>(pool.takeUntried());
    waiting.forEach(untried::addAll);
    waiting.clear();
    untried.stream()
        .filter(work -> failures().held(work.entry().offset()).isEmpty())
        .forEach(work -> book.record(new Change.PutAside(place(work), 0, false)));
  }

  /** Nothing runs any more: what was not tried is as it was before. */
  void settle() {
    aside.giveBack();
    if (policy.recordsAttempts()
        && !pool.hasAbandoned()
        && acceptedBelow > 0
        && acceptedBelow >= redeliveredBelow) {
      book.record(new Change.Settled(acceptedBelow));
    }
  }

  /** What an operator should know. */
  Trouble trouble() {
    Failures now = failures();
    String paused =
        now.paused()
            .orElseGet(
                () ->
                    now.stoppedBy()
                        .map(letter -> "stopped by the dead letter at offset " + letter.offset())
                        .orElseGet(gate::describe));
    return new Trouble(
        now.retryingMessages(),
        (long) now.heldMessages() - now.retryingMessages(),
        now.parkedUnits(),
        now.letters().size(),
        skipped,
        paused,
        hanging);
  }
}
