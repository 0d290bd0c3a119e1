package org.perille.internal.subscribe;

import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.perille.internal.failure.Change;
import org.perille.internal.failure.FailureBook;
import org.perille.internal.failure.Failures;
import org.perille.internal.failure.Held;
import org.perille.internal.failure.Judge;
import org.perille.internal.feed.MessageReader;
import org.perille.internal.log.LogEntry;

/**
 * Brings messages back that were put aside, when their time has come: reads again those that
 * weren't kept, makes it durable that attempts begin, and hands them to the pool. A handler that
 * ends its whole process can't hide that it was called.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
final class Aside {
  /** What it needs of its worker. */
  interface Host {
    /** Continues on the worker's thread with what was read; a failure ends the worker. */
    void whenRead(
        CompletionStage<Map<Long, LogEntry>> read,
        java.util.function.Consumer<Map<Long, LogEntry>> next);

    /** Makes it durable, where the cursor tells it, that these effects haven't happened; then… */
    void reopen(List<Long> offsets, Runnable then);

    /** Offsets are about to be handled that the cursor has passed. */
    void aboutToHandle();

    void run(List<Work> works);
  }

  /** Units that are brought back at once: enough to keep handlers busy while others are read. */
  private static final int MAX_UNITS = 64;

  /** Messages of a unit that are brought back at once. */
  private static final int MAX_MESSAGES = 100;

  /** The same of messages that may have been interrupted: so many are tried alone if it happens. */
  private static final int MAX_SUSPECTS = 10;

  /** Of failed messages that wait in memory. */
  private static final long MAX_KEPT_BYTES = 1 << 20;

  private final FailureBook<AfterDurable> book;
  private final Judge judge;
  private final Units units;
  private final MessageReader reader;
  private final Clock clock;
  private final Host host;
  private final Kept kept = new Kept(MAX_KEPT_BYTES);

  /** Units of which messages are being brought back, or are back and still to end. */
  private final Map<String, RetryBatch.OfUnit> back = new HashMap<>();

  /** The unit of which a message is under way that must be alone. */
  private Optional<String> suspect = Optional.empty();

  /** Units of which messages are under way that may have been interrupted among many others. */
  private final Set<String> suspects = new HashSet<>();

  Aside(
      FailureBook<AfterDurable> book,
      Judge judge,
      Units units,
      MessageReader reader,
      Clock clock,
      Host host) {
    this.book = book;
    this.judge = judge;
    this.units = units;
    this.reader = reader;
    this.clock = clock;
    this.host = host;
  }

  private Failures failures() {
    return book.failures();
  }

  /**
   * Brings back what is due, and says when to come again.
   *
   * @param fedBelow the offset up to which everything is finished, or in the pool, or was put
   *     aside: behind it a message may be missing that comes before one that is due
   */
  OptionalLong bringBack(long fedBelow) {
    long now = clock.millis();
    List<RetryBatch.OfUnit> returns = new ArrayList<>();
    for (String unit : failures().dueAt(now)) {
      if (back.size() >= MAX_UNITS) {
        break;
      }
      List<Held> next = back.containsKey(unit) ? List.of() : next(unit, now, fedBelow);
      if (!next.isEmpty() && mayComeBack(unit, mostSuspicious(next))) {
        RetryBatch.OfUnit brought = new RetryBatch.OfUnit(unit, next);
        back.put(unit, brought);
        returns.add(brought);
      }
    }
    if (!returns.isEmpty()) {
      begin(returns, now);
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

  private List<Held> next(String unit, long now, long fedBelow) {
    List<Held> next = failures().nextOnes(unit, now, MAX_MESSAGES);
    boolean suspicious = next.stream().anyMatch(Held::unclear);
    return next.stream()
        .limit(suspicious ? MAX_SUSPECTS : MAX_MESSAGES)
        .takeWhile(message -> message.offset() < fedBelow)
        .toList();
  }

  private void begin(List<RetryBatch.OfUnit> returns, long now) {
    List<Long> offsets = new ArrayList<>();
    List<MessageReader.Wanted> wanted = new ArrayList<>();
    Map<Long, LogEntry> entries = new HashMap<>();
    for (RetryBatch.OfUnit unit : returns) {
      for (Held message : unit.messages()) {
        offsets.add(message.offset());
        kept.take(message.offset())
            .ifPresentOrElse(
                entry -> entries.put(entry.offset(), entry),
                () ->
                    wanted.add(
                        new MessageReader.Wanted(message.offset(), message.sequenceNumber())));
      }
    }
    RetryBatch batch = new RetryBatch(returns, entries, reader.read(wanted), now);
    host.reopen(offsets, () -> begin(batch));
  }

  private void begin(RetryBatch batch) {
    for (RetryBatch.OfUnit unit : stillWanted(batch)) {
      book.record(
          new Change.Begun(unit.unit(), unit.messages().stream().map(Held::offset).toList()));
    }
    host.aboutToHandle();
    book.whenDurable(new AfterDurable.StartRetries(batch));
  }

  /** It is durable that attempts begin. */
  void start(RetryBatch batch) {
    host.whenRead(
        batch.read(),
        found -> {
          batch.entries().putAll(found);
          host.run(works(batch));
        });
  }

  /** Another message of a unit may have failed meanwhile: then what follows it waits once more. */
  private List<RetryBatch.OfUnit> stillWanted(RetryBatch batch) {
    return batch.units().stream().filter(unit -> back.get(unit.unit()) == unit).toList();
  }

  private List<Work> works(RetryBatch batch) {
    List<Work> works = new ArrayList<>();
    for (RetryBatch.OfUnit unit : stillWanted(batch)) {
      for (Held message : unit.messages()) {
        LogEntry entry = Optional.ofNullable(batch.entries().get(message.offset())).orElseThrow();
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
    kept.keep(entry);
  }

  /** What was brought back of a unit has ended: one failed, and those behind it were let go of. */
  void ended(String unit) {
    back.remove(unit);
    clear(unit);
  }

  /** Nothing runs any more, and what was brought back and not tried is as it was. */
  void giveBack() {
    Set<String> all = new HashSet<>(back.keySet());
    all.forEach(unit -> book.record(new Change.Withdrawn(unit)));
    back.clear();
  }
}
