package org.perille.internal.wire;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.perille.internal.log.ConditionResult;
import org.perille.internal.log.LastOfKey;
import org.perille.internal.log.LogCondition;
import org.perille.internal.schema.LogProto;
import org.perille.internal.schema.ProtocolProto;

/** The serialized form of conditions of messages, and of their results. */
final class ConditionCodec {
  private ConditionCodec() {}

  static List<ProtocolProto.Condition> toProto(Map<Integer, LogCondition> conditions) {
    return new TreeMap<>(conditions)
        .entrySet().stream().map(entry -> toProto(entry.getKey(), entry.getValue())).toList();
  }

  private static ProtocolProto.Condition toProto(int index, LogCondition condition) {
    ProtocolProto.Condition.Builder proto = ProtocolProto.Condition.newBuilder().setIndex(index);
    condition.expected().ifPresent(proto::setExpected);
    condition
        .read()
        .ifPresent(
            read -> {
              proto.setReadBelow(read.below());
              read.offset().ifPresent(proto::setReadLast);
            });
    return proto.build();
  }

  static Map<Integer, LogCondition> conditions(List<ProtocolProto.Condition> protos) {
    Map<Integer, LogCondition> conditions = new TreeMap<>();
    protos.forEach(proto -> conditions.put(proto.getIndex(), fromProto(proto)));
    return conditions;
  }

  private static LogCondition fromProto(ProtocolProto.Condition proto) {
    Optional<LastOfKey> read =
        proto.hasReadBelow()
            ? Optional.of(
                new LastOfKey(
                    optional(proto.hasReadLast(), proto.getReadLast()), proto.getReadBelow()))
            : Optional.empty();
    return new LogCondition(optional(proto.hasExpected(), proto.getExpected()), read);
  }

  static LogProto.UnmetCondition toProto(ConditionResult result) {
    LogProto.UnmetCondition.Builder proto =
        LogProto.UnmetCondition.newBuilder().setIndex(result.index());
    if (result instanceof ConditionResult.Failed failed) {
      failed.last().ifPresent(proto::setLastOffset);
    } else if (result instanceof ConditionResult.Undecided undecided) {
      proto.setUnknownBelow(undecided.below()).setSequenceNumber(undecided.sequenceNumber());
    }
    return proto.build();
  }

  static List<ConditionResult> results(List<LogProto.UnmetCondition> protos) {
    return protos.stream().map(ConditionCodec::fromProto).toList();
  }

  private static ConditionResult fromProto(LogProto.UnmetCondition proto) {
    return proto.hasUnknownBelow()
        ? new ConditionResult.Undecided(
            proto.getIndex(), proto.getUnknownBelow(), proto.getSequenceNumber())
        : new ConditionResult.Failed(
            proto.getIndex(), optional(proto.hasLastOffset(), proto.getLastOffset()));
  }

  private static OptionalLong optional(boolean present, long value) {
    return present ? OptionalLong.of(value) : OptionalLong.empty();
  }
}
