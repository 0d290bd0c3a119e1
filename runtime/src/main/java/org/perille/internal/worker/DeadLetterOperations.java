package org.perille.internal.worker;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import org.perille.DeadLetter;
import org.perille.DeadLetterCount;
import org.perille.DeadLetterFilter;
import org.perille.internal.Pure;
import org.perille.internal.failure.DeadLetterRecord;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailureJournal;
import org.perille.internal.partition.WorkerRequest;

/**
 * Answers the queries and executes the operations of operators on a worker's dead letters.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
@Pure
final class DeadLetterOperations {
  private final WorkerContext context;
  private final FailureJournal<AfterDurable> journal;
  private final OrderingMode groups;
  private final LongPredicate isDurablyPassed;
  private final Predicate<DeadLetterRecord> isBeingForwarded;

  /** The operations that can't be executed yet, by their request ids, in order. */
  private final Map<String, WorkerRequest> waiting = new LinkedHashMap<>();

  /**
   * Creates the operations of a worker that has recovered.
   *
   * @param isDurablyPassed whether the durable cursor is behind an offset
   * @param isBeingForwarded whether the message of a dead letter will be in the dead-letter topic,
   *     and isn't yet
   */
  DeadLetterOperations(
      WorkerContext context,
      FailureJournal<AfterDurable> journal,
      LongPredicate isDurablyPassed,
      Predicate<DeadLetterRecord> isBeingForwarded) {
    this.context = context;
    this.journal = journal;
    this.groups = OrderingMode.of(context.subscription());
    this.isDurablyPassed = isDurablyPassed;
    this.isBeingForwarded = isBeingForwarded;
  }

  /** Answers a query or executes an operation. */
  void on(WorkerRequest request) {
    if (request instanceof WorkerRequest.ListDeadLetters list) {
      list(list);
    } else if (request instanceof WorkerRequest.CountDeadLetters count) {
      count(count);
    } else if (request instanceof WorkerRequest.Redrive redrive) {
      waiting.put(redrive.requestId(), redrive);
      goOn();
    } else if (request instanceof WorkerRequest.Discard discard) {
      waiting.put(discard.requestId(), discard);
      goOn();
    } else if (request instanceof WorkerRequest.SetPaused pause) {
      setPaused(pause);
    }
  }

  private void list(WorkerRequest.ListDeadLetters request) {
    List<DeadLetter> page = new ArrayList<>();
    boolean more = false;
    for (DeadLetterRecord letter :
        journal.failures().letters().tailMap(request.fromOffset(), true).values()) {
      DeadLetter shown = show(letter);
      if (request.filter().matches(shown)) {
        if (page.size() == request.limit()) {
          more = true;
          break;
        }
        page.add(shown);
      }
    }
    context.reply(
        new WorkerReply<>(request.replyTo(), new WorkerRequest.DeadLetterPage(page, more)));
  }

  private void count(WorkerRequest.CountDeadLetters request) {
    Map<DeadLetterCount, Long> counts = new HashMap<>();
    for (DeadLetterRecord letter : journal.failures().letters().values()) {
      DeadLetter shown = show(letter);
      if (request.filter().matches(shown)) {
        counts.merge(
            new DeadLetterCount(shown.reason(), shown.failure(), shown.error(), 0), 1L, Long::sum);
      }
    }
    List<DeadLetterCount> all =
        counts.entrySet().stream()
            .map(
                count ->
                    new DeadLetterCount(
                        count.getKey().reason(),
                        count.getKey().failure(),
                        count.getKey().error(),
                        count.getValue()))
            .toList();
    context.reply(new WorkerReply<>(request.replyTo(), new WorkerRequest.DeadLetterCounts(all)));
  }

  private void redrive(WorkerRequest.Redrive request) {
    OptionalLong known = journal.failures().concernedBy(request.requestId());
    long concerned;
    if (known.isPresent()) {
      concerned = known.getAsLong();
    } else {
      List<Long> offsets = offsets(request.filter(), mayBeTriedAgain());
      concerned = offsets.size();
      journal.record(new FailureEvent.Redriven(request.requestId(), offsets, context.now()));
      if (concerned > 0) {
        context.note(new WorkerNote.Redriven(request.requestId(), concerned));
      }
    }
    answerWhenDurable(
        new WorkerReply<>(
            request.replyTo(), new WorkerRequest.OperationDone(request.requestId(), concerned)));
  }

  /**
   * Returns whether a dead letter may be redriven. At-most-once never hands a message to the
   * handler twice, not even for an operator.
   */
  private Predicate<DeadLetterRecord> mayBeTriedAgain() {
    return letter -> context.policy().allowsSecondAttempt() || letter.givenUp().attempts() == 0;
  }

  /**
   * Executes the operations that need not wait any more.
   *
   * <p>Both kinds wait for the dead-letter topic: afterwards no worker would know that a message is
   * missing there. Discards also wait until the durable cursor is behind the dead letters, because
   * only the cursor then tells that a message is finished.
   */
  void goOn() {
    for (WorkerRequest request : List.copyOf(waiting.values())) {
      if (request instanceof WorkerRequest.Redrive redrive
          && offsets(redrive.filter(), mayBeTriedAgain().and(isBeingForwarded)).isEmpty()) {
        waiting.remove(redrive.requestId());
        redrive(redrive);
      } else if (request instanceof WorkerRequest.Discard discard
          && !waitsForCursor(discard)
          && offsets(discard.filter(), isBeingForwarded).isEmpty()) {
        waiting.remove(discard.requestId());
        discard(discard);
      }
    }
  }

  private boolean waitsForCursor(WorkerRequest.Discard discard) {
    return !offsets(discard.filter(), letter -> !isDurablyPassed.test(letter.offset())).isEmpty();
  }

  /** Returns whether a discard waits for the cursor. */
  boolean waitForCursor() {
    return waiting.values().stream()
        .anyMatch(
            request -> request instanceof WorkerRequest.Discard discard && waitsForCursor(discard));
  }

  private void discard(WorkerRequest.Discard request) {
    OptionalLong known = journal.failures().concernedBy(request.requestId());
    long concerned;
    if (known.isPresent()) {
      concerned = known.getAsLong();
    } else {
      List<Long> offsets = offsets(request.filter(), letter -> true);
      concerned = offsets.size();
      journal.record(new FailureEvent.Discarded(request.requestId(), offsets, request.reason()));
      if (concerned > 0) {
        context.note(new WorkerNote.Discarded(request.requestId(), offsets, request.reason()));
      }
    }
    answerWhenDurable(
        new WorkerReply<>(
            request.replyTo(), new WorkerRequest.OperationDone(request.requestId(), concerned)));
  }

  private List<Long> offsets(DeadLetterFilter filter, Predicate<DeadLetterRecord> condition) {
    return journal.failures().letters().values().stream()
        .filter(condition)
        .filter(letter -> filter.matches(show(letter)))
        .map(DeadLetterRecord::offset)
        .toList();
  }

  private void setPaused(WorkerRequest.SetPaused request) {
    if (!journal.failures().paused().equals(request.reason())) {
      journal.record(new FailureEvent.Paused(request.reason()));
      context.note(new WorkerNote.PauseChanged(request.reason()));
    }
    answerWhenDurable(
        new WorkerReply<>(request.replyTo(), new WorkerRequest.PausedSet(request.reason())));
  }

  private void answerWhenDurable(WorkerReply<?> reply) {
    journal.whenDurable(new AfterDurable.Reply(reply));
  }

  DeadLetter show(DeadLetterRecord letter) {
    FailureEvent.GivenUp givenUp = letter.givenUp();
    DeadLetter.Builder shown =
        DeadLetter.builder(context.subscription().storedName(), context.partition().topic())
            .at(context.partition().partition(), letter.offset())
            .key(groups.keyOf(givenUp.position().group()))
            .reason(givenUp.reason())
            .failure(givenUp.cause().failure())
            .attempts(givenUp.attempts())
            .failedAt(
                Instant.ofEpochMilli(givenUp.firstFailureMillis()),
                Instant.ofEpochMilli(givenUp.lastFailureMillis()))
            .consequence(givenUp.consequence());
    givenUp.cause().errorClass().ifPresent(shown::error);
    givenUp.cause().errorMessage().ifPresent(shown::errorMessage);
    return shown.build();
  }
}
