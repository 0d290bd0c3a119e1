package org.perille.internal.subscribe;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.perille.OnExhausted;
import org.perille.internal.failure.Change;
import org.perille.internal.failure.ExpiredException;
import org.perille.internal.failure.FailureBook;
import org.perille.internal.failure.Failures;
import org.perille.internal.failure.Held;
import org.perille.internal.failure.Judge;
import org.perille.internal.failure.Letter;

/**
 * Decides what follows from attempts that have ended: the cursor moves, the message is tried again,
 * becomes a dead letter or is skipped, and what waits behind it goes on or waits.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
final class AttemptOutcomes {
  private final WorkerContext context;
  private final FailureBook<AfterDurable> book;
  private final Judge judge;
  private final CursorKeeper cursors;
  private final Completion completion;
  private final InFlight inFlight;
  private final Deferral deferral;
  private final Dispatcher dispatcher;
  private final RetryScheduler retries;
  private Map<String, List<Work>> behind = Map.of();
  private long skipped;
  private boolean tooManyLettersReported;

  AttemptOutcomes(
      WorkerContext context,
      FailureBook<AfterDurable> book,
      Judge judge,
      CursorKeeper cursors,
      Completion completion,
      InFlight inFlight,
      Deferral deferral,
      Dispatcher dispatcher,
      RetryScheduler retries) {
    this.context = context;
    this.book = book;
    this.judge = judge;
    this.cursors = cursors;
    this.completion = completion;
    this.inFlight = inFlight;
    this.deferral = deferral;
    this.dispatcher = dispatcher;
    this.retries = retries;
  }

  /** Returns the number of messages that were skipped for good. */
  long skipped() {
    return skipped;
  }

  private Failures failures() {
    return book.failures();
  }

  /** Takes what has become of messages; returns why the pool can't go on, if it can't. */
  Optional<Throwable> take(WorkerEvent.HandlersEnded ended) {
    Optional<Throwable> broken = Optional.empty();
    List<Long> finished = new ArrayList<>();
    behind = ended.behind();
    for (HandlerPool.Outcome outcome : ended.outcomes()) {
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
      cursors.finish(finished);
      completion.finished(finished);
    }
    return broken;
  }

  /** Nothing more is to be done for a message. */
  private void end(Work work) {
    inFlight.leave(work);
    // Skips the lookup on the fast path: only deferred messages are tracked.
    if (work.past().wasAside()) {
      retries.done(work.unit(), work.entry().offset());
    }
  }

  /** Only its unit waits: a dead letter must not be one whose effect may be recorded still. */
  private void onNotGivenUp(HandlerPool.NotGivenUp open) {
    Work work = open.work();
    context.note(new WorkerNote.OutcomeUnknown(work, open.unknown()));
    follow(
        work,
        open.cause(),
        new Judge.Again(
            judge.dueAfterInterruption(countedAttempts(work), context.now(), context.chance())));
  }

  private int countedAttempts(Work work) {
    return failures().held(work.entry().offset()).map(Held::countedAttempts).orElse(0)
        + (work.past().exhausted() ? 0 : 1);
  }

  private void onFailed(Work work, Throwable cause) {
    long now = context.now();
    Optional<Held> held = failures().held(work.entry().offset());
    int counted = countedAttempts(work);
    long first = held.map(Held::firstCountedMillis).filter(millis -> millis > 0).orElse(now);
    Judge.Verdict verdict = judge.judge(cause, counted, first, now, context.chance());
    if (verdict instanceof Judge.GiveUp && !hasRoomForLetters()) {
      // A message that can't become a dead letter is tried again: it must not be lost.
      verdict =
          context.policy().allowsSecondAttempt()
              ? new Judge.Again(judge.dueAfterInterruption(counted, now, context.chance()))
              : new Judge.Skip();
    }
    if (!(verdict instanceof Judge.Again) && context.effects().confirmsGivingUp()) {
      context.add(new WorkerAction.ConfirmGivingUp(work, cause, verdict));
    } else {
      follow(work, cause, verdict);
    }
  }

  private void follow(Work work, Throwable cause, Judge.Verdict verdict) {
    context.note(new WorkerNote.AttemptFailed(work, cause, verdict, context.now()));
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
    boolean full = failures().letters().size() >= context.settings().maxDeadLetters();
    if (full && !tooManyLettersReported) {
      context.note(
          new WorkerNote.DeadLetterLimitReached(
              failures().letters().size(), context.policy().allowsSecondAttempt()));
    }
    tooManyLettersReported = full;
    return !full;
  }

  private void tryAgain(Work work, Throwable cause, Judge.Again again) {
    inFlight.leave(work);
    List<Work> waiting = withdraw(work.unit());
    book.record(
        new Change.Failed(work.place(), Judge.causeOf(cause), context.now(), again.dueMillis()));
    retries.failed(work.entry());
    deferral.passOnceDurable(work);
    letGo(waiting);
  }

  /** Takes a unit out of the pool, and returns what waits behind its failed message. */
  private List<Work> withdraw(String unit) {
    retries.ended(unit);
    context.add(new WorkerAction.WithdrawKey(unit));
    return behind.getOrDefault(unit, List.of());
  }

  private void giveUp(Work work, Throwable cause, Judge.GiveUp giveUp) {
    inFlight.leave(work);
    Change.GivenUp givenUp = givenUp(work, cause, giveUp);
    boolean unitGoesOn = giveUp.consequence() == OnExhausted.SKIP && !failures().holds(work.unit());
    List<Work> waiting = unitGoesOn ? List.of() : withdraw(work.unit());
    book.record(givenUp);
    deferral.passOnceDurable(work);
    book.whenDurable(new AfterDurable.ForwardDeadLetter(new Letter(givenUp, false), work.entry()));
    if (unitGoesOn) {
      // Not earlier: if the message came again it would come behind those that follow it.
      book.whenDurable(new AfterDurable.ReleaseKey(work.unit()));
    }
    letGo(waiting);
    dispatcher.pauseOrGoOn();
  }

  private Change.GivenUp givenUp(Work work, Throwable cause, Judge.GiveUp giveUp) {
    long now = context.now();
    Optional<Held> held = failures().held(work.entry().offset());
    boolean untried = cause instanceof ExpiredException || work.past().exhausted();
    return new Change.GivenUp(
        work.place(),
        giveUp.reason(),
        Judge.causeOf(cause),
        held.map(Held::attempts).orElse(0) + (untried ? 0 : 1),
        held.map(Held::firstFailureMillis).filter(millis -> millis > 0).orElse(now),
        now,
        giveUp.consequence());
  }

  /** Of what was brought back the log still knows; the others have to wait from now on. */
  private void letGo(List<Work> waiting) {
    List<Work> fresh = new ArrayList<>(waiting.size());
    for (Work work : waiting) {
      if (failures().held(work.entry().offset()).isEmpty()) {
        fresh.add(work);
      } else {
        inFlight.leave(work);
      }
    }
    deferral.deferInFlight(fresh);
  }
}
