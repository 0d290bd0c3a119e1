package org.perille.internal.subscribe;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * What waits to be handled, key by key: the messages of one key are handed out one after the other,
 * those of different keys at once, and a key that is held keeps its messages in order.
 *
 * <p>A message stays in its queue until it is done, so that a failed attempt changes nothing about
 * the order.
 *
 * @param <M> the messages
 */
final class KeyQueues<M> {
  private enum State {
    READY,
    BUSY,
    HELD
  }

  private static final class Queue<M> {
    private final String key;
    private final ArrayDeque<M> messages = new ArrayDeque<>(4);
    private State state = State.READY;
    private int handedOut;

    private Queue(String key) {
      this.key = key;
    }
  }

  /**
   * Messages of one key, in order, that are to be handled one after the other.
   *
   * @param key the key, which is busy until {@link #finish} is called for it
   */
  record KeyBatch<M>(String key, List<M> messages) {}

  private final Map<String, Queue<M>> queues = new HashMap<>();
  private final ArrayDeque<Queue<M>> ready = new ArrayDeque<>();
  private final Predicate<M> alone;

  /**
   * Empty queues.
   *
   * @param alone whether a message must not be handed out together with others
   */
  KeyQueues(Predicate<M> alone) {
    this.alone = alone;
  }

  void add(String key, M message) {
    Queue<M> queue = queues.get(key);
    if (queue == null) {
      queue = new Queue<>(key);
      queues.put(key, queue);
      ready.add(queue);
    }
    queue.messages.add(message);
  }

  boolean isEmpty() {
    return queues.isEmpty();
  }

  /** How many keys have a message that may be handed out. */
  int readyKeys() {
    return ready.size();
  }

  /**
   * Hands out messages of keys that are neither busy nor held, longest ready first.
   *
   * @param maxKeys of so many keys at the most
   * @param maxMessages so many at the most
   */
  List<KeyBatch<M>> take(int maxKeys, int maxMessages) {
    List<KeyBatch<M>> runs = new ArrayList<>(1);
    int left = maxMessages;
    while (left > 0 && runs.size() < maxKeys && !ready.isEmpty()) {
      boolean single = alone.test(ready.peek().messages.peek());
      if (single && !runs.isEmpty()) {
        break;
      }
      Queue<M> queue = ready.poll();
      List<M> messages = single ? List.of(queue.messages.peek()) : first(queue, left);
      left -= messages.size();
      queue.state = State.BUSY;
      queue.handedOut = messages.size();
      runs.add(new KeyBatch<>(queue.key, messages));
      if (single) {
        break;
      }
    }
    return runs;
  }

  private List<M> first(Queue<M> queue, int most) {
    List<M> messages = new ArrayList<>(Math.min(most, queue.messages.size()));
    Iterator<M> inOrder = queue.messages.iterator();
    while (messages.size() < most && inOrder.hasNext()) {
      M message = inOrder.next();
      if (alone.test(message)) {
        break;
      }
      messages.add(message);
    }
    return messages;
  }

  /** How many messages {@link #take} may hand out, at the most. */
  int takeable(int maxKeys, int maxMessages) {
    int messages = 0;
    int keys = 0;
    Iterator<Queue<M>> inTurn = ready.iterator();
    while (messages < maxMessages && keys < maxKeys && inTurn.hasNext()) {
      messages += inTurn.next().messages.size();
      keys++;
    }
    return Math.min(messages, maxMessages);
  }

  /**
   * Ends a run: its first messages are done.
   *
   * @param done how many
   * @param hold whether the key must wait until it is released
   */
  void finish(String key, int done, boolean hold) {
    Queue<M> queue = queue(key, State.BUSY);
    for (int i = 0; i < done; i++) {
      queue.messages.remove();
    }
    queue.handedOut = hold ? 1 : 0;
    if (hold) {
      queue.state = State.HELD;
    } else if (queue.messages.isEmpty()) {
      queues.remove(key);
    } else {
      queue.state = State.READY;
      ready.add(queue);
    }
  }

  /** Releases the first message of a held key, and makes the key ready again. */
  void skip(String key) {
    Queue<M> queue = queue(key, State.HELD);
    queue.state = State.BUSY;
    finish(key, 1, false);
  }

  /** Takes away what is not handed out, in the order of each key. */
  List<M> takeWaiting() {
    List<M> waiting = new ArrayList<>();
    ready.clear();
    for (Queue<M> queue : List.copyOf(queues.values())) {
      List<M> handedOut = new ArrayList<>();
      for (int i = 0; i < queue.handedOut; i++) {
        handedOut.add(queue.messages.remove());
      }
      waiting.addAll(queue.messages);
      queue.messages.clear();
      queue.messages.addAll(handedOut);
      if (handedOut.isEmpty()) {
        queues.remove(queue.key);
      }
    }
    return waiting;
  }

  /** Takes a held key away, and gives what waits behind its first message. */
  List<M> withdraw(String key) {
    Queue<M> queue = queue(key, State.HELD);
    queues.remove(key);
    queue.messages.remove();
    return List.copyOf(queue.messages);
  }

  /** Returns what waits behind the first message of a held key. */
  List<M> behind(String key) {
    Queue<M> queue = queue(key, State.HELD);
    return queue.messages.stream().skip(1).toList();
  }

  private Queue<M> queue(String key, State expected) {
    Queue<M> queue = queues.get(key);
    if (queue == null || queue.state != expected) {
      throw new IllegalStateException(
          "INV-6 a key is handed out once: it should be %s and is %s"
              .formatted(expected, queue == null ? "not here" : queue.state));
    }
    return queue;
  }
}
