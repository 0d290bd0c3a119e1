package org.perille.internal.worker;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
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

  /**
   * The discards that wait for the durable cursor, because a successor would still be fed their
   * messages.
   */
  private final ArrayDeque<WorkerRequest.Discard> waiting = new ArrayDeque<>();

  /**
   * Creates the operations of a worker that has recovered.
   *
   * @param isDurablyPassed whether the durable cursor is behind an offset
   */
  DeadLetterOperations(
      WorkerContext context, FailureJournal<AfterDurable> journal, LongPredicate isDurablyPassed) {
    this.context = context;
    this.journal = journal;
    this.groups = OrderingMode.of(context.subscription());
    this.isDurablyPassed = isDurablyPassed;
  }

  /** Answers a query or executes an operation. */
  void on(WorkerRequest request) {
    if (request instanceof WorkerRequest.ListDeadLetters list) {
      list(list);
    } else if (request instanceof WorkerRequest.CountDeadLetters count) {
      count(count);
    } else if (request instanceof WorkerRequest.Redrive redrive) {
      redrive(redrive);
    } else if (request instanceof WorkerRequest.Discard discard) {
      discard(discard);
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
      List<Long> offsets = offsets(request.filter(), this::mayBeTriedAgain);
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
  private boolean mayBeTriedAgain(DeadLetterRecord letter) {
    return context.policy().allowsSecondAttempt() || letter.givenUp().attempts() == 0;
  }

  /**
   * Discards dead letters as soon as the durable cursor is behind them. After the discard only the
   * cursor tells that a message is finished.
   */
  private void discard(WorkerRequest.Discard request) {
    waiting.removeIf(other -> other.requestId().equals(request.requestId()));
    waiting.add(request);
    goOn();
  }

  /** Executes the discards for which the cursor is far enough. */
  void goOn() {
    for (int i = waiting.size(); i > 0; i--) {
      WorkerRequest.Discard request = waiting.remove();
      if (offsets(request.filter(), letter -> !isDurablyPassed.test(letter.offset())).isEmpty()) {
        discardNow(request);
      } else {
        waiting.add(request);
      }
    }
  }

  /** Returns whether a discard waits for the cursor. */
  boolean waitForCursor() {
    return !waiting.isEmpty();
  }

  private void discardNow(WorkerRequest.Discard request) {
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
