package org.perille.internal.subscribe;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.Test;
import org.perille.Delivery;
import org.perille.internal.failure.FailureSnapshot;
import org.perille.internal.failure.Failures;
import org.perille.internal.log.LogMark;
import org.perille.spi.CursorState;
import org.perille.spi.TransactionalHandler.Advance;
import org.perille.spi.TransactionalHandler.Claim;

class CursorKeeperTest {
  private static final Failures NOTHING_FAILED =
      Failures.restore(
          new FailureSnapshot(List.of(), List.of(), List.of(), Optional.empty(), 0, 0, 0, 0));

  private static final LogMark MARK = new LogMark(3, 4);

  private final List<Cursor> stored = new ArrayList<>();

  private CursorKeeper keeperAt(long offset) {
    return keeperAt(Optional.of(Cursor.startingAt(offset, 1)));
  }

  private CursorKeeper keeperAt(Optional<Cursor> recovered) {
    CursorKeeper keeper =
        new CursorKeeper(CursorPolicy.AFTER, new BatchMarks(), (cursor, failure) -> {}, () -> {});
    keeper.storeIn(stored::add);
    keeper.recovered(recovered);
    return keeper;
  }

  @Test
  void what_ends_after_a_reset_is_not_finished_in_the_next_generation() {
    CursorKeeper keeper = keeperAt(10);
    keeper.reset(
        new WorkerRequest.Reset(
            "again", 5, 1, false, TestInbox.<WorkerRequest.ResetDone>create().getRef()),
        List.of());
    keeper.saved(stored.get(0));
    keeper.finish(List.of(11L));
    assertThat(keeper.flush()).isEmpty();
    assertThat(stored).hasSize(1);
    assertThat(keeper.cursor().orElseThrow().isFinished(11)).isFalse();
    assertThat(keeper.cursor().orElseThrow().nextOffset()).isEqualTo(5);
  }

  @Test
  void a_beginning_that_is_not_durable_yet_finishes_nothing() {
    CursorKeeper keeper = keeperAt(Optional.empty());
    assertThat(keeper.startsAt(10, 1, Optional.of(MARK))).isEmpty();
    assertThat(keeper.isFinishedForGood(5, true)).isFalse();
    assertThat(stored.get(0).mark()).contains(MARK);
    keeper.saved(stored.get(0));
    assertThat(keeper.isFinishedForGood(5, true)).isTrue();
  }

  @Test
  void a_generation_that_is_not_durable_yet_finishes_nothing() {
    CursorKeeper keeper = keeperAt(10);
    keeper.reset(
        new WorkerRequest.Reset(
            "again", 20, 1, false, TestInbox.<WorkerRequest.ResetDone>create().getRef()),
        List.of());
    assertThat(keeper.isFinishedForGood(15, true)).isFalse();
    assertThat(keeper.isFinishedForGood(15, false)).isFalse();
    keeper.saved(stored.get(0));
    assertThat(keeper.isFinishedForGood(15, true)).isTrue();
    assertThat(keeper.isFinishedForGood(15, false)).isTrue();
  }

  @Test
  void a_cursor_of_an_earlier_version_gets_a_mark_and_stores_it() {
    CursorKeeper keeper = keeperAt(10);
    keeper.startsAt(10, 1, Optional.of(MARK));
    assertThat(keeper.flush()).isEmpty();
    assertThat(stored).extracting(Cursor::mark).containsExactly(Optional.of(MARK));
  }

  @Test
  void a_cursor_keeps_the_mark_that_it_has() {
    CursorKeeper keeper = keeperAt(Optional.of(Cursor.startingAt(10, 1).marked(MARK)));
    keeper.startsAt(10, 1, Optional.of(new LogMark(9, 9)));
    assertThat(keeper.cursor().orElseThrow().mark()).contains(MARK);
    keeper.flush();
    assertThat(stored).isEmpty();
  }

  @Test
  void a_cursor_beside_the_effects_stores_the_mark_that_it_gets() {
    Store store = new Store();
    CompletableFuture<ClaimedPartition<String>> claimed =
        ClaimedPartition.<String>claim(() -> store, store.asked::add).toCompletableFuture();
    store.answer();
    CursorKeeper keeper =
        new CursorKeeper(
            CursorPolicy.WITH_EFFECT, new BatchMarks(), (cursor, failure) -> {}, () -> {});
    keeper.storeBeside(claimed.join());
    keeper.recovered(claimed.join().cursor());
    assertThat(keeper.startsAt(0, 1, Optional.of(MARK))).isPresent();
    store.answer();
    assertThat(new CursorStates().fromState(store.state).mark()).contains(MARK);
  }

  /** A store beside the effects; what is asked of it is done when the test says so. */
  private static final class Store implements Claim<String> {
    private final Queue<Runnable> asked = new ArrayDeque<>();
    private CursorState state = new CursorStates().toState(Cursor.startingAt(0, 1));

    @Override
    public long epoch() {
      return 1;
    }

    @Override
    public Optional<CursorState> stored() {
      return Optional.of(state);
    }

    @Override
    public CursorState change(Function<Optional<CursorState>, CursorState> change) {
      state = change.apply(Optional.of(state));
      return state;
    }

    @Override
    public Duration process(List<Delivery<String>> deliveries, Advance advance) {
      throw new IllegalStateException("not used here");
    }

    void answer() {
      while (!asked.isEmpty()) {
        asked.remove().run();
      }
    }
  }

  @Test
  void what_is_opened_while_it_is_being_passed_is_not_durably_finished() {
    Store store = new Store();
    List<Cursor> answers = new ArrayList<>();
    CompletableFuture<ClaimedPartition<String>> claimed =
        ClaimedPartition.<String>claim(() -> store, store.asked::add).toCompletableFuture();
    store.answer();
    CursorKeeper keeper =
        new CursorKeeper(
            CursorPolicy.WITH_EFFECT,
            new BatchMarks(),
            (cursor, failure) -> answers.add(cursor),
            () -> {});
    keeper.storeBeside(claimed.join());
    keeper.recovered(claimed.join().cursor());
    keeper.pass(List.of(0L), NOTHING_FAILED);
    keeper.flush();
    keeper.reopen(List.of(0L));
    store.answer();
    keeper.saved(answers.get(0));
    assertThat(answers.get(0).isFinished(0)).isTrue();
    assertThat(keeper.durable().orElseThrow().isFinished(0)).isFalse();
  }
}
