package org.perille.proof.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.cursor.CursorCodec;
import org.perille.internal.cursor.CursorStates;
import org.perille.internal.cursor.Generation;
import org.perille.internal.log.OffsetSet;
import org.perille.proof.fuzz.FuzzTarget;
import org.perille.spi.CursorState;

/**
 * A fuzz target for cursors in a table of the database of an application, which anyone can change.
 *
 * <p>A cursor is decoded, or refused with {@link IllegalStateException}. Each input stands for the
 * stored text, as it is and in Base64.
 */
public final class CursorTarget implements FuzzTarget {
  @Override
  public String name() {
    return "cursor";
  }

  @Override
  public List<byte[]> seeds() {
    OffsetSet finished = new OffsetSet(3, List.of(new OffsetSet.Range(5, 9)));
    return List.of(
        seed(Cursor.startingAt(0, 1)),
        seed(new Cursor(finished, List.of(1L, 2L), 2, Generation.startingAt(0))),
        seed(new Cursor(finished, List.of(), 2, new Generation(2, 1, 3, finished, "reset"))));
  }

  private static byte[] seed(Cursor cursor) {
    return CursorCodec.toProto(cursor).toByteArray();
  }

  @Override
  public int mutations() {
    return 10_000;
  }

  @Override
  public void accept(byte[] input) {
    decode(new String(input, StandardCharsets.ISO_8859_1));
    decode(Base64.getEncoder().encodeToString(input));
  }

  private static void decode(String stored) {
    CursorStates states = new CursorStates();
    Cursor cursor;
    try {
      cursor = states.fromState(new CursorState(0, stored));
    } catch (IllegalStateException e) {
      return;
    }
    assertThat(states.fromState(states.toState(cursor))).isEqualTo(cursor);
    // The first calls that a worker makes on a cursor.
    assertThat(cursor.isFinished(cursor.nextOffset())).isFalse();
    assertThat(cursor.finishedAbove()).isNotNegative();
  }
}
