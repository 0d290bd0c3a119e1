package org.perille.internal.worker;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.perille.DeadLetter;
import org.perille.internal.Pure;
import org.perille.internal.failure.DeadLetterRecord;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailureJournal;
import org.perille.internal.feed.MessageReader.Wanted;
import org.perille.internal.log.LogEntry;

/**
 * The dead letters of a worker whose messages will be in the dead-letter topic, and aren't yet.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
@Pure
final class PendingForwards {
  private final WorkerContext context;
  private final FailureJournal<AfterDurable> journal;
  private final Function<DeadLetterRecord, DeadLetter> shown;

  /** The offsets of a predecessor's dead letters whose messages are being read. */
  private final Set<Long> unread = new HashSet<>();

  /** The offsets of dead letters whose messages can't be read from the log. */
  private final Set<Long> missing = new HashSet<>();

  PendingForwards(
      WorkerContext context,
      FailureJournal<AfterDurable> journal,
      Function<DeadLetterRecord, DeadLetter> shown) {
    this.context = context;
    this.journal = journal;
    this.shown = shown;
  }

  /** Returns whether the message of a dead letter will be in the dead-letter topic, and isn't. */
  boolean contains(DeadLetterRecord letter) {
    return areNeeded() && !letter.forwarded() && !missing.contains(letter.offset());
  }

  private boolean areNeeded() {
    return context.subscription().deadLetterTopic().isPresent();
  }

  /** Reads the messages of the dead letters that a predecessor has not forwarded. */
  void recover() {
    List<Wanted> due =
        journal.failures().letters().values().stream()
            .filter(this::contains)
            .map(
                letter -> new Wanted(letter.offset(), letter.givenUp().position().sequenceNumber()))
            .toList();
    if (!due.isEmpty()) {
      due.forEach(wanted -> unread.add(wanted.offset()));
      context.add(new WorkerAction.ReadMessages(due, Optional.empty()));
    }
  }

  /** Forwards the dead letters of a predecessor whose messages were found. */
  void read(Map<Long, LogEntry> found) {
    unread.removeAll(found.keySet());
    missing.addAll(unread);
    unread.clear();
    found.forEach(
        (offset, entry) ->
            Optional.ofNullable(journal.failures().letters().get(offset))
                .ifPresent(letter -> forward(letter, entry)));
  }

  /** Forwards a dead letter, if the subscription has a dead-letter topic. */
  void forward(DeadLetterRecord letter, LogEntry entry) {
    if (areNeeded() && entry.message().unreadable().isPresent()) {
      // It remains a dead letter here. Its payload is in the log, but there is nothing to publish.
      missing.add(letter.offset());
    } else if (areNeeded()) {
      // The offset may be that of an earlier dead letter, which was redriven and given up again.
      missing.remove(letter.offset());
      context.add(new WorkerAction.Forward(letter, shown.apply(letter), entry));
    }
  }

  /** Notes that the dead-letter topic has a message. */
  void forwarded(long offset) {
    journal.record(new FailureEvent.Forwarded(offset));
  }
}
