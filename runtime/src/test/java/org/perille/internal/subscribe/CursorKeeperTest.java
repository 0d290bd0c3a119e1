package org.perille.internal.subscribe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.Test;

class CursorKeeperTest {
  private final List<Cursor> stored = new ArrayList<>();

  private CursorKeeper keeperAt(long offset) {
    CursorKeeper keeper =
        new CursorKeeper(CursorTiming.AFTER, new BatchMarks(), (cursor, failure) -> {}, () -> {});
    keeper.storeIn(stored::add);
    keeper.recovered(Optional.of(Cursor.startingAt(offset, 1)));
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
}
