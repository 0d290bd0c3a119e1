package org.perille.internal.subscribe;

import java.time.Clock;
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
import org.perille.Subscription;
import org.perille.internal.failure.Change;
import org.perille.internal.failure.FailureBook;
import org.perille.internal.failure.Letter;
import org.perille.internal.log.PartitionId;
import org.slf4j.Logger;

/**
 * What operators ask and order of a worker's dead letters.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
final class DeadLetterOrders {
  private final FailureBook<AfterDurable> book;
  private final Subscription<?> subscription;
  private final PartitionId partition;
  private final Units units;
  private final Clock clock;
  private final Logger log;
  private final LongPredicate isDurablyPassed;

  /** Orders to discard what a successor would still be fed. */
  private final ArrayDeque<WorkerRequest.Discard> waiting = new ArrayDeque<>();

  /**
   * Orders for a worker that has recovered.
   *
   * @param isDurablyPassed whether the cursor is durable behind an offset
   */
  DeadLetterOrders(
      FailureBook<AfterDurable> book,
      Subscription<?> subscription,
      PartitionId partition,
      Units units,
      Clock clock,
      Logger log,
      LongPredicate isDurablyPassed) {
    this.book = book;
    this.subscription = subscription;
    this.partition = partition;
    this.units = units;
    this.clock = clock;
    this.log = log;
    this.isDurablyPassed = isDurablyPassed;
  }

  /** Answers what operators ask and does what they order. */
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
    for (Letter letter : book.failures().letters().tailMap(request.fromOffset(), true).values()) {
      DeadLetter shown = show(letter);
      if (request.filter().matches(shown)) {
        if (page.size() == request.limit()) {
          more = true;
          break;
        }
        page.add(shown);
      }
    }
    request.replyTo().tell(new WorkerRequest.DeadLetterPage(page, more));
  }

  private void count(WorkerRequest.CountDeadLetters request) {
    Map<DeadLetterCount, Long> counts = new HashMap<>();
    for (Letter letter : book.failures().letters().values()) {
      DeadLetter shown = show(letter);
      if (request.filter().matches(shown)) {
        counts.merge(
            new DeadLetterCount(shown.reason(), shown.failure(), shown.error(), 0), 1L, Long::sum);
      }
    }
    request
        .replyTo()
        .tell(
            new WorkerRequest.DeadLetterCounts(
                counts.entrySet().stream()
                    .map(
                        count ->
                            new DeadLetterCount(
                                count.getKey().reason(),
                                count.getKey().failure(),
                                count.getKey().error(),
                                count.getValue()))
                    .toList()));
  }

  private void redrive(WorkerRequest.Redrive request) {
    OptionalLong known = book.failures().concernedBy(request.order());
    long concerned;
    if (known.isPresent()) {
      concerned = known.getAsLong();
    } else {
      List<Long> offsets = offsets(request.filter(), this::mayBeTriedAgain);
      concerned = offsets.size();
      book.record(new Change.Redriven(request.order(), offsets, clock.millis()));
      if (concerned > 0) {
        log.info(
            "{} redrives {} dead letters of partition {} (order '{}')",
            subscription,
            concerned,
            partition,
            request.order());
      }
    }
    answerWhenDurable(
        new WorkerReply<>(
            request.replyTo(), new WorkerRequest.OrderDone(request.order(), concerned)));
  }

  /** At-most-once: what a handler has got it never gets again, not even by order. */
  private boolean mayBeTriedAgain(Letter letter) {
    return CursorPolicy.of(subscription).allowsSecondAttempt() || letter.givenUp().attempts() == 0;
  }

  /**
   * Nobody knows of a discarded message any more but the cursor, which has to be durable behind it.
   */
  private void discard(WorkerRequest.Discard request) {
    waiting.removeIf(other -> other.order().equals(request.order()));
    waiting.add(request);
    goOn();
  }

  /** Does what has waited for the cursor. */
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

  /** Whether there is something that waits for the cursor. */
  boolean waitForCursor() {
    return !waiting.isEmpty();
  }

  private void discardNow(WorkerRequest.Discard request) {
    OptionalLong known = book.failures().concernedBy(request.order());
    long concerned;
    if (known.isPresent()) {
      concerned = known.getAsLong();
    } else {
      List<Long> offsets = offsets(request.filter(), letter -> true);
      concerned = offsets.size();
      book.record(new Change.Discarded(request.order(), offsets, request.reason()));
      if (concerned > 0) {
        log.info(
            "{} discards {} dead letters of partition {}, offsets {}, because: {} (order '{}')",
            subscription,
            concerned,
            partition,
            offsets,
            request.reason(),
            request.order());
      }
    }
    answerWhenDurable(
        new WorkerReply<>(
            request.replyTo(), new WorkerRequest.OrderDone(request.order(), concerned)));
  }

  private List<Long> offsets(DeadLetterFilter filter, Predicate<Letter> condition) {
    return book.failures().letters().values().stream()
        .filter(condition)
        .filter(letter -> filter.matches(show(letter)))
        .map(Letter::offset)
        .toList();
  }

  private void setPaused(WorkerRequest.SetPaused request) {
    if (!book.failures().paused().equals(request.reason())) {
      book.record(new Change.Paused(request.reason()));
      log.info(
          "{} {} in partition {}{}",
          subscription,
          request.reason().isPresent() ? "is paused" : "goes on",
          partition,
          request.reason().map(reason -> ": " + reason).orElse(""));
    }
    answerWhenDurable(
        new WorkerReply<>(request.replyTo(), new WorkerRequest.PausedSet(request.reason())));
  }

  private void answerWhenDurable(WorkerReply<?> reply) {
    book.whenDurable(new AfterDurable.Reply(reply));
  }

  DeadLetter show(Letter letter) {
    Change.GivenUp givenUp = letter.givenUp();
    return new DeadLetter(
        subscription.storedName(),
        partition.topic(),
        partition.partition(),
        letter.offset(),
        units.keyOf(givenUp.place().unit()),
        givenUp.reason(),
        givenUp.cause().failure(),
        givenUp.cause().error(),
        givenUp.cause().message(),
        givenUp.attempts(),
        Instant.ofEpochMilli(givenUp.firstFailureMillis()),
        Instant.ofEpochMilli(givenUp.lastFailureMillis()),
        givenUp.consequence());
  }
}
