package org.perille.internal.publish;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The messages of one publisher that aren't known to be durable, by partition.
 *
 * <p>Each partition has at most one batch in flight. Messages that arrive meanwhile form the next
 * batch. So batches grow with the load, and a message can't overtake another one, however often a
 * batch is repeated.
 *
 * @param <P> notifies a publisher of its message's outcome
 */
public final class Outbox<P> {

  /** Messages that are appended together, all or none. */
  public record Batch<P>(int partition, long number, List<Pending<P>> messages) {}

  /** A message whose publisher no longer waits. {@code sent} is true if it was ever sent. */
  public record Expired<P>(Pending<P> pending, boolean sent) {}

  private static final class Lane<P> {
    private final ArrayDeque<Pending<P>> waiting = new ArrayDeque<>();
    private Optional<Batch<P>> underWay = Optional.empty();

    /** The messages in flight whose publishers were notified of the time-out. */
    private final Set<Pending<P>> reported = Collections.newSetFromMap(new IdentityHashMap<>());

    private long lastNumber;
  }

  private final int maxMessages;
  private final int maxBytes;
  private final List<Lane<P>> lanes;

  /**
   * Creates an empty buffer.
   *
   * @param maxMessages the limit of a batch, in messages
   * @param maxBytes the limit of a batch of more than one message, in bytes
   */
  public Outbox(int partitions, int maxMessages, int maxBytes) {
    this.maxMessages = maxMessages;
    this.maxBytes = maxBytes;
    this.lanes = new ArrayList<>(partitions);
    for (int i = 0; i < partitions; i++) {
      lanes.add(new Lane<>());
    }
  }

  /** Adds a message. The order of the calls is the order of the log. */
  public void add(int partition, Pending<P> pending) {
    lanes.get(partition).waiting.add(pending);
  }

  /** Starts the next batch of a partition, if messages wait and no batch is in flight. */
  public Optional<Batch<P>> next(int partition) {
    Lane<P> lane = lanes.get(partition);
    if (lane.underWay.isPresent() || lane.waiting.isEmpty()) {
      return Optional.empty();
    }
    List<Pending<P>> messages = new ArrayList<>(Math.min(maxMessages, lane.waiting.size()));
    int bytes = 0;
    while (!lane.waiting.isEmpty() && messages.size() < maxMessages) {
      int size = lane.waiting.peek().message().sizeInBytes();
      if (!messages.isEmpty() && bytes + size > maxBytes) {
        break;
      }
      messages.add(lane.waiting.poll());
      bytes += size;
    }
    lane.underWay = Optional.of(new Batch<>(partition, ++lane.lastNumber, messages));
    lane.reported.clear();
    return lane.underWay;
  }

  /** Returns the batch of a partition that was sent and isn't known to be durable. */
  public Optional<Batch<P>> underWay(int partition) {
    return lanes.get(partition).underWay;
  }

  /** Removes a batch that is durable, and returns it; empty if it isn't the one in flight. */
  public Optional<Batch<P>> durable(int partition, long number) {
    Lane<P> lane = lanes.get(partition);
    Optional<Batch<P>> batch = lane.underWay.filter(b -> b.number() == number);
    if (batch.isPresent()) {
      lane.underWay = Optional.empty();
    }
    return batch;
  }

  /**
   * Removes the batch in flight, whose outcome is unknown, and numbers the next ones from 1.
   *
   * <p>The next ones have another publisher id.
   *
   * @return the batch; empty if it isn't the one in flight
   */
  public Optional<Batch<P>> forgotten(int partition, long number) {
    Optional<Batch<P>> batch = durable(partition, number);
    if (batch.isPresent()) {
      lanes.get(partition).lastNumber = 0;
    }
    return batch;
  }

  /**
   * Returns the messages whose publishers no longer wait.
   *
   * <p>Messages that were never sent are removed. Those in flight remain, because they may be
   * durable already and no message may overtake them.
   */
  public List<Expired<P>> expire(long nowNanos) {
    List<Expired<P>> expired = new ArrayList<>();
    for (Lane<P> lane : lanes) {
      lane.underWay.ifPresent(
          batch ->
              batch.messages().stream()
                  .filter(pending -> pending.isExpired(nowNanos) && lane.reported.add(pending))
                  .forEach(pending -> expired.add(new Expired<>(pending, true))));
      lane.waiting.removeIf(
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
    for (Lane<P> lane : lanes) {
      lane.underWay.ifPresent(
          batch -> batch.messages().forEach(pending -> all.add(new Expired<>(pending, true))));
      lane.waiting.forEach(pending -> all.add(new Expired<>(pending, false)));
      lane.underWay = Optional.empty();
      lane.waiting.clear();
    }
    return all;
  }

  /** Returns whether no message waits and none is in flight. */
  public boolean isEmpty() {
    return lanes.stream().allMatch(l -> l.waiting.isEmpty() && l.underWay.isEmpty());
  }
}
