package org.perille.internal.wire;

import java.util.List;
import java.util.Optional;
import org.perille.internal.effect.EffectsRecorded;
import org.perille.internal.effect.EffectsRecorded.Handled;
import org.perille.internal.effect.EffectsRecorded.Outgoing;
import org.perille.internal.effect.KeyRecord;
import org.perille.internal.effect.KeySnapshot;
import org.perille.internal.log.OffsetSetCodec;
import org.perille.internal.payload.PayloadCodec.Encoded;
import org.perille.internal.schema.EffectProto;

/** The stored form of an event-sourced subscription's effects for a key. */
final class EffectsCodec {
  private EffectsCodec() {}

  private static EffectProto.Encoded toProto(Encoded encoded) {
    return EffectProto.Encoded.newBuilder()
        .setSerializerId(encoded.serializerId())
        .setManifest(encoded.manifest())
        .setPayload(encoded.payload())
        .build();
  }

  private static Encoded fromProto(EffectProto.Encoded proto) {
    return new Encoded(proto.getSerializerId(), proto.getManifest(), proto.getPayload());
  }

  static EffectProto.EffectsRecorded toProto(EffectsRecorded event) {
    EffectProto.EffectsRecorded.Builder proto =
        EffectProto.EffectsRecorded.newBuilder()
            .setEpoch(event.epoch())
            .setTimestampMillis(event.timestampMillis());
    event.handled().forEach(handled -> proto.addHandled(toProto(handled)));
    return proto.addAllGivenUp(event.givenUp()).setReading(toProto(event.reading())).build();
  }

  static EffectsRecorded fromProto(EffectProto.EffectsRecorded proto) {
    return new EffectsRecorded(
        proto.getEpoch(),
        proto.getTimestampMillis(),
        handled(proto.getHandledList()),
        proto.getGivenUpList(),
        reading(proto.getReading()));
  }

  private static EffectProto.Reading toProto(EffectsRecorded.Reading reading) {
    return switch (reading) {
      case READ -> EffectProto.Reading.READ;
      case UNREAD -> EffectProto.Reading.UNREAD;
      case UNREAD_LATE -> EffectProto.Reading.UNREAD_LATE;
    };
  }

  private static EffectsRecorded.Reading reading(EffectProto.Reading proto) {
    return switch (proto) {
      case READ -> EffectsRecorded.Reading.READ;
      case UNREAD -> EffectsRecorded.Reading.UNREAD;
      case UNREAD_LATE -> EffectsRecorded.Reading.UNREAD_LATE;
      case UNRECOGNIZED ->
          throw new IllegalArgumentException("effects of a later version of Perille");
    };
  }

  private static EffectProto.Handled toProto(Handled handled) {
    EffectProto.Handled.Builder proto =
        EffectProto.Handled.newBuilder().setOffset(handled.offset()).setLate(handled.late());
    handled.events().forEach(event -> proto.addEvents(toProto(event)));
    for (Outgoing outgoing : handled.outgoing()) {
      proto.addOutgoing(
          EffectProto.Outgoing.newBuilder()
              .setTopic(outgoing.topic())
              .setMessage(LogCodec.toProto(outgoing.message())));
    }
    handled.reply().ifPresent(reply -> proto.setReply(toProto(reply)));
    return proto.build();
  }

  private static List<Handled> handled(List<EffectProto.Handled> protos) {
    return protos.stream()
        .map(
            proto ->
                new Handled(
                    proto.getOffset(),
                    proto.getLate(),
                    proto.getEventsList().stream().map(EffectsCodec::fromProto).toList(),
                    proto.getOutgoingList().stream()
                        .map(
                            outgoing ->
                                new Outgoing(
                                    outgoing.getTopic(), LogCodec.fromProto(outgoing.getMessage())))
                        .toList(),
                    proto.hasReply() ? Optional.of(fromProto(proto.getReply())) : Optional.empty()))
        .toList();
  }

  static EffectProto.KeySnapshot toProto(KeySnapshot snapshot) {
    EffectProto.KeySnapshot.Builder proto =
        EffectProto.KeySnapshot.newBuilder()
            .setLastOffset(snapshot.lastOffset())
            .setEpoch(snapshot.epoch())
            .setSequenceNumber(snapshot.sequenceNumber())
            .setLateBelow(snapshot.lateHandled().below())
            .addAllLateGaps(OffsetSetCodec.gaps(snapshot.lateHandled()));
    snapshot.state().ifPresent(state -> proto.setState(toProto(state)));
    snapshot.last().forEach(handled -> proto.addLast(toProto(handled)));
    for (KeyRecord.Reply reply : snapshot.replies()) {
      proto.addReplies(
          EffectProto.KeptReply.newBuilder()
              .setOffset(reply.offset())
              .setReply(toProto(reply.reply())));
    }
    return proto.build();
  }

  static KeySnapshot fromProto(EffectProto.KeySnapshot proto) {
    return new KeySnapshot(
        proto.hasState() ? Optional.of(fromProto(proto.getState())) : Optional.empty(),
        proto.getLastOffset(),
        OffsetSetCodec.set(proto.getLateBelow(), proto.getLateGapsList()),
        proto.getEpoch(),
        handled(proto.getLastList()),
        proto.getRepliesList().stream()
            .map(reply -> new KeyRecord.Reply(reply.getOffset(), fromProto(reply.getReply())))
            .toList(),
        proto.getSequenceNumber());
  }
}
