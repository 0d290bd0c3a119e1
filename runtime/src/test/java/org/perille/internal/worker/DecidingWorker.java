package org.perille.internal.worker;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.internal.OneNode;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.cursor.SequenceIndex;
import org.perille.internal.effect.HandledOffsets;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailureState;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.handler.AttemptOutcome;
import org.perille.internal.handler.PendingDelivery;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PartitionId;
import org.perille.spi.Processing;

/**
 * The decision classes of a worker, connected as in a real one.
 *
 * <p>No action is executed. The test reads the actions, and reports durable writes and the outcomes
 * of handlers.
 */
public final class DecidingWorker {
  static final Topic<String> TOPIC = Topic.of("topic", String.class).keyedBy(text -> text);

  private final WorkerContext context;
  private final PartitionWork work;
  private final List<WorkerAction> actions = new ArrayList<>();

  /** Creates a worker of a new subscription. */
  DecidingWorker(Subscription<String> subscription) {
    this(subscription, new FailureState());
  }

  /** Creates a worker that finds the failures of its predecessors. */
  DecidingWorker(Subscription<String> subscription, FailureState failures) {
    context =
        new WorkerContext(
            subscription,
            new PartitionId("topic", 0),
            OneNode.workerSettings(Duration.ofHours(1)),
            EffectPolicy.of(Processing.of(subscription)),
            () -> 0);
    SequenceIndex marks = new SequenceIndex();
    work =
        new PartitionWork(
            context,
            new WorkerEvent.CursorRecovered(7, Optional.of(Cursor.startingAt(0, 1))),
            failures,
            new CursorKeeper(context, marks),
            marks,
            new CompletionWaiters(),
            new HandledOffsets());
    failuresStored();
  }

  public static Subscription.Draft<String> subscription() {
    return Subscription.of("worker", TOPIC);
  }

  static LogEntry message(long offset, String key) {
    return message(offset, key, LogMessage.Times.ANY);
  }

  static LogEntry message(long offset, String key, LogMessage.Times times) {
    return new LogEntry(
        offset, 0, new LogMessage(key, "", Map.of(), 1, "", ByteString.EMPTY, times));
  }

  PartitionWork work() {
    return work;
  }

  FailureState failures() {
    return work.journal().failures();
  }

  void at(long millis) {
    context.at(millis);
  }

  /** Feeds messages, as one batch that is one event of the journal. */
  void feed(LogEntry... entries) {
    work.accept(new FeedBatch(entries[0].offset() + 1, List.of(entries), Optional.empty()));
  }

  /** Ends attempts. The messages in {@code behind} are in the pool behind the failed one. */
  Optional<Throwable> end(AttemptOutcome outcome, PendingDelivery... behind) {
    Map<String, List<PendingDelivery>> waiting =
        behind.length == 0 ? Map.of() : Map.of(behind[0].group(), List.of(behind));
    return work.take(new WorkerEvent.HandlersEnded(List.of(outcome), waiting));
  }

  /** Makes the recorded failures durable. */
  void failuresStored() {
    work.flush();
    take();
    while (!work.journal().isDurable()) {
      work.failuresStored();
      take();
    }
  }

  private void take() {
    actions.addAll(context.takeActions());
  }

  /** Returns the actions since the last call. */
  List<WorkerAction> actions() {
    take();
    List<WorkerAction> taken = List.copyOf(actions);
    actions.clear();
    return taken;
  }

  /** Returns the messages that were handed to the pool since the last call of {@link #actions}. */
  List<PendingDelivery> handed() {
    return handed(actions());
  }

  static List<PendingDelivery> handed(List<WorkerAction> actions) {
    return actions.stream()
        .flatMap(
            action ->
                action instanceof WorkerAction.Handle handle
                    ? handle.deliveries().stream()
                    : Stream.empty())
        .toList();
  }

  static List<Long> offsets(List<PendingDelivery> works) {
    return works.stream().map(work -> work.entry().offset()).toList();
  }

  /** Returns the failure events to store among these actions. */
  static List<FailureEvent> stored(List<WorkerAction> actions) {
    return actions.stream()
        .flatMap(
            action ->
                action instanceof WorkerAction.StoreFailures store
                    ? store.changes().stream()
                    : Stream.empty())
        .toList();
  }

  /** Returns whether the cursor has passed an offset. */
  boolean hasPassed(long offset) {
    return work.cursors().cursor().orElseThrow().isFinished(offset);
  }
}
