package org.perille.internal.cursor;

import java.util.List;
import java.util.Optional;
import org.perille.internal.log.LogMarkCodec;
import org.perille.internal.log.OffsetSetCodec;
import org.perille.internal.schema.CursorProto;

/** The stored form of a cursor. */
public final class CursorCodec {
  private CursorCodec() {}

  public static CursorProto.Cursor toProto(Cursor cursor) {
    return toProto(cursor, Integer.MAX_VALUE);
  }

  /**
   * Encodes a cursor; leaves out its suppressed offsets if they have more ranges than this. The
   * caller stores those apart.
   */
  static CursorProto.Cursor toProto(Cursor cursor, int maxRanges) {
    Generation generation = cursor.generation();
    boolean apart = generation.suppressed().above().size() > maxRanges;
    CursorProto.Cursor.Builder proto =
        CursorProto.Cursor.newBuilder()
            .setNextOffset(cursor.nextOffset())
            .setSequenceNumber(cursor.sequenceNumber())
            .addAllFinishedAbove(OffsetSetCodec.gaps(cursor.finished()))
            .addAllOpen(cursor.open())
            .setGeneration(
                CursorProto.Generation.newBuilder()
                    .setNumber(generation.number())
                    .setPublication(generation.publication())
                    .setStart(generation.start())
                    .setSuppressedBelow(generation.suppressed().below())
                    .addAllSuppressedAbove(
                        apart ? List.of() : OffsetSetCodec.gaps(generation.suppressed()))
                    .setSuppressedApart(apart)
                    .setResetId(generation.resetId()));
    cursor.mark().ifPresent(mark -> proto.setMark(LogMarkCodec.toProto(mark)));
    return proto.build();
  }

  public static Cursor fromProto(CursorProto.Cursor proto) {
    CursorProto.Generation generation = proto.getGeneration();
    return new Cursor(
        OffsetSetCodec.set(proto.getNextOffset(), proto.getFinishedAboveList()),
        proto.getOpenList(),
        proto.getSequenceNumber(),
        new Generation(
            generation.getNumber(),
            generation.getPublication(),
            generation.getStart(),
            OffsetSetCodec.set(
                generation.getSuppressedBelow(), generation.getSuppressedAboveList()),
            generation.getResetId()),
        proto.hasMark() ? Optional.of(LogMarkCodec.fromProto(proto.getMark())) : Optional.empty());
  }

  public static CursorProto.WorkerActivated toProto(CursorEvent.Activated event) {
    return CursorProto.WorkerActivated.newBuilder()
        .setTimestampMillis(event.timestampMillis())
        .setNode(event.node())
        .build();
  }

  public static CursorEvent.Activated fromProto(CursorProto.WorkerActivated proto) {
    return new CursorEvent.Activated(proto.getTimestampMillis(), proto.getNode());
  }

  public static CursorProto.CursorAdvanced toProto(CursorEvent.CursorAdvanced event) {
    return CursorProto.CursorAdvanced.newBuilder().setCursor(toProto(event.cursor())).build();
  }

  public static CursorEvent.CursorAdvanced fromProto(CursorProto.CursorAdvanced proto) {
    return new CursorEvent.CursorAdvanced(fromProto(proto.getCursor()));
  }

  public static CursorProto.CursorHandedOver toProto(CursorEvent.HandedOver event) {
    return CursorProto.CursorHandedOver.newBuilder()
        .setTimestampMillis(event.timestampMillis())
        .setNode(event.node())
        .build();
  }

  public static CursorEvent.HandedOver fromProto(CursorProto.CursorHandedOver proto) {
    return new CursorEvent.HandedOver(proto.getTimestampMillis(), proto.getNode());
  }

  public static CursorProto.CursorSnapshot toProto(CursorSnapshot snapshot) {
    CursorProto.CursorSnapshot.Builder proto =
        CursorProto.CursorSnapshot.newBuilder()
            .setSequenceNumber(snapshot.sequenceNumber())
            .setHandedOver(snapshot.handedOver());
    snapshot.cursor().ifPresent(cursor -> proto.setCursor(toProto(cursor)));
    return proto.build();
  }

  public static CursorSnapshot fromProto(CursorProto.CursorSnapshot proto) {
    return new CursorSnapshot(
        proto.hasCursor() ? Optional.of(fromProto(proto.getCursor())) : Optional.empty(),
        proto.getSequenceNumber(),
        proto.getHandedOver());
  }
}
