package org.perille.internal;

import com.google.protobuf.ByteString;
import java.util.List;
import org.perille.Compression;
import org.perille.internal.compression.CompressionSettings;
import org.perille.internal.compression.Compressor;
import org.perille.internal.log.CompressedBlock;
import org.perille.internal.log.LogMessage;

/** Compressed messages, as a publisher makes them. */
public final class Compressed {
  private Compressed() {}

  /** Compresses messages. Fails if they don't become smaller. */
  public static List<LogMessage> of(Compression type, List<LogMessage> messages) {
    List<LogMessage> compressed =
        new Compressor(new CompressionSettings.OfTopic("topic", type, 3, 1 << 20))
            .compress(messages);
    if (!compressed.get(0).isCompressed()) {
      throw new IllegalArgumentException("these messages can't be compressed: " + messages);
    }
    return compressed;
  }

  /** Returns the same compressed messages, with damaged bytes. */
  public static List<LogMessage> damaged(List<LogMessage> messages) {
    CompressedBlock block = blockOf(messages);
    byte[] bytes = block.bytes().toByteArray();
    bytes[bytes.length / 2] ^= 0x55;
    return in(
        new CompressedBlock(
            block.type(), block.size(), block.checksum(), ByteString.copyFrom(bytes)),
        messages);
  }

  /** Returns the same compressed messages, of a type that only a newer version knows. */
  public static List<LogMessage> ofUnknownType(List<LogMessage> messages) {
    CompressedBlock block = blockOf(messages);
    return in(new CompressedBlock(9, block.size(), block.checksum(), block.bytes()), messages);
  }

  private static CompressedBlock blockOf(List<LogMessage> messages) {
    return ((LogMessage.Compressed) messages.get(0).content()).block();
  }

  private static List<LogMessage> in(CompressedBlock block, List<LogMessage> messages) {
    return messages.stream()
        .map(
            message -> {
              LogMessage.Compressed content = (LogMessage.Compressed) message.content();
              return message.with(
                  new LogMessage.Compressed(block, content.position(), content.length()));
            })
        .toList();
  }
}
