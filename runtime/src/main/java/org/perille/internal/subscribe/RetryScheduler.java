package org.perille.internal.subscribe;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.perille.internal.failure.Change;
import org.perille.internal.failure.FailureBook;
import org.perille.internal.failure.Failures;
import org.perille.internal.failure.Held;
import org.perille.internal.failure.Judge;
import org.perille.internal.feed.MessageReader.Wanted;
import org.perille.internal.log.LogEntry;

/**
 * Brings deferred messages back when their time has come: has those read again that weren't cached,
 * records that attempts begin, and has them dispatched when that is durable. A handler that ends
 * its whole process can't hide that it was called.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
final class RetryScheduler {
  /** Units that are brought back at once: enough to keep handlers busy while others are read. */
  private static final int MAX_UNITS = 64;

  /** Messages of a unit that are brought back at once. */
  private static final int MAX_MESSAGES = 100;

  /** The same of messages that may have been interrupted: so many are tried alone if it happens. */
  private static final int MAX_SUSPECTS = 10;

  /** Of failed messages that wait in memory. */
  private static final long MAX_CACHED_BYTES = 1 << 20;

  private final WorkerContext context;
  private final FailureBook<AfterDurable> book;
  private final Judge judge;
  private final Units units;
  private final CursorKeeper cursors;
  private final Completion completion;
  private final Dispatcher dispatcher;
  private final RetryCache cache = new RetryCache(MAX_CACHED_BYTES);

  /** Units of which messages are being brought back, or are back and still to end. */
  private final Map<String, RetryBatch.OfUnit> back = new HashMap<>();

  /** The unit of which a message is under way that must be alone. */
  private Optional<String> suspect = Optional.empty();

  /** Units of which messages are under way that may have been interrupted among many others. */
  private final Set<String> suspects = new HashSet<>();

  private boolean closed;

  RetryScheduler(
      WorkerContext context,
      FailureBook<AfterDurable> book,
      Judge judge,
      CursorKeeper cursors,
      Completion completion,
      Dispatcher dispatcher) {
    this.context = context;
    this.book = book;
    this.judge = judge;
    this.units = Units.of(context.subscription());
    this.cursors = cursors;
    this.completion = completion;
    this.dispatcher = dispatcher;
  }

  private Failures failures() {
    return book.failures();
  }

  /** Brings back what is due, and returns when the next message will be. */
  OptionalLong bringBack() {
    long now = context.now();
    List<RetryBatch.OfUnit> returns = new ArrayList<>();
    for (String unit : failures().dueAt(now)) {
      if (back.size() >= MAX_UNITS) {
        break;
      }
      List<Held> next = back.containsKey(unit) ? List.of() : next(unit, now);
      if (!next.isEmpty() && mayComeBack(unit, mostSuspicious(next))) {
        RetryBatch.OfUnit brought = new RetryBatch.OfUnit(unit, next);
        back.put(unit, brought);
        returns.add(brought);
      }
    }
    if (!returns.isEmpty()) {
      begin(new RetryBatch(returns, now));
    }
    return failures().nextDueAfter(now);
  }

  /**
   * What may have been interrupted among many others comes back as one of a few. What was
   * interrupted as one of a few is under way alone, until its outcome is durable: if it ends the
   * process it has done so by itself, and nobody else is taken for its fault.
   */
  private boolean mayComeBack(String unit, Held message) {
    if (!message.unclear()) {
      return true;
    }
    if (suspect.isPresent() || (message.mustBeAlone() && !suspects.isEmpty())) {
      return false;
    }
    if (message.mustBeAlone()) {
      suspect = Optional.of(unit);
    } else {
      suspects.add(unit);
    }
    return true;
  }

  private static Held mostSuspicious(List<Held> messages) {
    return messages.stream().filter(Held::unclear).findFirst().orElse(messages.get(0));
  }

  private void clear(String unit) {
    if (suspect.filter(unit::equals).isPresent() || suspects.contains(unit)) {
      book.whenDurable(new AfterDurable.EndTrial(unit));
    }
  }

  /** The outcome of a unit's messages is durable that may have ended a process. */
  void endTrial(String unit) {
    suspect = suspect.filter(other -> !other.equals(unit));
    suspects.remove(unit);
  }

  /** Behind what was fed a message may be missing that comes before one that is due. */
  private List<Held> next(String unit, long now) {
    long fedBelow = dispatcher.fedBelow();
    List<Held> next = failures().nextOnes(unit, now, MAX_MESSAGES);
    boolean suspicious = next.stream().anyMatch(Held::unclear);
    return next.stream()
        .limit(suspicious ? MAX_SUSPECTS : MAX_MESSAGES)
        .takeWhile(message -> message.offset() < fedBelow)
        .toList();
  }

  private void begin(RetryBatch batch) {
    List<Wanted> wanted = new ArrayList<>();
    for (RetryBatch.OfUnit unit : batch.units()) {
      for (Held message : unit.messages()) {
        cache
            .take(message.offset())
            .ifPresentOrElse(
                batch::add,
                () -> wanted.add(new Wanted(message.offset(), message.sequenceNumber())));
      }
    }
    if (wanted.isEmpty()) {
      batch.read(Map.of());
    } else {
      context.add(new WorkerAction.ReadMessages(wanted, Optional.of(batch)));
    }
    if (!cursors.reopen(batch.offsets(), batch)) {
      reopened(batch);
    }
  }

  /** Records that attempts begin: no durable cursor contains these messages any more. */
  void reopened(RetryBatch batch) {
    for (RetryBatch.OfUnit unit : stillWanted(batch)) {
      book.record(new Change.Begun(unit.unit(), unit.offsets()));
    }
    completion.updateHandled();
    book.whenDurable(new AfterDurable.StartRetries(batch));
  }

  /** Takes the messages that were read for a batch. */
  void read(RetryBatch batch, Map<Long, LogEntry> found) {
    batch.read(found);
    dispatchIfReady(batch);
  }

  /** Takes notice that it is durable that attempts begin. */
  void start(RetryBatch batch) {
    batch.recorded();
    dispatchIfReady(batch);
  }

  private void dispatchIfReady(RetryBatch batch) {
    if (batch.isReady() && !closed) {
      dispatcher.handleAgain(works(batch));
    }
  }

  /** Another message of a unit may have failed meanwhile: then what follows it waits once more. */
  private List<RetryBatch.OfUnit> stillWanted(RetryBatch batch) {
    return batch.units().stream().filter(unit -> back.get(unit.unit()) == unit).toList();
  }

  private List<Work> works(RetryBatch batch) {
    List<Work> works = new ArrayList<>();
    for (RetryBatch.OfUnit unit : stillWanted(batch)) {
      for (Held message : unit.messages()) {
        LogEntry entry = batch.entry(message.offset());
        Work work =
            new Work(
                entry,
                units.of(entry),
                message.sequenceNumber(),
                new Work.Past(
                    message.attempts(),
                    message.tried(),
                    message.redriven(),
                    judge.isExhausted(message, batch.nowMillis())));
        if (message.mustBeAlone()) {
          work.beAlone();
        }
        works.add(work);
      }
    }
    return works;
  }

  /** A message is done that was brought back. */
  void done(String unit, long offset) {
    book.record(new Change.Resolved(unit, offset));
    back.computeIfPresent(unit, (name, brought) -> brought.isLast() ? null : brought);
    if (!back.containsKey(unit)) {
      clear(unit);
    }
  }

  /** A message failed that is going to be tried again. */
  void failed(LogEntry entry) {
    cache.keep(entry);
  }

  /** What was brought back of a unit has ended: one failed, and those behind it were let go of. */
  void ended(String unit) {
    back.remove(unit);
    clear(unit);
  }

  /** Dispatches nothing more: the worker stops. */
  void close() {
    closed = true;
  }

  /** Nothing runs any more, and what was brought back and not tried is as it was. */
  void giveBack() {
    Set<String> all = new HashSet<>(back.keySet());
    all.forEach(unit -> book.record(new Change.Withdrawn(unit)));
    back.clear();
  }
}
