package org.perille.internal.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.cursor.CursorStates;
import org.perille.internal.cursor.SequenceIndex;
import org.perille.spi.CursorState;

class ClaimedPartitionTest {
  private final CursorStates states = new CursorStates();
  private final CursorState stored = states.toState(Cursor.startingAt(0, 1));

  private Cursor after(CursorState before, List<Long> passed, List<Long> finished) {
    return states.fromState(
        ClaimedPartition.advance(states, new SequenceIndex(), () -> passed)
            .apply(before, finished));
  }

  @Test
  void what_was_passed_does_not_come_again_behind_an_effect() {
    Cursor after = after(stored, List.of(0L), List.of(1L, 3L));
    assertThat(after.nextOffset()).isEqualTo(2);
    assertThat(after.isFinished(3)).isTrue();
  }

  @Test
  void what_is_known_to_be_passed_may_be_passed_again() {
    CursorState known = states.toState(after(stored, List.of(0L), List.of(1L)));
    assertThat(after(known, List.of(0L), List.of(2L)).nextOffset()).isEqualTo(3);
  }

  @Test
  void an_effect_happens_once() {
    CursorState known = states.toState(after(stored, List.of(), List.of(0L)));
    assertThatThrownBy(() -> after(known, List.of(), List.of(0L)))
        .hasMessageContaining("INV-11")
        .hasMessageContaining("offset 0 is finished");
  }
}
