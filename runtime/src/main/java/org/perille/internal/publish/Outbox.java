package org.perille.internal.publish;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The messages of one publisher that aren't known to be durable, partition by partition.
 *
 * <p>Each partition has one batch under way at the most, and what comes meanwhile makes up the
 * next: batches grow with the load by themselves, and a message can't overtake another one however
 * often a batch is repeated.
 *
 * @param <P> what tells a publisher what became of its message
 */
public final class Outbox<P> {

  /** Messages that are appended together, all or none. */
  public record Batch<P>(int partition, long number, List<Pending<P>> messages) {}

  /** A message whose publisher no longer waits, and whether it was ever sent. */
  public record Expired<P>(Pending<P> pending, boolean sent) {}

  private static final class Lane<P> {
    private final ArrayDeque<Pending<P>> waiting = new ArrayDeque<>();
    private Optional<Batch<P>> underWay = Optional.empty();

    /** Messages under way whose publishers were told that they wait no longer. */
    private final Set<Pending<P>> reported = Collections.newSetFromMap(new IdentityHashMap<>());

    private long lastNumber;
  }

  private final int maxMessages;
  private final int maxBytes;
  private final List<Lane<P>> lanes;

  /**
   * @param maxMessages in a batch
   * @param maxBytes in a batch of more than one message
   */
  public Outbox(int partitions, int maxMessages, int maxBytes) {
    this.maxMessages = maxMessages;
    this.maxBytes = maxBytes;
    this.lanes = new ArrayList<>(partitions);
    for (int i = 0; i < partitions; i++) {
      lanes.add(new Lane<>());
    }
  }

  /** Adds a message; the order of the calls is the order of the log. */
  public void add(int partition, Pending<P> pending) {
    lanes.get(partition).waiting.add(pending);
  }

  /** Begins the next batch of a partition, if there is one and none is under way. */
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

  /** The batch of a partition that was sent and isn't known to be durable. */
  public Optional<Batch<P>> underWay(int partition) {
    return lanes.get(partition).underWay;
  }

  /** Ends a batch that is durable; empty if it isn't the one under way. */
  public Optional<Batch<P>> durable(int partition, long number) {
    Lane<P> lane = lanes.get(partition);
    Optional<Batch<P>> batch = lane.underWay.filter(b -> b.number() == number);
    if (batch.isPresent()) {
      lane.underWay = Optional.empty();
    }
    return batch;
  }

  /**
   * Ends the batch under way, whose outcome nobody knows, and numbers those that follow from 1 on:
   * they are of another publisher then. Empty if it isn't the one under way.
   */
  public Optional<Batch<P>> forgotten(int partition, long number) {
    Optional<Batch<P>> batch = durable(partition, number);
    if (batch.isPresent()) {
      lanes.get(partition).lastNumber = 0;
    }
    return batch;
  }

  /**
   * Finds the messages whose publishers no longer wait. Those that were never sent are let go of;
   * those under way stay there, because they may be durable already and nothing may overtake them.
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

  /** Lets go of everything, and says what was sent. */
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

  /** Whether nothing waits and nothing is under way. */
  public boolean isEmpty() {
    return lanes.stream().allMatch(l -> l.waiting.isEmpty() && l.underWay.isEmpty());
  }
}
