package org.perille.internal.wire;

import java.time.Duration;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.perille.internal.pace.ShareAnswer;
import org.perille.internal.pace.ShareReport;
import org.perille.internal.pace.ShareReport.Need;
import org.perille.internal.pace.ShareRequest;
import org.perille.internal.schema.PaceProto;

/** The serialized form of the messages by which nodes share limits. */
final class PaceCodec {
  private PaceCodec() {}

  static PaceProto.ShareRequest toProto(ShareRequest request, ActorRefResolver refs) {
    ShareReport report = request.report();
    PaceProto.ShareRequest.Builder proto =
        PaceProto.ShareRequest.newBuilder()
            .setNode(report.node())
            .setNumber(report.number())
            .setReplyTo(refs.toSerializationFormat(request.replyTo()));
    report.permits().ifPresent(need -> proto.setPermits(toProto(need)));
    report.rate().ifPresent(need -> proto.setRate(toProto(need)));
    return proto.build();
  }

  static ShareRequest fromProto(PaceProto.ShareRequest proto, ActorRefResolver refs) {
    return new ShareRequest(
        new ShareReport(
            proto.getNode(),
            proto.getNumber(),
            proto.hasPermits() ? Optional.of(fromProto(proto.getPermits())) : Optional.empty(),
            proto.hasRate() ? Optional.of(fromProto(proto.getRate())) : Optional.empty()),
        refs.resolveActorRef(proto.getReplyTo()));
  }

  private static PaceProto.Need toProto(Need need) {
    return PaceProto.Need.newBuilder()
        .setLimit(need.limit())
        .setHeld(need.held())
        .setInUse(need.inUse())
        .setWanted(need.wanted())
        .build();
  }

  private static Need fromProto(PaceProto.Need proto) {
    return new Need(proto.getLimit(), proto.getHeld(), proto.getInUse(), proto.getWanted());
  }

  static PaceProto.ShareAnswer toProto(ShareAnswer answer) {
    return PaceProto.ShareAnswer.newBuilder()
        .setNumber(answer.number())
        .setPermits(answer.permits())
        .setRate(answer.rate())
        .setValidForMillis(answer.validFor().toMillis())
        .setAskAgainAfterMillis(answer.askAgainAfter().toMillis())
        .build();
  }

  static ShareAnswer fromProto(PaceProto.ShareAnswer proto) {
    return new ShareAnswer(
        proto.getNumber(),
        proto.getPermits(),
        proto.getRate(),
        Duration.ofMillis(proto.getValidForMillis()),
        Duration.ofMillis(proto.getAskAgainAfterMillis()));
  }
}
