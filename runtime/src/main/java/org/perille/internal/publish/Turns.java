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
import org.perille.internal.publish.SendBuffer.Expired;

/**
 * The order of transactions and single messages that the application publishes to one topic on this
 * node.
 *
 * <p>A key that transactions use has a queue: their turns, and the messages behind them. All other
 * messages go to the send buffer at once. So do the messages of handlers and relays, which are
 * other publishers.
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

  /** Adds a message: to the send buffer, or behind the transactions that use its key. */
  public void add(int partition, PendingPublish<P> pending) {
    ArrayDeque<Entry<P>> queue =
        isOfApplication(pending) ? queues.get(pending.message().key()) : null;
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

  /** Records that messages have left the send buffer. */
  public void settled(Collection<PendingPublish<P>> messages) {
    List<Turn> waiting = new ArrayList<>(0);
    awaited.forEach(
        (turn, one) -> {
          if (!one.messages.isEmpty()) {
            messages.forEach(one.messages::remove);
            waiting.add(turn);
          }
        });
    waiting.forEach(this::beginIfDue);
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

  /** Passes messages that are behind no turn to the send buffer. */
  private void advance(String key, ArrayDeque<Entry<P>> queue, Set<Integer> partitions) {
    while (queue.peek() instanceof OfMessage<P> next) {
      queue.poll();
      buffer.add(next.partition, next.pending);
      partitions.add(next.partition);
    }
    if (queue.isEmpty()) {
      queues.remove(key);
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
        if (entries.next() instanceof OfMessage<P> one
            && expiredAtNanos.map(one.pending::isExpired).orElse(true)) {
          removed.add(new Expired<>(one.pending, false));
          entries.remove();
        }
      }
    }
    return removed;
  }

  /** Returns whether no message waits for a transaction. */
  public boolean isSettled() {
    return queues.values().stream()
        .flatMap(Collection::stream)
        .noneMatch(OfMessage.class::isInstance);
  }
}
