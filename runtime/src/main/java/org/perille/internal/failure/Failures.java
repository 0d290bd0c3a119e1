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
 * What a subscription can't handle in its turn in a partition: messages that are tried again, wait
 * behind others or for their time, and dead letters. {@link #apply} changes it and nothing else
 * does; it evolves in place, and one whose write failed is thrown away.
 */
public final class Failures {
  /** Orders that are remembered, so that repeating one changes nothing more. */
  static final int MAX_ORDERS = 1000;

  /** A unit at the time when its next message may be tried. */
  private record Due(long atMillis, String unit) implements Comparable<Due> {
    @Override
    public int compareTo(Due other) {
      int byTime = Long.compare(atMillis, other.atMillis);
      return byTime != 0 ? byTime : unit.compareTo(other.unit);
    }
  }

  private final Map<String, Unit> units = new HashMap<>();
  private final Map<Long, String> unitByOffset = new HashMap<>();
  private final TreeSet<Due> due = new TreeSet<>();
  private final TreeMap<Long, Letter> letters = new TreeMap<>();
  private final TreeSet<Long> stopping = new TreeSet<>();
  private final LinkedHashMap<String, Long> orders = new LinkedHashMap<>();
  private Optional<String> paused = Optional.empty();
  private long reservedBelow;
  private long suspectsBelow;
  private long generation;
  private long sequenceNumber;
  private int held;
  private int retrying;
  private int parked;

  /** The same as when it was stored. */
  public static Failures restore(FailureSnapshot snapshot) {
    Failures failures = new Failures();
    snapshot.held().forEach(held -> failures.put(held.unit(), held.message()));
    snapshot.letters().forEach(failures::add);
    snapshot.orders().forEach(order -> failures.remember(order.name(), order.concerned()));
    failures.paused = snapshot.paused();
    failures.reservedBelow = snapshot.reservedBelow();
    failures.suspectsBelow = snapshot.suspectsBelow();
    failures.generation = snapshot.generation();
    failures.sequenceNumber = snapshot.sequenceNumber();
    return failures;
  }

  /** All of it, to be stored. */
  public FailureSnapshot snapshot() {
    List<FailureSnapshot.HeldIn> messages = new ArrayList<>(held);
    units.forEach(
        (name, unit) ->
            unit.messages()
                .forEach(message -> messages.add(new FailureSnapshot.HeldIn(name, message))));
    return new FailureSnapshot(
        messages,
        List.copyOf(letters.values()),
        orders.entrySet().stream()
            .map(order -> new FailureSnapshot.Order(order.getKey(), order.getValue()))
            .toList(),
        paused,
        reservedBelow,
        suspectsBelow,
        generation,
        sequenceNumber);
  }

  /** Takes in an event that was written or is replayed. */
  public void apply(FailureEvent event) {
    sequenceNumber++;
    if (event instanceof FailureEvent.Changed changed) {
      changed.changes().forEach(this::apply);
    }
  }

  /** Takes in what has happened. */
  public void apply(Change change) {
    if (change instanceof Change.PutAside aside) {
      put(aside.place().unit(), Held.waiting(aside.place(), aside.dueMillis(), aside.tried()));
    } else if (change instanceof Change.Begun begun) {
      begun.offsets().forEach(offset -> put(begun.unit(), require(begun.unit(), offset).begin()));
    } else if (change instanceof Change.Withdrawn withdrawn) {
      withdraw(withdrawn.unit());
    } else if (change instanceof Change.Failed failed) {
      withdraw(failed.place().unit());
      put(
          failed.place().unit(),
          heldAt(failed.place()).fail(failed.cause(), failed.atMillis(), failed.dueMillis()));
    } else if (change instanceof Change.Interrupted interrupted) {
      put(
          interrupted.place().unit(),
          heldAt(interrupted.place())
              .interrupt(interrupted.counted(), interrupted.atMillis(), interrupted.dueMillis()));
    } else if (change instanceof Change.Resolved resolved) {
      remove(resolved.unit(), resolved.offset());
    } else if (change instanceof Change.GivenUp givenUp) {
      giveUp(givenUp);
    } else if (change instanceof Change.Forwarded forwarded) {
      letters.computeIfPresent(
          forwarded.offset(), (offset, letter) -> new Letter(letter.givenUp(), true));
    } else if (change instanceof Change.Redriven redriven) {
      redriven.offsets().forEach(offset -> redrive(offset, redriven.dueMillis()));
      remember(redriven.order(), redriven.offsets().size());
    } else if (change instanceof Change.Discarded discarded) {
      discarded.offsets().forEach(this::removeLetter);
      remember(discarded.order(), discarded.offsets().size());
    } else if (change instanceof Change.Paused pause) {
      paused = pause.reason();
    } else if (change instanceof Change.Reserved reserved) {
      reservedBelow = Math.max(reservedBelow, reserved.below());
    } else if (change instanceof Change.SuspectsBegun suspects) {
      suspectsBelow = Math.max(suspectsBelow, suspects.below());
    } else if (change instanceof Change.Settled settled) {
      reservedBelow = settled.below();
      suspectsBelow = 0;
    } else if (change instanceof Change.GenerationBegun begun) {
      begin(begun);
    }
  }

  private Held heldAt(Change.Place place) {
    return held(place.offset()).orElseGet(() -> Held.waiting(place, 0, true));
  }

  private Held require(String unit, long offset) {
    return held(offset)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "INV-10 only what was put aside is begun again: offset %d of '%s' was not"
                        .formatted(offset, unit)));
  }

  private void withdraw(String name) {
    Unit unit = units.get(name);
    if (unit != null) {
      List.copyOf(unit.messages()).stream()
          .filter(Held::begun)
          .forEach(message -> put(name, message.withdraw()));
    }
  }

  private void put(String name, Held message) {
    Unit unit = units.computeIfAbsent(name, n -> new Unit());
    unindex(name, unit);
    unit.get(message.offset()).ifPresent(this::uncount);
    unit.put(message);
    unitByOffset.put(message.offset(), name);
    count(message);
    index(name, unit);
  }

  private void remove(String name, long offset) {
    Unit unit = units.get(name);
    if (unit != null) {
      unindex(name, unit);
      unit.get(offset).ifPresent(this::uncount);
      unit.remove(offset);
      unitByOffset.remove(offset);
      index(name, unit);
    }
  }

  private void count(Held message) {
    held++;
    retrying += message.attempts() > 0 || message.begun() ? 1 : 0;
  }

  private void uncount(Held message) {
    held--;
    retrying -= message.attempts() > 0 || message.begun() ? 1 : 0;
  }

  private void unindex(String name, Unit unit) {
    unit.head().ifPresent(head -> due.remove(new Due(head.dueMillis(), name)));
    parked -= unit.parkedBy().isEmpty() ? 0 : 1;
  }

  private void index(String name, Unit unit) {
    if (unit.isEmpty()) {
      units.remove(name);
      return;
    }
    if (!unit.isParked()) {
      unit.head().ifPresent(head -> due.add(new Due(head.dueMillis(), name)));
    }
    parked += unit.parkedBy().isEmpty() ? 0 : 1;
  }

  private void giveUp(Change.GivenUp givenUp) {
    String name = givenUp.place().unit();
    withdraw(name);
    remove(name, givenUp.place().offset());
    add(new Letter(givenUp, false));
  }

  private void add(Letter letter) {
    OnExhausted consequence = letter.givenUp().consequence();
    letters.put(letter.offset(), letter);
    if (consequence == OnExhausted.STOP_PARTITION) {
      stopping.add(letter.offset());
    }
    if (consequence != OnExhausted.SKIP) {
      String name = letter.givenUp().place().unit();
      Unit unit = units.computeIfAbsent(name, n -> new Unit());
      unindex(name, unit);
      unit.park(letter.offset());
      index(name, unit);
    }
  }

  private Optional<Letter> removeLetter(long offset) {
    Optional<Letter> letter = Optional.ofNullable(letters.remove(offset));
    stopping.remove(offset);
    letter.ifPresent(
        gone -> {
          String name = gone.givenUp().place().unit();
          Unit unit = units.get(name);
          if (unit != null) {
            unindex(name, unit);
            unit.unpark(offset);
            index(name, unit);
          }
        });
    return letter;
  }

  private void redrive(long offset, long dueMillis) {
    removeLetter(offset)
        .ifPresent(
            letter -> {
              Change.GivenUp was = letter.givenUp();
              put(
                  was.place().unit(),
                  new Held(
                      offset,
                      was.place().sequenceNumber(),
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

  private void remember(String order, long concerned) {
    orders.put(order, concerned);
    while (orders.size() > MAX_ORDERS) {
      orders.remove(orders.keySet().iterator().next());
    }
  }

  private void begin(Change.GenerationBegun begun) {
    generation = begun.number();
    suspectsBelow = 0;
    units.clear();
    unitByOffset.clear();
    due.clear();
    stopping.clear();
    held = 0;
    retrying = 0;
    parked = 0;
    letters.tailMap(begun.start(), true).clear();
    // What was parked comes again, or was passed over; nothing waits behind an older letter.
    letters.replaceAll(
        (offset, letter) -> {
          Change.GivenUp was = letter.givenUp();
          return new Letter(
              new Change.GivenUp(
                  was.place(),
                  was.reason(),
                  was.cause(),
                  was.attempts(),
                  was.firstFailureMillis(),
                  was.lastFailureMillis(),
                  OnExhausted.SKIP),
              letter.forwarded());
        });
  }

  /** Returns whether messages of a unit have to wait behind others. */
  public boolean holds(String unit) {
    return units.containsKey(unit);
  }

  /** A message that was put aside. */
  public Optional<Held> held(long offset) {
    String unit = unitByOffset.get(offset);
    return unit == null ? Optional.empty() : units.get(unit).get(offset);
  }

  /** Returns whether a message was put aside or is a dead letter. */
  public boolean knows(long offset) {
    return unitByOffset.containsKey(offset) || letters.containsKey(offset);
  }

  /**
   * Messages of a unit that may be tried one after the other, in order; but one that has failed or
   * was interrupted is tried alone: whatever it does to others can't be taken for their fault.
   */
  public List<Held> nextOnes(String unit, long nowMillis, int most) {
    List<Held> next = new ArrayList<>();
    Unit known = units.get(unit);
    if (known == null) {
      return next;
    }
    for (Held message : known.messages()) {
      boolean alone = message.mustBeAlone();
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
    return () -> due.headSet(new Due(nowMillis + 1, ""), false).stream().map(Due::unit).iterator();
  }

  /** When the next message may be tried of those that can't be now. */
  public OptionalLong nextDueAfter(long nowMillis) {
    Due next = due.ceiling(new Due(nowMillis + 1, ""));
    return next == null ? OptionalLong.empty() : OptionalLong.of(next.atMillis());
  }

  /** Offsets that the cursor may have passed and that were not handled. */
  public Collection<Long> unhandled() {
    List<Long> offsets = new ArrayList<>(unitByOffset.keySet());
    offsets.addAll(letters.keySet());
    return offsets;
  }

  /** Every message that was put aside, unit by unit, in the order of each. */
  public Map<String, Collection<Held>> held() {
    Map<String, Collection<Held>> all = new HashMap<>();
    units.forEach((name, unit) -> all.put(name, unit.messages()));
    return all;
  }

  public NavigableMap<Long, Letter> letters() {
    return Collections.unmodifiableNavigableMap(letters);
  }

  /** How many dead letters an order has concerned, if it is known. */
  public OptionalLong concernedBy(String order) {
    Long concerned = orders.get(order);
    return concerned == null ? OptionalLong.empty() : OptionalLong.of(concerned);
  }

  /** Why an operator has paused it. */
  public Optional<String> paused() {
    return paused;
  }

  /** The dead letter that stops the partition, if one does. */
  public Optional<Letter> stoppedBy() {
    return stopping.isEmpty() ? Optional.empty() : Optional.of(letters.get(stopping.first()));
  }

  /** No message at or above this offset was ever handed to a handler. */
  public long reservedBelow() {
    return reservedBelow;
  }

  /** Messages below this offset were handed to a handler after a predecessor may have done so. */
  public long suspectsBelow() {
    return suspectsBelow;
  }

  /** The generation of the subscription that all this belongs to. */
  public long generation() {
    return generation;
  }

  /** The journal sequence number of the last event. */
  public long sequenceNumber() {
    return sequenceNumber;
  }

  /** Messages that were put aside. */
  public int heldMessages() {
    return held;
  }

  /** Those of them that were tried, or are being tried. */
  public int retryingMessages() {
    return retrying;
  }

  /** Units that wait behind a dead letter. */
  public int parkedUnits() {
    return parked;
  }
}
