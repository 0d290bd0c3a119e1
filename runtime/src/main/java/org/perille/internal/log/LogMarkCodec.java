package org.perille.internal.log;

import org.perille.internal.schema.LogProto;

/** The stored form of a mark of a log. */
public final class LogMarkCodec {
  private LogMarkCodec() {}

  public static LogProto.LogMark toProto(LogMark mark) {
    return LogProto.LogMark.newBuilder()
        .setSequenceNumber(mark.sequenceNumber())
        .setFingerprint(mark.fingerprint())
        .build();
  }

  public static LogMark fromProto(LogProto.LogMark proto) {
    return new LogMark(proto.getSequenceNumber(), proto.getFingerprint());
  }
}
