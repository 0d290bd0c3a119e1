package org.perille.internal.handler;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.perille.internal.Pure;

/**
 * Queues of messages by key: one batch of a key at a time, different keys concurrently.
 *
 * <p>A held key keeps its messages, in order. A message stays in its queue until it is done, so a
 * failed attempt doesn't change the order.
 *
 * @param <M> the type of the messages
 */
@Pure
public final class KeyQueues<M> {
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
   * A batch of messages of one key, to be handled one after the other.
   *
   * @param key the key, which is busy until {@link #finish} is called for it
   */
  public record KeyBatch<M>(String key, List<M> messages) {}

  private final Map<String, Queue<M>> queues = new HashMap<>();
  private final ArrayDeque<Queue<M>> ready = new ArrayDeque<>();
  private final Predicate<M> alone;

  /**
   * Creates empty queues.
   *
   * @param alone whether a message must not be handed out together with others
   */
  public KeyQueues(Predicate<M> alone) {
    this.alone = alone;
  }

  public void add(String key, M message) {
    Queue<M> queue = queues.get(key);
    if (queue == null) {
      queue = new Queue<>(key);
      queues.put(key, queue);
      ready.add(queue);
    }
    queue.messages.add(message);
  }

  public boolean isEmpty() {
    return queues.isEmpty();
  }

  /** Returns the number of keys that have a message that may be handed out. */
  int readyKeys() {
    return ready.size();
  }

  /**
   * Returns the next batches, of keys that are neither busy nor held. The key that was ready first
   * comes first.
   *
   * @param maxKeys the maximum number of keys
   * @param maxMessages the maximum number of messages
   */
  public List<KeyBatch<M>> take(int maxKeys, int maxMessages) {
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

  /** Returns the maximum number of messages that {@link #take} would return. */
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
   * Ends a batch: its first messages are done.
   *
   * @param done the number of messages that are done
   * @param hold whether the key must wait until it is released
   */
  public void finish(String key, int done, boolean hold) {
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

  /** Removes the first message of a held key, and makes the key ready again. */
  void skip(String key) {
    Queue<M> queue = queue(key, State.HELD);
    queue.state = State.BUSY;
    finish(key, 1, false);
  }

  /** Removes and returns the messages that aren't handed out, in the order of each key. */
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

  /** Removes a held key; returns the messages behind its first one. */
  List<M> withdraw(String key) {
    Queue<M> queue = queue(key, State.HELD);
    queues.remove(key);
    queue.messages.remove();
    return List.copyOf(queue.messages);
  }

  /** Returns the messages behind the first one of a held key. */
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
