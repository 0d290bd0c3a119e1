package org.perille.internal.log;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.util.Map;

/**
 * A message as its publisher gave it; the payload is opaque.
 *
 * @param id empty if the publisher gave none
 * @param sizeInBytes what the message takes in a batch, framing included; never less than it does
 */
public record LogMessage(
    String key,
    String id,
    Map<String, String> headers,
    int serializerId,
    String manifest,
    ByteString payload,
    int sizeInBytes) {
  /** Tags, lengths, numbers, and the place in the log. */
  private static final int FRAMING_BYTES = 48;

  /** Tags and lengths of a header. */
  private static final int HEADER_FRAMING_BYTES = 8;

  public LogMessage {
    if (key.isEmpty()) {
      throw new IllegalArgumentException("a message without a key can't be in a log");
    }
  }

  public LogMessage(
      String key,
      String id,
      Map<String, String> headers,
      int serializerId,
      String manifest,
      ByteString payload) {
    this(
        key,
        id,
        headers,
        serializerId,
        manifest,
        payload,
        size(key, id, headers, manifest, payload));
  }

  private static int size(
      String key, String id, Map<String, String> headers, String manifest, ByteString payload) {
    int bytes = FRAMING_BYTES + utf8(key) + utf8(id) + utf8(manifest) + payload.size();
    for (Map.Entry<String, String> header : headers.entrySet()) {
      bytes += HEADER_FRAMING_BYTES + utf8(header.getKey()) + utf8(header.getValue());
    }
    return bytes;
  }

  private static int utf8(String text) {
    return CodedOutputStream.computeStringSizeNoTag(text);
  }
}
