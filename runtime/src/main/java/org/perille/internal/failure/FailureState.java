package org.perille.internal.failure;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import org.perille.OnExhausted;
import org.perille.internal.Pure;

/**
 * The failure state of a subscription in a partition: deferred messages and dead letters.
 *
 * <p>A deferred message waits for its retry, for its due time, or behind others of its ordering
 * group. Only {@link #apply} changes the state. It changes in place, so a state whose write failed
 * must be thrown away.
 */
@Pure
public final class FailureState {
  /** The number of operations that are stored, so that repeating one of them has no effect. */
  static final int MAX_OPERATIONS = 1000;

  private final DeferredMessages deferred = new DeferredMessages();
  private final TreeMap<Long, DeadLetterRecord> letters = new TreeMap<>();
  private final TreeSet<Long> stopping = new TreeSet<>();
  private final LinkedHashMap<String, Long> operations = new LinkedHashMap<>();
  private Optional<String> paused = Optional.empty();
  private long attemptHighWatermark;
  private long possiblyAttemptedBelow;
  private long generation;
  private long sequenceNumber;

  /** Returns the state of a snapshot. */
  public static FailureState restore(FailureSnapshot snapshot) {
    FailureState failures = new FailureState();
    snapshot.deferred().forEach(in -> failures.deferred.put(in.group(), in.message()));
    snapshot.letters().forEach(failures::add);
    snapshot
        .operations()
        .forEach(requestId -> failures.remember(requestId.name(), requestId.concerned()));
    failures.paused = snapshot.paused();
    failures.attemptHighWatermark = snapshot.attemptHighWatermark();
    failures.possiblyAttemptedBelow = snapshot.possiblyAttemptedBelow();
    failures.generation = snapshot.generation();
    failures.sequenceNumber = snapshot.sequenceNumber();
    return failures;
  }

  /** Returns a snapshot of the whole state. */
  public FailureSnapshot snapshot() {
    List<FailureSnapshot.DeferredIn> messages = new ArrayList<>(deferred.size());
    deferred
        .byGroup()
        .forEach(
            (group, inOrder) ->
                inOrder.forEach(
                    message -> messages.add(new FailureSnapshot.DeferredIn(group, message))));
    return new FailureSnapshot(
        messages,
        List.copyOf(letters.values()),
        operations.entrySet().stream()
            .map(
                requestId ->
                    new FailureSnapshot.Operation(requestId.getKey(), requestId.getValue()))
            .toList(),
        paused,
        attemptHighWatermark,
        possiblyAttemptedBelow,
        generation,
        sequenceNumber);
  }

  /** Applies an event of the log that was written or is replayed. */
  public void apply(FailureLogEvent event) {
    sequenceNumber++;
    if (event instanceof FailureLogEvent.Changed changed) {
      changed.changes().forEach(this::apply);
    }
  }

  /** Applies a failure event. */
  public void apply(FailureEvent change) {
    if (change instanceof FailureEvent.Deferred added) {
      deferred.put(
          added.position().group(),
          DeferredMessage.waiting(added.position(), added.dueMillis(), added.tried()));
    } else if (change instanceof FailureEvent.Begun begun) {
      begun
          .offsets()
          .forEach(offset -> deferred.put(begun.group(), require(begun.group(), offset).begin()));
    } else if (change instanceof FailureEvent.Withdrawn withdrawn) {
      deferred.withdraw(withdrawn.group());
    } else if (change instanceof FailureEvent.Failed failed) {
      deferred.withdraw(failed.position().group());
      deferred.put(
          failed.position().group(),
          deferredAt(failed.position())
              .fail(failed.cause(), failed.atMillis(), failed.dueMillis()));
    } else if (change instanceof FailureEvent.Interrupted interrupted) {
      deferred.put(
          interrupted.position().group(),
          deferredAt(interrupted.position())
              .interrupt(interrupted.counted(), interrupted.atMillis(), interrupted.dueMillis()));
    } else if (change instanceof FailureEvent.Resolved resolved) {
      deferred.remove(resolved.group(), resolved.offset());
    } else if (change instanceof FailureEvent.GivenUp givenUp) {
      giveUp(givenUp);
    } else if (change instanceof FailureEvent.Forwarded forwarded) {
      letters.computeIfPresent(
          forwarded.offset(), (offset, letter) -> new DeadLetterRecord(letter.givenUp(), true));
    } else if (change instanceof FailureEvent.Redriven redriven) {
      redriven.offsets().forEach(offset -> redrive(offset, redriven.atMillis()));
      remember(redriven.requestId(), redriven.offsets().size());
    } else if (change instanceof FailureEvent.Discarded discarded) {
      discarded.offsets().forEach(this::removeLetter);
      remember(discarded.requestId(), discarded.offsets().size());
    } else if (change instanceof FailureEvent.Paused pause) {
      paused = pause.reason();
    } else if (change instanceof FailureEvent.AttemptHighWatermark watermark) {
      attemptHighWatermark = Math.max(attemptHighWatermark, watermark.below());
    } else if (change instanceof FailureEvent.PossiblyAttemptedBegun possiblyAttempted) {
      possiblyAttemptedBelow = Math.max(possiblyAttemptedBelow, possiblyAttempted.below());
    } else if (change instanceof FailureEvent.Settled settled) {
      attemptHighWatermark = settled.below();
      possiblyAttemptedBelow = 0;
    } else if (change instanceof FailureEvent.GenerationBegun begun) {
      begin(begun);
    }
  }

  private DeferredMessage deferredAt(FailureEvent.Position position) {
    return deferred
        .at(position.offset())
        .orElseGet(() -> DeferredMessage.waiting(position, 0, true));
  }

  private DeferredMessage require(String group, long offset) {
    return deferred
        .at(offset)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "INV-10 only what was deferred is begun again: offset %d of '%s' was not"
                        .formatted(offset, group)));
  }

  private void giveUp(FailureEvent.GivenUp givenUp) {
    String name = givenUp.position().group();
    deferred.withdraw(name);
    deferred.remove(name, givenUp.position().offset());
    add(new DeadLetterRecord(givenUp, false));
  }

  private void add(DeadLetterRecord letter) {
    OnExhausted consequence = letter.givenUp().consequence();
    letters.put(letter.offset(), letter);
    if (consequence == OnExhausted.STOP_PARTITION) {
      stopping.add(letter.offset());
    }
    if (consequence != OnExhausted.CONTINUE) {
      deferred.park(letter.givenUp().position().group(), letter.offset());
    }
  }

  private Optional<DeadLetterRecord> removeLetter(long offset) {
    Optional<DeadLetterRecord> letter = Optional.ofNullable(letters.remove(offset));
    stopping.remove(offset);
    letter.ifPresent(gone -> deferred.unpark(gone.givenUp().position().group(), offset));
    return letter;
  }

  private void redrive(long offset, long atMillis) {
    removeLetter(offset)
        .ifPresent(
            letter -> {
              FailureEvent.GivenUp was = letter.givenUp();
              deferred.put(
                  was.position().group(),
                  new DeferredMessage(
                      offset,
                      was.position().sequenceNumber(),
                      was.attempts(),
                      was.attempts(),
                      was.firstFailureMillis(),
                      0,
                      was.lastFailureMillis(),
                      was.cause(),
                      atMillis,
                      atMillis,
                      true,
                      false,
                      false,
                      false,
                      true));
            });
  }

  private void remember(String requestId, long concerned) {
    operations.put(requestId, concerned);
    while (operations.size() > MAX_OPERATIONS) {
      operations.remove(operations.keySet().iterator().next());
    }
  }

  private void begin(FailureEvent.GenerationBegun begun) {
    generation = begun.number();
    possiblyAttemptedBelow = 0;
    deferred.clear();
    stopping.clear();
    letters.tailMap(begun.start(), true).clear();
    // The new generation reads parked messages again, or has passed over them. No message waits
    // behind an older dead letter.
    letters.replaceAll(
        (offset, letter) -> {
          FailureEvent.GivenUp was = letter.givenUp();
          return new DeadLetterRecord(
              new FailureEvent.GivenUp(
                  was.position(),
                  was.reason(),
                  was.cause(),
                  was.attempts(),
                  was.firstFailureMillis(),
                  was.lastFailureMillis(),
                  OnExhausted.CONTINUE),
              letter.forwarded());
        });
  }

  /** Returns whether the message at an offset is deferred or a dead letter. */
  public boolean knows(long offset) {
    return deferred.at(offset).isPresent() || letters.containsKey(offset);
  }

  /**
   * Returns the offsets of all deferred messages and dead letters. The cursor may have passed them.
   */
  public Collection<Long> unhandled() {
    List<Long> offsets = new ArrayList<>(deferred.offsets());
    offsets.addAll(letters.keySet());
    return offsets;
  }

  /** Returns the deferred messages. */
  public DeferredMessages deferred() {
    return deferred;
  }

  public NavigableMap<Long, DeadLetterRecord> letters() {
    return Collections.unmodifiableNavigableMap(letters);
  }

  /** Returns how many dead letters an operation concerned; empty if the operation isn't known. */
  public OptionalLong concernedBy(String requestId) {
    Long concerned = operations.get(requestId);
    return concerned == null ? OptionalLong.empty() : OptionalLong.of(concerned);
  }

  /** Returns the reason for which an operator paused the partition; empty if it isn't paused. */
  public Optional<String> paused() {
    return paused;
  }

  /** Returns the first dead letter that stops the partition; empty if none does. */
  public Optional<DeadLetterRecord> stoppedBy() {
    return stopping.isEmpty() ? Optional.empty() : Optional.of(letters.get(stopping.first()));
  }

  /** Returns the attempt high watermark: no message at or above this offset was ever attempted. */
  public long attemptHighWatermark() {
    return attemptHighWatermark;
  }

  /**
   * Returns the offset below which messages were attempted again after a predecessor may have
   * attempted them.
   */
  public long possiblyAttemptedBelow() {
    return possiblyAttemptedBelow;
  }

  /** Returns the generation of the subscription that this state belongs to. */
  public long generation() {
    return generation;
  }

  /** Returns the journal sequence number of the last event. */
  public long sequenceNumber() {
    return sequenceNumber;
  }
}
