package org.perille.internal.wire;

import java.time.Duration;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.perille.internal.limit.LeaseGranted;
import org.perille.internal.limit.LeaseReport;
import org.perille.internal.limit.LeaseReport.Need;
import org.perille.internal.limit.LeaseRequest;
import org.perille.internal.schema.LimitProto;

/** The serialized form of the messages by which nodes share limits. */
final class LimitCodec {
  private LimitCodec() {}

  static LimitProto.LeaseRequest toProto(LeaseRequest request, ActorRefResolver refs) {
    LeaseReport report = request.report();
    LimitProto.LeaseRequest.Builder proto =
        LimitProto.LeaseRequest.newBuilder()
            .setNode(report.node())
            .setNumber(report.number())
            .setReplyTo(refs.toSerializationFormat(request.replyTo()));
    report.permits().ifPresent(need -> proto.setPermits(toProto(need)));
    report.rate().ifPresent(need -> proto.setRate(toProto(need)));
    return proto.build();
  }

  static LeaseRequest fromProto(LimitProto.LeaseRequest proto, ActorRefResolver refs) {
    return new LeaseRequest(
        new LeaseReport(
            proto.getNode(),
            proto.getNumber(),
            proto.hasPermits() ? Optional.of(fromProto(proto.getPermits())) : Optional.empty(),
            proto.hasRate() ? Optional.of(fromProto(proto.getRate())) : Optional.empty()),
        refs.resolveActorRef(proto.getReplyTo()));
  }

  private static LimitProto.Need toProto(Need need) {
    return LimitProto.Need.newBuilder()
        .setLimit(need.limit())
        .setHeld(need.held())
        .setInUse(need.inUse())
        .setWanted(need.wanted())
        .build();
  }

  private static Need fromProto(LimitProto.Need proto) {
    return new Need(proto.getLimit(), proto.getHeld(), proto.getInUse(), proto.getWanted());
  }

  static LimitProto.LeaseGranted toProto(LeaseGranted answer) {
    return LimitProto.LeaseGranted.newBuilder()
        .setNumber(answer.number())
        .setPermits(answer.permits())
        .setRate(answer.rate())
        .setValidForMillis(answer.validFor().toMillis())
        .setAskAgainAfterMillis(answer.askAgainAfter().toMillis())
        .build();
  }

  static LeaseGranted fromProto(LimitProto.LeaseGranted proto) {
    return new LeaseGranted(
        proto.getNumber(),
        proto.getPermits(),
        proto.getRate(),
        Duration.ofMillis(proto.getValidForMillis()),
        Duration.ofMillis(proto.getAskAgainAfterMillis()));
  }
}
