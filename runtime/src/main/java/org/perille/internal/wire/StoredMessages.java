package org.perille.internal.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import org.perille.internal.log.LogMessage;
import org.perille.internal.schema.LogProto;

/** Messages as bytes, as an outbox stores them: in the form in which a log has them. */
public final class StoredMessages {
  private StoredMessages() {}

  /** Returns a message as bytes. */
  public static byte[] toBytes(LogMessage message) {
    return LogCodec.toProto(message).toByteArray();
  }

  /**
   * Reads a message.
   *
   * @throws InvalidProtocolBufferException if the bytes are none
   */
  public static LogMessage fromBytes(byte[] bytes) throws InvalidProtocolBufferException {
    return LogCodec.fromProto(LogProto.LogMessage.parseFrom(bytes));
  }
}
