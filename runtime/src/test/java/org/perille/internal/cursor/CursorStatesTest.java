package org.perille.internal.cursor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.perille.internal.log.OffsetSet;
import org.perille.spi.CursorState;

class CursorStatesTest {
  private final CursorStates states = new CursorStates();

  /** After a reset: every second message was handled, the others are parked. */
  private static Cursor reset(int unhandled) {
    List<Long> holes = LongStream.range(0, unhandled).mapToObj(i -> 2 * i + 1).toList();
    return new Cursor(OffsetSet.below(2L * unhandled + 1), List.of(), 7, Generation.startingAt(0))
        .without(holes)
        .reset("again", 0, 1, false);
  }

  @Test
  void a_commit_stays_small_after_a_reset_with_100_000_unhandled_messages() {
    Cursor cursor = reset(100_000);
    CursorState state = states.toState(cursor);
    for (long offset = 0; offset < 1000; offset++) {
      Cursor current = states.fromState(state);
      CursorState next = states.toState(current.finish(List.of(offset), at -> 1));
      assertThat(next.encoded()).hasSizeLessThan(1000);
      // The list isn't encoded again.
      assertThat(next.apart()).isSameAs(state.apart());
      state = next;
    }
    Cursor read = new CursorStates().fromState(state);
    assertThat(read.nextOffset()).isEqualTo(1000);
    assertThat(read.generation()).isEqualTo(cursor.generation());
  }

  @Test
  void a_short_list_is_stored_as_it_always_was() {
    Cursor cursor = reset(CursorStates.MAX_RANGES - 1);
    CursorState state = states.toState(cursor);
    assertThat(state.apart()).isEmpty();
    assertThat(state.encoded())
        .isEqualTo(Base64.getEncoder().encodeToString(CursorCodec.toProto(cursor).toByteArray()));
    assertThat(new CursorStates().fromState(state)).isEqualTo(cursor);
  }

  @Test
  void lists_of_two_resets_are_told_apart() {
    Cursor one = reset(500);
    Cursor other = reset(600);
    CursorState first = states.toState(one);
    CursorState second = states.toState(other);
    assertThat(states.fromState(first)).isEqualTo(one);
    assertThat(states.fromState(second)).isEqualTo(other);
    assertThat(states.toState(one)).isEqualTo(first);
  }
}
