package org.perille.internal;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.apache.pekko.actor.typed.ActorRef;
import org.perille.Delivery;
import org.perille.Handler;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.internal.OneNode.Line;
import org.perille.internal.handler.HandlerThreads;
import org.perille.internal.limit.Limiter;
import org.perille.internal.partition.WorkerCommand;
import org.perille.internal.settings.WorkerSettings;
import org.perille.internal.worker.Worker;
import org.perille.internal.worker.WorkerAssignment;

/**
 * A subscription's worker, and the messages that its handler has received in all its runs.
 *
 * <p>It may be started again while an earlier epoch is still alive.
 */
public final class WorkerHarness implements AutoCloseable {
  private final OneNode node;
  private final PartitionHarness partition;
  private final Subscription<Line> subscription;
  private final HandlerThreads threads;
  private final Queue<Delivery<Line>> seen;
  private WorkerSettings settings = OneNode.workerSettings(Duration.ofMillis(10));
  private Limiter limiter = Limiter.OPEN;
  private ActorRef<WorkerCommand> current;

  /**
   * Creates a worker that isn't started.
   *
   * @param complete chooses the guarantee; the handler that it receives stores its messages
   */
  public WorkerHarness(
      OneNode node,
      PartitionHarness partition,
      String name,
      BiFunction<Subscription.Draft<Line>, Handler<Line>, Subscription<Line>> complete) {
    this.node = node;
    this.partition = partition;
    this.threads = new HandlerThreads();
    this.seen = new ConcurrentLinkedQueue<>();
    Topic<Line> topic = Topic.of(partition.id().topic(), Line.class).keyedBy(Line::key);
    this.subscription = complete.apply(Subscription.of(name, topic), seen::add);
  }

  /** Sets the time after which the cursor of a handled message becomes durable. */
  public WorkerHarness withCursorInterval(Duration interval) {
    settings = OneNode.workerSettings(interval);
    return this;
  }

  /** Sets what its handlers pass. */
  public WorkerHarness withLimiter(Limiter limiter) {
    this.limiter = limiter;
    return this;
  }

  /** Returns the persistence id of its progress. */
  public String persistenceId() {
    return "perille-subscription|" + partition.id().entityId() + "~" + subscription.name();
  }

  public FencedJournal.Faults faults() {
    return FencedJournal.faults(persistenceId());
  }

  /** Returns the faults of its journal of failures. */
  public FencedJournal.Faults failureFaults() {
    return FencedJournal.faults(
        "perille-failures|" + partition.id().entityId() + "~" + subscription.name());
  }

  public ActorRef<WorkerCommand> start() {
    current =
        node.spawn(
            Worker.create(
                new WorkerAssignment<>(
                    subscription.name(),
                    subscription,
                    partition.id(),
                    settings,
                    node.codec(),
                    threads.of(subscription.name()),
                    partition.requests(),
                    topic -> {
                      throw new IllegalStateException("no handler here publishes");
                    },
                    node.readJournal(),
                    limiter,
                    Clock.systemUTC())));
    return current;
  }

  public void crash() {
    node.crash(current);
  }

  /** Stops the worker as in a hand-over. */
  public void stop() {
    tellToStop();
    awaitStopped();
  }

  public void tellToStop() {
    current.tell(Worker.Stop.INSTANCE);
  }

  public void awaitStopped() {
    node.kit().createTestProbe().expectTerminated(current, Duration.ofMinutes(3));
  }

  public void awaitAttached() {
    await()
        .atMost(180, SECONDS)
        .until(
            () ->
                partition.describe().cursors().stream()
                    .anyMatch(cursor -> cursor.subscription().equals(subscription.name())));
  }

  /** Waits until the partition no longer feeds it. */
  public void awaitDetached() {
    await()
        .atMost(180, SECONDS)
        .until(
            () ->
                partition.describe().cursors().stream()
                    .noneMatch(cursor -> cursor.subscription().equals(subscription.name())));
  }

  /** Waits until the partition knows that all offsets below one are durably finished. */
  public void awaitCursor(long offset) {
    await()
        .atMost(180, SECONDS)
        .until(
            () ->
                partition.describe().cursors().stream()
                    .anyMatch(
                        cursor ->
                            cursor.subscription().equals(subscription.name())
                                && cursor.nextOffset() == offset));
  }

  public List<Delivery<Line>> seen() {
    return List.copyOf(seen);
  }

  public void forgetSeen() {
    seen.clear();
  }

  public List<Integer> numbers() {
    return seen.stream().map(delivery -> delivery.payload().number()).sorted().toList();
  }

  public void awaitSeen(int count) {
    await().atMost(180, SECONDS).until(() -> seen.size() >= count);
  }

  /** Requires that exactly these numbers were received, once each, and in order for each key. */
  public void assertSeenOnceInOrder(int from, int to) {
    assertThat(numbers()).isEqualTo(IntStream.range(from, to).boxed().toList());
    assertKeysInOrder();
  }

  /** Requires that no key received an offset before all its earlier ones. */
  public void assertKeysInOrder() {
    Map<String, List<Long>> firsts = new HashMap<>();
    for (Delivery<Line> delivery : seen) {
      List<Long> offsets = firsts.computeIfAbsent(delivery.key(), key -> new ArrayList<>());
      if (!offsets.contains(delivery.offset())) {
        offsets.add(delivery.offset());
      }
    }
    assertThat(firsts).allSatisfy((key, offsets) -> assertThat(offsets).isSorted());
  }

  @Override
  public void close() {
    if (current != null) {
      node.crash(current);
    }
    threads.close();
  }
}
