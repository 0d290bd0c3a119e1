package org.perille.internal.log;

import com.google.protobuf.ByteString;
import java.util.Map;

/**
 * A message as its publisher gave it; the payload is opaque.
 *
 * @param id empty if the publisher gave none
 */
public record LogMessage(
    String key,
    String id,
    Map<String, String> headers,
    int serializerId,
    String manifest,
    ByteString payload) {
  /** What the fields and their framing take beside the texts and the payload, roughly. */
  private static final int OVERHEAD_BYTES = 24;

  public LogMessage {
    if (key.isEmpty()) {
      throw new IllegalArgumentException("a message without a key can't be in a log");
    }
  }

  /** What the message takes in a batch, in bytes; an upper bound for texts of ASCII characters. */
  public int sizeInBytes() {
    int bytes = OVERHEAD_BYTES + key.length() + id.length() + manifest.length() + payload.size();
    if (!headers.isEmpty()) {
      for (Map.Entry<String, String> header : headers.entrySet()) {
        bytes += header.getKey().length() + header.getValue().length() + 8;
      }
    }
    return bytes;
  }
}
