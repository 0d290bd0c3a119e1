package org.perille.internal.subscribe;

import java.util.List;
import java.util.Optional;
import org.perille.internal.schema.CursorProto;
import org.perille.internal.wire.LogMarkCodec;
import org.perille.internal.wire.OffsetSetCodec;

/** The stored form of a cursor. */
public final class CursorCodec {
  private CursorCodec() {}

  public static CursorProto.Cursor toProto(Cursor cursor) {
    return toProto(cursor, Integer.MAX_VALUE);
  }

  /** Without what is to be stored apart: more ranges of silent offsets than these. */
  static CursorProto.Cursor toProto(Cursor cursor, int maxRanges) {
    Generation generation = cursor.generation();
    boolean apart = generation.silent().above().size() > maxRanges;
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
                    .setSilentBelow(generation.silent().below())
                    .addAllSilentAbove(apart ? List.of() : OffsetSetCodec.gaps(generation.silent()))
                    .setSilentApart(apart)
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
            OffsetSetCodec.set(generation.getSilentBelow(), generation.getSilentAboveList()),
            generation.getResetId()),
        proto.hasMark() ? Optional.of(LogMarkCodec.fromProto(proto.getMark())) : Optional.empty());
  }

  public static CursorProto.WorkerActivated toProto(ProgressEvent.Activated event) {
    return CursorProto.WorkerActivated.newBuilder()
        .setTimestampMillis(event.timestampMillis())
        .setNode(event.node())
        .build();
  }

  public static ProgressEvent.Activated fromProto(CursorProto.WorkerActivated proto) {
    return new ProgressEvent.Activated(proto.getTimestampMillis(), proto.getNode());
  }

  public static CursorProto.CursorAdvanced toProto(ProgressEvent.CursorAdvanced event) {
    return CursorProto.CursorAdvanced.newBuilder().setCursor(toProto(event.cursor())).build();
  }

  public static ProgressEvent.CursorAdvanced fromProto(CursorProto.CursorAdvanced proto) {
    return new ProgressEvent.CursorAdvanced(fromProto(proto.getCursor()));
  }

  public static CursorProto.CursorHandedOver toProto(ProgressEvent.HandedOver event) {
    return CursorProto.CursorHandedOver.newBuilder()
        .setTimestampMillis(event.timestampMillis())
        .setNode(event.node())
        .build();
  }

  public static ProgressEvent.HandedOver fromProto(CursorProto.CursorHandedOver proto) {
    return new ProgressEvent.HandedOver(proto.getTimestampMillis(), proto.getNode());
  }

  public static CursorProto.ProgressSnapshot toProto(ProgressSnapshot snapshot) {
    CursorProto.ProgressSnapshot.Builder proto =
        CursorProto.ProgressSnapshot.newBuilder()
            .setSequenceNumber(snapshot.sequenceNumber())
            .setHandedOver(snapshot.handedOver());
    snapshot.cursor().ifPresent(cursor -> proto.setCursor(toProto(cursor)));
    return proto.build();
  }

  public static ProgressSnapshot fromProto(CursorProto.ProgressSnapshot proto) {
    return new ProgressSnapshot(
        proto.hasCursor() ? Optional.of(fromProto(proto.getCursor())) : Optional.empty(),
        proto.getSequenceNumber(),
        proto.getHandedOver());
  }
}
