package org.perille.internal.cursor;

import com.google.protobuf.InvalidProtocolBufferException;
import java.util.Base64;
import java.util.List;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.log.OffsetSetCodec;
import org.perille.internal.schema.CursorProto;
import org.perille.spi.CursorState;

/**
 * Converts cursors to and from the form in which they are stored beside effects.
 *
 * <p>A reset of a subscription with many unhandled messages leaves a long list of suppressed
 * offsets. It changes only with the next reset. Therefore it is stored apart, and encoded and
 * decoded only once.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
public final class CursorStates {
  /**
   * The maximum number of ranges that are stored with the cursor; longer lists are stored apart.
   */
  static final int MAX_RANGES = 100;

  /** The last list of suppressed offsets, in both forms. */
  private record Suppressed(OffsetSet offsets, String apart) {}

  private volatile Suppressed latest = new Suppressed(OffsetSet.NONE, "");

  public CursorState toState(Cursor cursor) {
    CursorProto.Cursor proto = CursorCodec.toProto(cursor, MAX_RANGES);
    return new CursorState(
        cursor.nextOffset(),
        Base64.getEncoder().encodeToString(proto.toByteArray()),
        proto.getGeneration().getSuppressedApart() ? apart(cursor.generation().suppressed()) : "");
  }

  @SuppressWarnings(
      "ReferenceEquality") // to compare long lists would take as long as to encode one
  private String apart(OffsetSet suppressed) {
    Suppressed known = latest;
    if (known.offsets != suppressed) {
      known =
          new Suppressed(
              suppressed,
              Base64.getEncoder()
                  .encodeToString(
                      CursorProto.SuppressedAbove.newBuilder()
                          .addAllRanges(OffsetSetCodec.gaps(suppressed))
                          .build()
                          .toByteArray()));
      latest = known;
    }
    return known.apart;
  }

  /**
   * Returns the cursor of a stored state.
   *
   * @throws IllegalStateException if it can't be read
   */
  public Cursor fromState(CursorState state) {
    try {
      CursorProto.Cursor proto =
          CursorProto.Cursor.parseFrom(Base64.getDecoder().decode(state.encoded()));
      Cursor cursor = CursorCodec.fromProto(proto);
      if (!proto.getGeneration().getSuppressedApart()) {
        return cursor;
      }
      return new Cursor(
          cursor.finished(),
          cursor.open(),
          cursor.sequenceNumber(),
          cursor
              .generation()
              .withSuppressed(suppressed(cursor.generation().suppressed().below(), state)),
          cursor.mark());
    } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
      throw new IllegalStateException(
          "the stored cursor '%s' can't be read: was it changed by hand?"
              .formatted(state.encoded()),
          e);
    }
  }

  private OffsetSet suppressed(long below, CursorState state)
      throws InvalidProtocolBufferException {
    Suppressed known = latest;
    // A quick comparison: except for the first time both are the same object.
    if (!known.apart.equals(state.apart()) || known.offsets.below() != below) {
      List<Long> ranges =
          CursorProto.SuppressedAbove.parseFrom(Base64.getDecoder().decode(state.apart()))
              .getRangesList();
      known = new Suppressed(OffsetSetCodec.set(below, ranges), state.apart());
      latest = known;
    }
    return known.offsets;
  }
}
