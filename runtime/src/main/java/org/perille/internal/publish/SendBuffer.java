package org.perille.internal.publish;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.perille.internal.Pure;

/**
 * The messages of one publisher that aren't known to be durable, by partition.
 *
 * <p>Each partition has at most one batch in flight. Messages that arrive meanwhile form the next
 * batch. So batches grow with the load, and a message can't overtake another one, however often a
 * batch is repeated.
 *
 * @param <P> notifies a publisher of its message's outcome
 */
@Pure
public final class SendBuffer<P> {

  /** Messages that are appended together, all or none. */
  public record Batch<P>(int partition, long number, List<PendingPublish<P>> messages) {}

  /** A message whose publisher no longer waits. {@code sent} is true if it was ever sent. */
  public record Expired<P>(PendingPublish<P> pending, boolean sent) {}

  private static final class PartitionQueue<P> {
    private final ArrayDeque<PendingPublish<P>> waiting = new ArrayDeque<>();
    private Optional<Batch<P>> underWay = Optional.empty();

    /** The messages in flight whose publishers were notified of the time-out. */
    private final Set<PendingPublish<P>> reported =
        Collections.newSetFromMap(new IdentityHashMap<>());

    private long lastNumber;
  }

  private final int maxMessages;
  private final int maxBytes;
  private final List<PartitionQueue<P>> queues;

  /**
   * Creates an empty buffer.
   *
   * @param maxMessages the limit of a batch, in messages
   * @param maxBytes the limit of a batch of more than one message, in bytes
   */
  public SendBuffer(int partitions, int maxMessages, int maxBytes) {
    this.maxMessages = maxMessages;
    this.maxBytes = maxBytes;
    this.queues = new ArrayList<>(partitions);
    for (int i = 0; i < partitions; i++) {
      queues.add(new PartitionQueue<>());
    }
  }

  /** Adds a message. The order of the calls is the order of the log. */
  public void add(int partition, PendingPublish<P> pending) {
    queues.get(partition).waiting.add(pending);
  }

  /** Visits the messages of a partition that aren't known to be durable, in order. */
  void forEach(int partition, Consumer<PendingPublish<P>> visitor) {
    PartitionQueue<P> queue = queues.get(partition);
    queue.underWay.ifPresent(batch -> batch.messages().forEach(visitor));
    queue.waiting.forEach(visitor);
  }

  /** Starts the next batch of a partition, if messages wait and no batch is in flight. */
  public Optional<Batch<P>> next(int partition) {
    PartitionQueue<P> queue = queues.get(partition);
    if (queue.underWay.isPresent() || queue.waiting.isEmpty()) {
      return Optional.empty();
    }
    List<PendingPublish<P>> messages = new ArrayList<>(Math.min(maxMessages, queue.waiting.size()));
    int bytes = 0;
    while (!queue.waiting.isEmpty() && messages.size() < maxMessages) {
      int size = queue.waiting.peek().message().sizeInBytes();
      if (!messages.isEmpty() && bytes + size > maxBytes) {
        break;
      }
      messages.add(queue.waiting.poll());
      bytes += size;
    }
    queue.underWay = Optional.of(new Batch<>(partition, ++queue.lastNumber, messages));
    queue.reported.clear();
    return queue.underWay;
  }

  /** Returns the batch of a partition that was sent and isn't known to be durable. */
  public Optional<Batch<P>> underWay(int partition) {
    return queues.get(partition).underWay;
  }

  /** Removes a batch that is durable, and returns it; empty if it isn't the one in flight. */
  public Optional<Batch<P>> durable(int partition, long number) {
    PartitionQueue<P> queue = queues.get(partition);
    Optional<Batch<P>> batch = queue.underWay.filter(b -> b.number() == number);
    if (batch.isPresent()) {
      queue.underWay = Optional.empty();
    }
    return batch;
  }

  /**
   * Removes the batch in flight, whose outcome is unknown, and numbers the next ones from 1.
   *
   * <p>The next ones have another publisher id. Messages with a producer are sent again, before all
   * others: partitions recognise them by their origins. If they failed instead, later messages of
   * their keys would be stored before they are published again.
   *
   * @return the batch without the messages that are sent again; empty if it isn't the one in flight
   */
  public Optional<Batch<P>> forgotten(int partition, long number) {
    Optional<Batch<P>> batch = durable(partition, number);
    if (batch.isEmpty()) {
      return batch;
    }
    PartitionQueue<P> queue = queues.get(partition);
    queue.lastNumber = 0;
    List<PendingPublish<P>> unknown = new ArrayList<>();
    List<PendingPublish<P>> messages = batch.get().messages();
    for (int i = messages.size() - 1; i >= 0; i--) {
      PendingPublish<P> pending = messages.get(i);
      if (pending.producer().isPresent()) {
        queue.waiting.addFirst(pending);
      } else {
        unknown.add(0, pending);
      }
    }
    return Optional.of(new Batch<>(partition, number, unknown));
  }

  /**
   * Returns the messages whose publishers no longer wait.
   *
   * <p>Messages that were never sent are removed. Those in flight remain, because they may be
   * durable already and no message may overtake them.
   */
  public List<Expired<P>> expire(long nowNanos) {
    List<Expired<P>> expired = new ArrayList<>();
    for (PartitionQueue<P> queue : queues) {
      queue.underWay.ifPresent(
          batch ->
              batch.messages().stream()
                  .filter(pending -> pending.isExpired(nowNanos) && queue.reported.add(pending))
                  .forEach(pending -> expired.add(new Expired<>(pending, true))));
      queue.waiting.removeIf(
          pending -> {
            boolean late = pending.isExpired(nowNanos);
            if (late) {
              expired.add(new Expired<>(pending, false));
            }
            return late;
          });
    }
    return expired;
  }

  /** Removes all messages, and returns them with the information which were sent. */
  public List<Expired<P>> clear() {
    List<Expired<P>> all = new ArrayList<>();
    for (PartitionQueue<P> queue : queues) {
      queue.underWay.ifPresent(
          batch -> batch.messages().forEach(pending -> all.add(new Expired<>(pending, true))));
      queue.waiting.forEach(pending -> all.add(new Expired<>(pending, false)));
      queue.underWay = Optional.empty();
      queue.waiting.clear();
    }
    return all;
  }

  /** Returns whether no message waits and none is in flight. */
  public boolean isEmpty() {
    return queues.stream().allMatch(l -> l.waiting.isEmpty() && l.underWay.isEmpty());
  }

  /** Returns whether no publisher waits: each knows its message's outcome or has timed out. */
  public boolean isSettled() {
    return queues.stream()
        .allMatch(
            queue ->
                queue.waiting.isEmpty()
                    && queue
                        .underWay
                        .map(batch -> queue.reported.containsAll(batch.messages()))
                        .orElse(true));
  }
}
