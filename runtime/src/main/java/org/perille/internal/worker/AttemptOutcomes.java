package org.perille.internal.worker;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.perille.OnExhausted;
import org.perille.internal.Pure;
import org.perille.internal.failure.DeadLetterRecord;
import org.perille.internal.failure.DeferredMessage;
import org.perille.internal.failure.ExpiredException;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailureJournal;
import org.perille.internal.failure.FailurePolicy;
import org.perille.internal.failure.FailureState;
import org.perille.internal.handler.AttemptOutcome;
import org.perille.internal.handler.PendingDelivery;

/**
 * Decides what follows from attempts that have ended.
 *
 * <p>It moves the cursor, and retries a message, makes it a dead letter, or drops it. Messages
 * behind it in its ordering group go on or are deferred.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
@Pure
final class AttemptOutcomes {
  private final WorkerContext context;
  private final FailureJournal<AfterDurable> journal;
  private final FailurePolicy failurePolicy;
  private final CursorKeeper cursors;
  private final Completion completion;
  private final InFlight inFlight;
  private final Deferral deferral;
  private final Dispatcher dispatcher;
  private final RetryScheduler retries;
  private Map<String, List<PendingDelivery>> behind = Map.of();
  private long skipped;
  private boolean tooManyLettersReported;

  AttemptOutcomes(
      WorkerContext context,
      FailureJournal<AfterDurable> journal,
      FailurePolicy failurePolicy,
      CursorKeeper cursors,
      Completion completion,
      InFlight inFlight,
      Deferral deferral,
      Dispatcher dispatcher,
      RetryScheduler retries) {
    this.context = context;
    this.journal = journal;
    this.failurePolicy = failurePolicy;
    this.cursors = cursors;
    this.completion = completion;
    this.inFlight = inFlight;
    this.deferral = deferral;
    this.dispatcher = dispatcher;
    this.retries = retries;
  }

  /** Returns the number of messages that were dropped. */
  long skipped() {
    return skipped;
  }

  private FailureState failures() {
    return journal.failures();
  }

  /**
   * Processes the outcomes of attempts.
   *
   * @return the failure for which the pool can't go on; empty if it can
   */
  Optional<Throwable> take(WorkerEvent.HandlersEnded ended) {
    Optional<Throwable> broken = Optional.empty();
    List<Long> finished = new ArrayList<>();
    behind = ended.behind();
    for (AttemptOutcome outcome : ended.outcomes()) {
      if (outcome instanceof AttemptOutcome.Done done) {
        end(done.delivery());
        finished.add(done.delivery().entry().offset());
      } else if (outcome instanceof AttemptOutcome.Failed failed) {
        onFailed(failed.delivery(), failed.cause());
      } else if (outcome instanceof AttemptOutcome.GivenUp givenUp) {
        follow(givenUp.delivery(), givenUp.cause(), givenUp.decision());
      } else if (outcome instanceof AttemptOutcome.NotGivenUp open) {
        onNotGivenUp(open);
      } else if (outcome instanceof AttemptOutcome.Broken cause) {
        broken = Optional.of(cause.cause());
      }
    }
    if (!finished.isEmpty()) {
      cursors.finish(finished);
      completion.finished(finished);
    }
    return broken;
  }

  /** Ends the processing of a message. */
  private void end(PendingDelivery delivery) {
    inFlight.leave(delivery);
    // Skips the lookup on the fast path: only deferred messages are tracked.
    if (delivery.past().wasDeferred()) {
      retries.done(delivery.group(), delivery.entry().offset());
    }
  }

  /**
   * Retries a message whose outcome can't be found out now; only its ordering group waits. A
   * message may become a dead letter only when no effect of it can be recorded any more.
   */
  private void onNotGivenUp(AttemptOutcome.NotGivenUp open) {
    PendingDelivery delivery = open.delivery();
    context.note(new WorkerNote.OutcomeUnknown(delivery, open.unknown()));
    follow(
        delivery,
        open.cause(),
        new FailurePolicy.Retry(
            failurePolicy.dueAfterInterruption(
                countedAttempts(delivery), context.now(), context.chance())));
  }

  private int countedAttempts(PendingDelivery delivery) {
    return failures()
            .deferred()
            .at(delivery.entry().offset())
            .map(DeferredMessage::countedAttempts)
            .orElse(0)
        + (delivery.past().exhausted() ? 0 : 1);
  }

  private void onFailed(PendingDelivery delivery, Throwable cause) {
    long now = context.now();
    Optional<DeferredMessage> deferred = failures().deferred().at(delivery.entry().offset());
    int counted = countedAttempts(delivery);
    long first =
        deferred.map(DeferredMessage::firstCountedMillis).filter(millis -> millis > 0).orElse(now);
    FailurePolicy.Decision decision =
        failurePolicy.decide(cause, counted, first, now, context.chance());
    if (decision instanceof FailurePolicy.GiveUp && !hasRoomForLetters()) {
      // A message that can't become a dead letter is retried: it must not be lost.
      decision =
          context.policy().allowsSecondAttempt()
              ? new FailurePolicy.Retry(
                  failurePolicy.dueAfterInterruption(counted, now, context.chance()))
              : new FailurePolicy.Drop();
    }
    if (!(decision instanceof FailurePolicy.Retry) && context.effects().confirmsGivingUp()) {
      context.add(new WorkerAction.ConfirmGivingUp(delivery, cause, decision));
    } else {
      follow(delivery, cause, decision);
    }
  }

  private void follow(PendingDelivery delivery, Throwable cause, FailurePolicy.Decision decision) {
    context.note(new WorkerNote.AttemptFailed(delivery, cause, decision, context.now()));
    if (decision instanceof FailurePolicy.Retry retry) {
      tryAgain(delivery, cause, retry);
    } else if (decision instanceof FailurePolicy.GiveUp giveUp) {
      giveUp(delivery, cause, giveUp);
    } else {
      skipped++;
      end(delivery);
      // No effect makes the cursor pass this message, but the next message must not be durable
      // before it.
      journal.whenDurable(new AfterDurable.AdvanceCursor(List.of(delivery.entry().offset())));
      journal.whenDurable(new AfterDurable.ReleaseKey(delivery.group()));
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

  private void tryAgain(PendingDelivery delivery, Throwable cause, FailurePolicy.Retry retry) {
    inFlight.leave(delivery);
    List<PendingDelivery> waiting = withdraw(delivery.group());
    journal.record(
        new FailureEvent.Failed(
            delivery.position(), FailurePolicy.causeOf(cause), context.now(), retry.dueMillis()));
    retries.failed(delivery.entry());
    deferral.passOnceDurable(delivery);
    letGo(waiting);
  }

  /** Takes an ordering group out of the pool; returns the messages behind its failed one. */
  private List<PendingDelivery> withdraw(String group) {
    retries.ended(group);
    context.add(new WorkerAction.WithdrawKey(group));
    return behind.getOrDefault(group, List.of());
  }

  private void giveUp(PendingDelivery delivery, Throwable cause, FailurePolicy.GiveUp giveUp) {
    inFlight.leave(delivery);
    FailureEvent.GivenUp givenUp = givenUp(delivery, cause, giveUp);
    boolean groupGoesOn =
        giveUp.consequence() == OnExhausted.CONTINUE
            && !failures().deferred().holds(delivery.group());
    List<PendingDelivery> waiting = groupGoesOn ? List.of() : withdraw(delivery.group());
    journal.record(givenUp);
    deferral.passOnceDurable(delivery);
    journal.whenDurable(
        new AfterDurable.ForwardDeadLetter(new DeadLetterRecord(givenUp, false), delivery.entry()));
    if (groupGoesOn) {
      // Not earlier: after a crash, the message would come behind those that follow it.
      journal.whenDurable(new AfterDurable.ReleaseKey(delivery.group()));
    }
    letGo(waiting);
    dispatcher.pauseOrGoOn();
  }

  private FailureEvent.GivenUp givenUp(
      PendingDelivery delivery, Throwable cause, FailurePolicy.GiveUp giveUp) {
    long now = context.now();
    Optional<DeferredMessage> deferred = failures().deferred().at(delivery.entry().offset());
    boolean untried = cause instanceof ExpiredException || delivery.past().exhausted();
    return new FailureEvent.GivenUp(
        delivery.position(),
        giveUp.reason(),
        FailurePolicy.causeOf(cause),
        deferred.map(DeferredMessage::attempts).orElse(0) + (untried ? 0 : 1),
        deferred.map(DeferredMessage::firstFailureMillis).filter(millis -> millis > 0).orElse(now),
        now,
        giveUp.consequence());
  }

  /**
   * Defers the messages behind a failed one. The failure log still has those that had been deferred
   * before.
   */
  private void letGo(List<PendingDelivery> waiting) {
    List<PendingDelivery> fresh = new ArrayList<>(waiting.size());
    for (PendingDelivery delivery : waiting) {
      if (failures().deferred().at(delivery.entry().offset()).isEmpty()) {
        fresh.add(delivery);
      } else {
        inFlight.leave(delivery);
      }
    }
    deferral.deferInFlight(fresh);
  }
}
