package org.perille.internal.publish;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.perille.PublishRefusedException;
import org.perille.internal.Pure;
import org.perille.internal.log.LastOfKey;
import org.perille.internal.publish.SendBuffer.Expired;

/**
 * The order of transactions and single messages that the application publishes to one topic on this
 * node.
 *
 * <p>A key that transactions or messages with conditions use has a queue: these, and the messages
 * behind them. All other messages go to the send buffer at once. So do the messages of handlers and
 * relays, which are other publishers.
 *
 * <p>A message with a condition may have to be sent again, after the log has been read for it. So
 * it remains the first of its queue until its outcome is known, and no later message overtakes it.
 *
 * <p>The calls are in the order of the application's, so for all keys two transactions are in the
 * same order, and can't wait for each other.
 *
 * @param <P> notifies a publisher of its message's outcome
 */
@Pure
public final class Turns<P> {
  private sealed interface Entry<P> {}

  private record OfTurn<P>(Turn turn) implements Entry<P> {}

  private record OfMessage<P>(int partition, PendingPublish<P> pending) implements Entry<P> {}

  /** A message with a condition. It remains in its queue until its outcome is known. */
  private static final class OfCondition<P> implements Entry<P> {
    private enum State {
      WAITING,
      IN_BUFFER,
      READING
    }

    private final int partition;
    private PendingPublish<P> pending;
    private State state = State.WAITING;

    private OfCondition(int partition, PendingPublish<P> pending) {
      this.partition = partition;
      this.pending = pending;
    }
  }

  /** The keys and messages that a turn waits for. */
  private static final class Awaited<P> {
    private final Set<String> keys;

    /** The messages of its keys that were passed to the send buffer before. */
    private final Set<PendingPublish<P>> messages =
        Collections.newSetFromMap(new IdentityHashMap<>());

    private Awaited(Set<String> keys) {
      this.keys = new HashSet<>(keys);
    }
  }

  private final SendBuffer<P> buffer;
  private final Map<String, ArrayDeque<Entry<P>>> queues = new HashMap<>();

  /** The turns that haven't come. */
  private final Map<Turn, Awaited<P>> awaited = new LinkedHashMap<>();

  /**
   * Creates an order without transactions.
   *
   * @param buffer the buffer that gets the messages whose turn it is
   */
  public Turns(SendBuffer<P> buffer) {
    this.buffer = buffer;
  }

  /** Adds a message: to the send buffer, or to the queue of its key. */
  public void add(int partition, PendingPublish<P> pending) {
    String key = pending.message().key();
    if (pending.condition().isPresent()) {
      ArrayDeque<Entry<P>> queue = queues.computeIfAbsent(key, first -> new ArrayDeque<>(2));
      queue.add(new OfCondition<>(partition, pending));
      advance(key, queue, new HashSet<>());
      return;
    }
    ArrayDeque<Entry<P>> queue = isOfApplication(pending) ? queues.get(key) : null;
    if (queue == null) {
      buffer.add(partition, pending);
    } else {
      queue.add(new OfMessage<>(partition, pending));
    }
  }

  /**
   * Returns whether the application has published the message. Only its publishes have a deadline.
   */
  private static boolean isOfApplication(PendingPublish<?> pending) {
    return pending.deadlineNanos().isPresent();
  }

  /** Adds the turn of a transaction. */
  public void add(Turn turn) {
    awaited.put(turn, new Awaited<>(turn.keys().keySet()));
    for (String key : turn.keys().keySet()) {
      ArrayDeque<Entry<P>> queue = queues.computeIfAbsent(key, first -> new ArrayDeque<>(2));
      queue.add(new OfTurn<>(turn));
      if (queue.size() == 1) {
        arrive(turn, key);
      }
    }
    beginIfDue(turn);
  }

  /** Records that a turn is the first one of a key. */
  private void arrive(Turn turn, String key) {
    Awaited<P> one = awaited.get(turn);
    if (one != null && one.keys.remove(key)) {
      buffer.forEach(
          turn.keys().get(key),
          pending -> {
            if (isOfApplication(pending) && pending.message().key().equals(key)) {
              one.messages.add(pending);
            }
          });
    }
  }

  private void beginIfDue(Turn turn) {
    Awaited<P> one = awaited.get(turn);
    if (one != null && one.keys.isEmpty() && one.messages.isEmpty()) {
      awaited.remove(turn);
      turn.begin();
    }
  }

  /**
   * Records that messages have left the send buffer with outcomes.
   *
   * @return the partitions whose messages may be sent now
   */
  public Set<Integer> settled(Collection<PendingPublish<P>> messages) {
    List<Turn> waiting = new ArrayList<>(0);
    awaited.forEach(
        (turn, one) -> {
          if (!one.messages.isEmpty()) {
            messages.forEach(one.messages::remove);
            waiting.add(turn);
          }
        });
    waiting.forEach(this::beginIfDue);
    Set<Integer> partitions = new HashSet<>(2);
    for (PendingPublish<P> message : messages) {
      first(message)
          .ifPresent(decided -> removeFirst(message.message().key(), decided, partitions));
    }
    return partitions;
  }

  /** Returns the place of a message with a condition, if it is the first of its queue. */
  @SuppressWarnings("ReferenceEquality") // two equal messages may be published
  private Optional<OfCondition<P>> first(PendingPublish<P> pending) {
    if (pending.condition().isEmpty()) {
      return Optional.empty();
    }
    ArrayDeque<Entry<P>> queue = queues.get(pending.message().key());
    return queue != null && queue.peek() instanceof OfCondition<P> first && first.pending == pending
        ? Optional.of(first)
        : Optional.empty();
  }

  private void removeFirst(String key, OfCondition<P> first, Set<Integer> partitions) {
    ArrayDeque<Entry<P>> queue = queues.get(key);
    if (queue.remove(first)) {
      advance(key, queue, partitions);
    }
  }

  /** Records that the log is read for a message with a condition, which left the send buffer. */
  public void reading(PendingPublish<P> pending) {
    first(pending).ifPresent(one -> one.state = OfCondition.State.READING);
  }

  /**
   * Passes a message to the send buffer again, after the log has been read for it.
   *
   * @param deadlineNanos the new deadline
   * @return false if it is no longer here
   */
  public boolean read(PendingPublish<P> pending, LastOfKey read, long deadlineNanos) {
    Optional<OfCondition<P>> first = first(pending);
    first.ifPresent(
        one -> {
          one.pending = pending.with(read, deadlineNanos);
          one.state = OfCondition.State.IN_BUFFER;
          buffer.add(one.partition, one.pending);
        });
    return first.isPresent();
  }

  /**
   * Ends the turn of a transaction, whether it has come or not.
   *
   * @return the partitions whose messages may be sent now
   */
  public Set<Integer> end(Turn turn) {
    awaited.remove(turn);
    Set<Integer> partitions = new HashSet<>();
    for (String key : turn.keys().keySet()) {
      ArrayDeque<Entry<P>> queue = queues.get(key);
      if (queue != null && queue.remove(new OfTurn<P>(turn))) {
        advance(key, queue, partitions);
      }
    }
    return partitions;
  }

  /** Passes messages that are behind no other entry to the send buffer. */
  private void advance(String key, ArrayDeque<Entry<P>> queue, Set<Integer> partitions) {
    while (queue.peek() instanceof OfMessage<P> next) {
      queue.poll();
      buffer.add(next.partition, next.pending);
      partitions.add(next.partition);
    }
    if (queue.isEmpty()) {
      queues.remove(key);
    } else if (queue.peek() instanceof OfCondition<P> next) {
      if (next.state == OfCondition.State.WAITING) {
        next.state = OfCondition.State.IN_BUFFER;
        buffer.add(next.partition, next.pending);
        partitions.add(next.partition);
      }
    } else if (queue.peek() instanceof OfTurn<P> next) {
      arrive(next.turn, key);
      beginIfDue(next.turn);
    }
  }

  /** Removes the messages whose publishers no longer wait, and returns them. */
  public List<Expired<P>> expire(long nowNanos) {
    return remove(Optional.of(nowNanos));
  }

  /**
   * Removes everything, and fails the turns that haven't come.
   *
   * @return the messages, none of which was sent
   */
  public List<Expired<P>> clear(PublishRefusedException failure) {
    List<Expired<P>> all = remove(Optional.empty());
    queues.clear();
    awaited.keySet().forEach(turn -> turn.fail(failure));
    awaited.clear();
    return all;
  }

  private List<Expired<P>> remove(Optional<Long> expiredAtNanos) {
    List<Expired<P>> removed = new ArrayList<>(0);
    for (ArrayDeque<Entry<P>> queue : queues.values()) {
      for (Iterator<Entry<P>> entries = queue.iterator(); entries.hasNext(); ) {
        Optional<PendingPublish<P>> pending = waiting(entries.next(), expiredAtNanos.isEmpty());
        if (pending.filter(one -> expiredAtNanos.map(one::isExpired).orElse(true)).isPresent()) {
          removed.add(new Expired<>(pending.get(), false));
          entries.remove();
        }
      }
    }
    return removed;
  }

  /**
   * Returns the message of an entry, if it isn't in the send buffer.
   *
   * @param orRead whether the log may be read for it; its deadline doesn't count meanwhile
   */
  private static <P> Optional<PendingPublish<P>> waiting(Entry<P> entry, boolean orRead) {
    if (entry instanceof OfMessage<P> one) {
      return Optional.of(one.pending);
    }
    return entry instanceof OfCondition<P> one
            && (one.state == OfCondition.State.WAITING
                || (orRead && one.state == OfCondition.State.READING))
        ? Optional.of(one.pending)
        : Optional.empty();
  }

  /** Returns whether no message is in a queue without being in the send buffer. */
  public boolean isSettled() {
    return queues.values().stream()
        .flatMap(Collection::stream)
        .allMatch(entry -> waiting(entry, true).isEmpty());
  }
}
