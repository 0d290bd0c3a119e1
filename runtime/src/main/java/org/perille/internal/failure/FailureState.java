package org.perille.internal.failure;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
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

  /** An ordering group and a time of its next message: when it is due, or when that was set. */
  private record Due(long atMillis, String group) implements Comparable<Due> {
    @Override
    public int compareTo(Due other) {
      int byTime = Long.compare(atMillis, other.atMillis);
      return byTime != 0 ? byTime : group.compareTo(other.group);
    }
  }

  private final Map<String, OrderingGroup> groups = new HashMap<>();
  private final Map<Long, String> groupByOffset = new HashMap<>();
  private final TreeSet<Due> due = new TreeSet<>();

  /** The times at which the due times were set: none of them should be in the future. */
  private final TreeSet<Due> dueSet = new TreeSet<>();

  private final TreeMap<Long, DeadLetterRecord> letters = new TreeMap<>();
  private final TreeSet<Long> stopping = new TreeSet<>();
  private final LinkedHashMap<String, Long> operations = new LinkedHashMap<>();
  private Optional<String> paused = Optional.empty();
  private long attemptHighWatermark;
  private long possiblyAttemptedBelow;
  private long generation;
  private long sequenceNumber;
  private int deferred;
  private int retrying;
  private int parked;

  /** Returns the state of a snapshot. */
  public static FailureState restore(FailureSnapshot snapshot) {
    FailureState failures = new FailureState();
    snapshot.deferred().forEach(deferred -> failures.put(deferred.group(), deferred.message()));
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
    List<FailureSnapshot.DeferredIn> messages = new ArrayList<>(deferred);
    groups.forEach(
        (name, group) ->
            group
                .messages()
                .forEach(message -> messages.add(new FailureSnapshot.DeferredIn(name, message))));
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
    if (change instanceof FailureEvent.Deferred deferred) {
      put(
          deferred.position().group(),
          DeferredMessage.waiting(deferred.position(), deferred.dueMillis(), deferred.tried()));
    } else if (change instanceof FailureEvent.Begun begun) {
      begun.offsets().forEach(offset -> put(begun.group(), require(begun.group(), offset).begin()));
    } else if (change instanceof FailureEvent.Withdrawn withdrawn) {
      withdraw(withdrawn.group());
    } else if (change instanceof FailureEvent.Failed failed) {
      withdraw(failed.position().group());
      put(
          failed.position().group(),
          deferredAt(failed.position())
              .fail(failed.cause(), failed.atMillis(), failed.dueMillis()));
    } else if (change instanceof FailureEvent.Interrupted interrupted) {
      put(
          interrupted.position().group(),
          deferredAt(interrupted.position())
              .interrupt(interrupted.counted(), interrupted.atMillis(), interrupted.dueMillis()));
    } else if (change instanceof FailureEvent.Resolved resolved) {
      remove(resolved.group(), resolved.offset());
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
    return deferred(position.offset()).orElseGet(() -> DeferredMessage.waiting(position, 0, true));
  }

  private DeferredMessage require(String group, long offset) {
    return deferred(offset)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "INV-10 only what was deferred is begun again: offset %d of '%s' was not"
                        .formatted(offset, group)));
  }

  private void withdraw(String name) {
    OrderingGroup group = groups.get(name);
    if (group != null) {
      List.copyOf(group.messages()).stream()
          .filter(DeferredMessage::begun)
          .forEach(message -> put(name, message.withdraw()));
    }
  }

  private void put(String name, DeferredMessage message) {
    OrderingGroup group = groups.computeIfAbsent(name, n -> new OrderingGroup());
    unindex(name, group);
    group.get(message.offset()).ifPresent(this::uncount);
    group.put(message);
    groupByOffset.put(message.offset(), name);
    count(message);
    index(name, group);
  }

  private void remove(String name, long offset) {
    OrderingGroup group = groups.get(name);
    if (group != null) {
      unindex(name, group);
      group.get(offset).ifPresent(this::uncount);
      group.remove(offset);
      groupByOffset.remove(offset);
      index(name, group);
    }
  }

  private void count(DeferredMessage message) {
    deferred++;
    retrying += message.attempts() > 0 || message.begun() ? 1 : 0;
  }

  private void uncount(DeferredMessage message) {
    deferred--;
    retrying -= message.attempts() > 0 || message.begun() ? 1 : 0;
  }

  private void unindex(String name, OrderingGroup group) {
    group
        .head()
        .ifPresent(
            head -> {
              due.remove(new Due(head.dueMillis(), name));
              dueSet.remove(new Due(head.dueSetMillis(), name));
            });
    parked -= group.parkedBy().isEmpty() ? 0 : 1;
  }

  private void index(String name, OrderingGroup group) {
    if (group.isEmpty()) {
      groups.remove(name);
      return;
    }
    if (!group.isParked()) {
      group
          .head()
          .ifPresent(
              head -> {
                due.add(new Due(head.dueMillis(), name));
                dueSet.add(new Due(head.dueSetMillis(), name));
              });
    }
    parked += group.parkedBy().isEmpty() ? 0 : 1;
  }

  private void giveUp(FailureEvent.GivenUp givenUp) {
    String name = givenUp.position().group();
    withdraw(name);
    remove(name, givenUp.position().offset());
    add(new DeadLetterRecord(givenUp, false));
  }

  private void add(DeadLetterRecord letter) {
    OnExhausted consequence = letter.givenUp().consequence();
    letters.put(letter.offset(), letter);
    if (consequence == OnExhausted.STOP_PARTITION) {
      stopping.add(letter.offset());
    }
    if (consequence != OnExhausted.CONTINUE) {
      String name = letter.givenUp().position().group();
      OrderingGroup group = groups.computeIfAbsent(name, n -> new OrderingGroup());
      unindex(name, group);
      group.park(letter.offset());
      index(name, group);
    }
  }

  private Optional<DeadLetterRecord> removeLetter(long offset) {
    Optional<DeadLetterRecord> letter = Optional.ofNullable(letters.remove(offset));
    stopping.remove(offset);
    letter.ifPresent(
        gone -> {
          String name = gone.givenUp().position().group();
          OrderingGroup group = groups.get(name);
          if (group != null) {
            unindex(name, group);
            group.unpark(offset);
            index(name, group);
          }
        });
    return letter;
  }

  private void redrive(long offset, long atMillis) {
    removeLetter(offset)
        .ifPresent(
            letter -> {
              FailureEvent.GivenUp was = letter.givenUp();
              put(
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
    groups.clear();
    groupByOffset.clear();
    due.clear();
    dueSet.clear();
    stopping.clear();
    deferred = 0;
    retrying = 0;
    parked = 0;
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

  /** Returns whether new messages of an ordering group have to wait behind others. */
  public boolean holds(String group) {
    return groups.containsKey(group);
  }

  /** Returns the deferred message at an offset; empty if there is none. */
  public Optional<DeferredMessage> deferred(long offset) {
    String group = groupByOffset.get(offset);
    return group == null ? Optional.empty() : groups.get(group).get(offset);
  }

  /** Returns whether the message at an offset is deferred or a dead letter. */
  public boolean knows(long offset) {
    return groupByOffset.containsKey(offset) || letters.containsKey(offset);
  }

  /**
   * Returns the next messages of an ordering group that may be tried together, in order.
   *
   * <p>A message that has failed or was interrupted is returned alone, so that its effects on
   * others aren't taken for their fault.
   *
   * @param most the maximum number of messages
   */
  public List<DeferredMessage> nextOnes(String group, long nowMillis, int most) {
    List<DeferredMessage> next = new ArrayList<>();
    OrderingGroup known = groups.get(group);
    if (known == null) {
      return next;
    }
    for (DeferredMessage message : known.messages()) {
      boolean alone = message.runsAlone();
      if (next.size() == most
          || !message.isDue(nowMillis)
          || (alone && !next.isEmpty())
          || known.isParkedAt(message.offset())) {
        break;
      }
      next.add(message);
      if (alone) {
        break;
      }
    }
    return next;
  }

  /**
   * Returns the ordering groups whose next message may be tried now, longest waiting first. Those
   * whose due time seems to have been set in the future come last.
   */
  public Iterable<String> dueAt(long nowMillis) {
    Due next = new Due(nowMillis + 1, "");
    Due future = new Due(nowMillis + DeferredMessage.MAX_CLOCK_DIFFERENCE_MILLIS + 1, "");
    return () ->
        Stream.concat(due.headSet(next, false).stream(), dueSet.tailSet(future, true).stream())
            .map(Due::group)
            .iterator();
  }

  /** Returns the earliest due time after now; empty if no message is due later. */
  public OptionalLong nextDueAfter(long nowMillis) {
    Due next = due.ceiling(new Due(nowMillis + 1, ""));
    return next == null ? OptionalLong.empty() : OptionalLong.of(next.atMillis());
  }

  /**
   * Returns the offsets of all deferred messages and dead letters. The cursor may have passed them.
   */
  public Collection<Long> unhandled() {
    List<Long> offsets = new ArrayList<>(groupByOffset.keySet());
    offsets.addAll(letters.keySet());
    return offsets;
  }

  /** Returns all deferred messages by ordering group, in the order of each group. */
  public Map<String, Collection<DeferredMessage>> deferred() {
    Map<String, Collection<DeferredMessage>> all = new HashMap<>();
    groups.forEach((name, group) -> all.put(name, group.messages()));
    return all;
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

  /** Returns the number of deferred messages. */
  public int deferredMessages() {
    return deferred;
  }

  /** Returns the number of deferred messages that have failed or are being tried. */
  public int retryingMessages() {
    return retrying;
  }

  /** Returns the number of ordering groups that are parked behind a dead letter. */
  public int parkedGroups() {
    return parked;
  }
}
