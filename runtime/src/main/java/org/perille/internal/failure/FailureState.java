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
import org.perille.OnExhausted;

/**
 * What a subscription can't handle in order in a partition: messages that are tried again, wait
 * behind others or for their time, and dead letters. {@link #apply} changes it and nothing else
 * does; it evolves in place, and one whose write failed is thrown away.
 */
public final class FailureState {
  /** Orders that are remembered, so that repeating one changes nothing more. */
  static final int MAX_OPERATIONS = 1000;

  /** An ordering group at the time when its next message may be tried. */
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

  /** The same as when it was stored. */
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

  /** All of it, to be stored. */
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

  /** Takes in an event that was written or is replayed. */
  public void apply(FailureLogEvent event) {
    sequenceNumber++;
    if (event instanceof FailureLogEvent.Changed changed) {
      changed.changes().forEach(this::apply);
    }
  }

  /** Takes in what has happened. */
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
      redriven.offsets().forEach(offset -> redrive(offset, redriven.dueMillis()));
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
    group.head().ifPresent(head -> due.remove(new Due(head.dueMillis(), name)));
    parked -= group.parkedBy().isEmpty() ? 0 : 1;
  }

  private void index(String name, OrderingGroup group) {
    if (group.isEmpty()) {
      groups.remove(name);
      return;
    }
    if (!group.isParked()) {
      group.head().ifPresent(head -> due.add(new Due(head.dueMillis(), name)));
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

  private void redrive(long offset, long dueMillis) {
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
                      dueMillis,
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
    stopping.clear();
    deferred = 0;
    retrying = 0;
    parked = 0;
    letters.tailMap(begun.start(), true).clear();
    // What was parked comes again, or was passed over; nothing waits behind an older letter.
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

  /** Returns whether messages of an ordering group have to wait behind others. */
  public boolean holds(String group) {
    return groups.containsKey(group);
  }

  /** A message that was deferred. */
  public Optional<DeferredMessage> deferred(long offset) {
    String group = groupByOffset.get(offset);
    return group == null ? Optional.empty() : groups.get(group).get(offset);
  }

  /** Returns whether a message was deferred or is a dead letter. */
  public boolean knows(long offset) {
    return groupByOffset.containsKey(offset) || letters.containsKey(offset);
  }

  /**
   * Messages of an ordering group that may be tried one after the other, in order; but one that has
   * failed or was interrupted is tried alone: whatever it does to others can't be taken for their
   * fault.
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
          || message.dueMillis() > nowMillis
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

  /** Units whose next message may be tried now, those that wait longest first. */
  public Iterable<String> dueAt(long nowMillis) {
    return () -> due.headSet(new Due(nowMillis + 1, ""), false).stream().map(Due::group).iterator();
  }

  /** When the next message may be tried of those that can't be now. */
  public OptionalLong nextDueAfter(long nowMillis) {
    Due next = due.ceiling(new Due(nowMillis + 1, ""));
    return next == null ? OptionalLong.empty() : OptionalLong.of(next.atMillis());
  }

  /** Offsets that the cursor may have passed and that were not handled. */
  public Collection<Long> unhandled() {
    List<Long> offsets = new ArrayList<>(groupByOffset.keySet());
    offsets.addAll(letters.keySet());
    return offsets;
  }

  /** Every message that was deferred, ordering group by ordering group, in the order of each. */
  public Map<String, Collection<DeferredMessage>> deferred() {
    Map<String, Collection<DeferredMessage>> all = new HashMap<>();
    groups.forEach((name, group) -> all.put(name, group.messages()));
    return all;
  }

  public NavigableMap<Long, DeadLetterRecord> letters() {
    return Collections.unmodifiableNavigableMap(letters);
  }

  /** How many dead letters an order has concerned, if it is known. */
  public OptionalLong concernedBy(String requestId) {
    Long concerned = operations.get(requestId);
    return concerned == null ? OptionalLong.empty() : OptionalLong.of(concerned);
  }

  /** Why an operator has paused it. */
  public Optional<String> paused() {
    return paused;
  }

  /** The dead letter that stops the partition, if one does. */
  public Optional<DeadLetterRecord> stoppedBy() {
    return stopping.isEmpty() ? Optional.empty() : Optional.of(letters.get(stopping.first()));
  }

  /** No message at or above this offset was ever handed to a handler. */
  public long attemptHighWatermark() {
    return attemptHighWatermark;
  }

  /** Messages below this offset were handed to a handler after a predecessor may have done so. */
  public long possiblyAttemptedBelow() {
    return possiblyAttemptedBelow;
  }

  /** The generation of the subscription that all this belongs to. */
  public long generation() {
    return generation;
  }

  /** The journal sequence number of the last event. */
  public long sequenceNumber() {
    return sequenceNumber;
  }

  /** Messages that were deferred. */
  public int deferredMessages() {
    return deferred;
  }

  /** Those of them that were tried, or are being tried. */
  public int retryingMessages() {
    return retrying;
  }

  /** Units that wait behind a dead letter. */
  public int parkedGroups() {
    return parked;
  }
}
