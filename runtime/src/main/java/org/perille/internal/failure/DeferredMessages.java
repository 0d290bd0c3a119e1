package org.perille.internal.failure;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.perille.internal.Pure;

/**
 * The deferred messages of a subscription in a partition, in the order of each ordering group.
 *
 * <p>The groups are indexed by the times at which their next messages are due. Groups that wait
 * behind a dead letter are parked, and aren't due.
 */
@Pure
public final class DeferredMessages {
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

  private int size;
  private int retrying;
  private int parked;

  /** Marks no message of a group as being tried. */
  void withdraw(String name) {
    OrderingGroup group = groups.get(name);
    if (group != null) {
      List.copyOf(group.messages()).stream()
          .filter(DeferredMessage::begun)
          .forEach(message -> put(name, message.withdraw()));
    }
  }

  /** Adds a message to a group, or replaces it. */
  void put(String name, DeferredMessage message) {
    OrderingGroup group = groups.computeIfAbsent(name, n -> new OrderingGroup());
    unindex(name, group);
    group.get(message.offset()).ifPresent(this::uncount);
    group.put(message);
    groupByOffset.put(message.offset(), name);
    count(message);
    index(name, group);
  }

  void remove(String name, long offset) {
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
    size++;
    retrying += message.attempts() > 0 || message.begun() ? 1 : 0;
  }

  private void uncount(DeferredMessage message) {
    size--;
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

  /** Lets the messages of a group after a dead letter wait. */
  void park(String name, long deadLetter) {
    OrderingGroup group = groups.computeIfAbsent(name, n -> new OrderingGroup());
    unindex(name, group);
    group.park(deadLetter);
    index(name, group);
  }

  /** Lets the messages of a group no longer wait behind a dead letter. */
  void unpark(String name, long deadLetter) {
    OrderingGroup group = groups.get(name);
    if (group != null) {
      unindex(name, group);
      group.unpark(deadLetter);
      index(name, group);
    }
  }

  void clear() {
    groups.clear();
    groupByOffset.clear();
    due.clear();
    dueSet.clear();
    size = 0;
    retrying = 0;
    parked = 0;
  }

  /** Returns whether new messages of an ordering group have to wait behind others. */
  public boolean holds(String group) {
    return groups.containsKey(group);
  }

  /** Returns the deferred message at an offset; empty if there is none. */
  public Optional<DeferredMessage> at(long offset) {
    String group = groupByOffset.get(offset);
    return group == null ? Optional.empty() : groups.get(group).get(offset);
  }

  /**
   * Returns the next messages of an ordering group that may be tried together, in order.
   *
   * <p>A message that has failed or was interrupted is returned alone, so that its effects on
   * others aren't taken for their fault.
   *
   * @param most the maximum number of messages
   */
  public List<DeferredMessage> next(String group, long nowMillis, int most) {
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

  /** Returns all deferred messages by ordering group, in the order of each group. */
  public Map<String, Collection<DeferredMessage>> byGroup() {
    Map<String, Collection<DeferredMessage>> all = new HashMap<>();
    groups.forEach((name, group) -> all.put(name, group.messages()));
    return all;
  }

  /** Returns the offsets of all messages. */
  Set<Long> offsets() {
    return Collections.unmodifiableSet(groupByOffset.keySet());
  }

  /** Returns the number of messages. */
  public int size() {
    return size;
  }

  /** Returns the number of messages that have failed or are being tried. */
  public int retrying() {
    return retrying;
  }

  /** Returns the number of ordering groups that are parked behind a dead letter. */
  public int parkedGroups() {
    return parked;
  }
}
