package org.perille.internal.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.Test;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.internal.OneNode;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.cursor.SequenceIndex;
import org.perille.internal.failure.FailureSnapshot;
import org.perille.internal.failure.FailureState;
import org.perille.internal.log.LogMark;
import org.perille.internal.log.PartitionId;
import org.perille.internal.partition.WorkerRequest;
import org.perille.spi.Processing;
import org.perille.spi.TransactionalHandler;

class CursorKeeperTest {
  private static final FailureState NOTHING_FAILED =
      FailureState.restore(
          new FailureSnapshot(List.of(), List.of(), List.of(), Optional.empty(), 0, 0, 0, 0));

  private static final LogMark MARK = new LogMark(3, 4);

  private static final Topic<String> TOPIC = Topic.of("topic", String.class).keyedBy(text -> text);

  private final WorkerContext context =
      context(Subscription.of("worker", TOPIC).atLeastOnce(delivery -> {}));

  private static WorkerContext context(Subscription<?> subscription) {
    return new WorkerContext(
        subscription,
        new PartitionId("topic", 0),
        OneNode.workerSettings(Duration.ofHours(1)),
        EffectPolicy.of(Processing.of(subscription)),
        () -> 0);
  }

  private static CursorKeeper keeper(WorkerContext context, Optional<Cursor> recovered) {
    CursorKeeper keeper = new CursorKeeper(context, new SequenceIndex());
    keeper.recovered(recovered);
    return keeper;
  }

  private CursorKeeper coordinatorAt(long offset) {
    return keeper(context, Optional.of(Cursor.startingAt(offset, 1)));
  }

  /** Returns the cursors to store since the last call. */
  private List<Cursor> stored() {
    return context.takeActions().stream()
        .filter(WorkerAction.StoreCursor.class::isInstance)
        .map(action -> ((WorkerAction.StoreCursor) action).cursor())
        .toList();
  }

  @Test
  void what_ends_after_a_reset_is_not_finished_in_the_next_generation() {
    CursorKeeper keeper = coordinatorAt(10);
    keeper.reset(
        new WorkerRequest.Reset(
            "again", 5, 1, false, TestInbox.<WorkerRequest.ResetDone>create().getRef()),
        List.of());
    keeper.saved(stored().get(0));
    keeper.finish(List.of(11L));
    assertThat(keeper.flush()).isEmpty();
    assertThat(stored()).isEmpty();
    assertThat(keeper.cursor().orElseThrow().isFinished(11)).isFalse();
    assertThat(keeper.cursor().orElseThrow().nextOffset()).isEqualTo(5);
  }

  @Test
  void a_beginning_that_is_not_durable_yet_finishes_nothing() {
    CursorKeeper keeper = keeper(context, Optional.empty());
    keeper.startsAt(10, 1, Optional.of(MARK));
    assertThat(keeper.isFinishedForGood(5, true)).isFalse();
    Cursor begins = stored().get(0);
    assertThat(begins.mark()).contains(MARK);
    keeper.saved(begins);
    assertThat(keeper.isFinishedForGood(5, true)).isTrue();
  }

  @Test
  void a_generation_that_is_not_durable_yet_finishes_nothing() {
    CursorKeeper keeper = coordinatorAt(10);
    keeper.reset(
        new WorkerRequest.Reset(
            "again", 20, 1, false, TestInbox.<WorkerRequest.ResetDone>create().getRef()),
        List.of());
    assertThat(keeper.isFinishedForGood(15, true)).isFalse();
    assertThat(keeper.isFinishedForGood(15, false)).isFalse();
    keeper.saved(stored().get(0));
    assertThat(keeper.isFinishedForGood(15, true)).isTrue();
    assertThat(keeper.isFinishedForGood(15, false)).isTrue();
  }

  @Test
  void a_cursor_without_a_mark_gets_one_and_stores_it() {
    CursorKeeper keeper = coordinatorAt(10);
    keeper.startsAt(10, 1, Optional.of(MARK));
    assertThat(keeper.flush()).isEmpty();
    assertThat(stored()).extracting(Cursor::mark).containsExactly(Optional.of(MARK));
  }

  @Test
  void a_cursor_keeps_the_mark_that_it_has() {
    CursorKeeper keeper = keeper(context, Optional.of(Cursor.startingAt(10, 1).marked(MARK)));
    keeper.startsAt(10, 1, Optional.of(new LogMark(9, 9)));
    assertThat(keeper.cursor().orElseThrow().mark()).contains(MARK);
    keeper.flush();
    assertThat(stored()).isEmpty();
  }

  @Test
  void a_cursor_beside_the_effects_stores_the_mark_that_it_gets() {
    WorkerContext beside = context(Subscription.of("worker", TOPIC).effectivelyOnce(new Beside()));
    CursorKeeper keeper = keeper(beside, Optional.of(Cursor.startingAt(0, 1)));
    keeper.startsAt(0, 1, Optional.of(MARK));
    assertThat(beside.takeActions()).containsExactly(new WorkerAction.MarkCursor(MARK));
  }

  @Test
  void what_is_opened_while_it_is_being_passed_is_not_durably_finished() {
    WorkerContext beside = context(Subscription.of("worker", TOPIC).effectivelyOnce(new Beside()));
    Cursor recovered = Cursor.startingAt(0, 1);
    CursorKeeper keeper = keeper(beside, Optional.of(recovered));
    keeper.pass(List.of(0L), NOTHING_FAILED);
    keeper.flush();
    RetryBatch batch = new RetryBatch(List.of(), 0);
    assertThat(keeper.reopen(List.of(0L), batch)).isTrue();
    assertThat(beside.takeActions())
        .filteredOn(action -> !(action instanceof WorkerAction.FlushLater))
        .containsExactly(
            new WorkerAction.PassInCursor(List.of(0L)),
            new WorkerAction.ReopenCursor(List.of(0L), batch));
    Cursor passed = recovered.finish(List.of(0L), new SequenceIndex());
    keeper.saved(passed);
    assertThat(passed.isFinished(0)).isTrue();
    assertThat(keeper.durable().orElseThrow().isFinished(0)).isFalse();
  }

  @Test
  void what_is_opened_for_another_attempt_is_not_durably_finished_any_more() {
    WorkerContext beside = context(Subscription.of("worker", TOPIC).effectivelyOnce(new Beside()));
    Cursor passed = Cursor.startingAt(0, 1).finish(List.of(0L, 2L), new SequenceIndex());
    CursorKeeper keeper = keeper(beside, Optional.of(passed));
    assertThat(keeper.durable().orElseThrow().isFinished(2)).isTrue();
    assertThat(keeper.reopen(List.of(2L), new RetryBatch(List.of(), 0))).isTrue();
    assertThat(keeper.durable().orElseThrow().isFinished(0)).isTrue();
    assertThat(keeper.durable().orElseThrow().isFinished(2)).isFalse();
    assertThat(keeper.cursor().orElseThrow().isFinished(2)).isFalse();
  }

  /** A handler whose cursor is beside the effects. No test claims it. */
  private static final class Beside implements TransactionalHandler<String> {
    @Override
    public void prepare(Config config) {}

    @Override
    public Claim<String> claim(String topic, String subscription, int partition) {
      throw new IllegalStateException("nothing is claimed here");
    }
  }
}
