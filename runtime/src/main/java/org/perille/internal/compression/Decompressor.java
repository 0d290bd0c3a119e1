package org.perille.internal.compression;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import java.util.ArrayList;
import java.util.List;
import org.perille.ConfigurationException;
import org.perille.internal.log.CompressedBlock;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMessage;
import org.perille.internal.schema.LogProto;

/**
 * Decompresses messages of the log for those that read them.
 *
 * <p>It allocates no more than its limit for a block, whatever the block contains. A block that
 * can't be decompressed makes its messages {@linkplain LogMessage.Unreadable unreadable}. Nothing
 * else is wrong with them: their keys, ids and offsets are known.
 *
 * <p><b>Threading</b>: immutable.
 *
 * @param maxBytes the limit of the decompressed bytes of a block
 */
public record Decompressor(int maxBytes) {
  /** The setting of the limit. */
  public static final String LIMIT = "perille.compression.max-decompressed-bytes";

  /** The last decompressed block: the messages of a block follow each other. */
  private static final class Last {
    private CompressedBlock block;
    private byte[] bytes = {};
    private String problem = "";

    @SuppressWarnings("ReferenceEquality") // the messages of a block share one object
    private boolean is(CompressedBlock other) {
      return block == other;
    }
  }

  /**
   * Decompresses the messages of entries. Others remain as they are.
   *
   * @throws ConfigurationException if this node can't decompress a type that others can: the
   *     entries can be read once the library is there, or this node was updated
   */
  public List<LogEntry> decompress(List<LogEntry> entries) {
    if (entries.stream().noneMatch(entry -> entry.message().isCompressed())) {
      return entries;
    }
    Last last = new Last();
    List<LogEntry> readable = new ArrayList<>(entries.size());
    for (LogEntry entry : entries) {
      readable.add(
          new LogEntry(entry.offset(), entry.timestampMillis(), decompress(entry.message(), last)));
    }
    return readable;
  }

  private LogMessage decompress(LogMessage message, Last last) {
    if (!(message.content() instanceof LogMessage.Compressed content)) {
      return message;
    }
    if (!last.is(content.block())) {
      decompress(content.block(), last);
    }
    return message.with(
        last.problem.isEmpty()
            ? plain(content, last.bytes)
            : new LogMessage.Unreadable(last.problem));
  }

  private void decompress(CompressedBlock block, Last last) {
    // Before the size: a type of a newer version may have another meaning of it.
    BlockCodec codec = Codecs.ofNumber(block.type());
    last.block = block;
    last.bytes = new byte[0];
    last.problem = "";
    if (block.size() > maxBytes) {
      last.problem =
          "%s is larger than %s of %d: raise it, and redrive the message"
              .formatted(describe(block), LIMIT, maxBytes);
      return;
    }
    byte[] bytes = new byte[block.size()];
    try {
      int length = codec.decompress(block.bytes().toByteArray(), bytes);
      if (length != bytes.length || Compressor.checksum(bytes) != block.checksum()) {
        last.problem = describe(block) + " is damaged: it was stored with other contents";
      } else {
        last.bytes = bytes;
      }
    } catch (RuntimeException e) {
      last.problem = describe(block) + " is damaged: " + e.getMessage();
    }
  }

  private static String describe(CompressedBlock block) {
    return "the batch that contains it (%d bytes, compressed with %s to %d bytes)"
        .formatted(block.size(), Codecs.name(block.type()), block.bytes().size());
  }

  private static LogMessage.Content plain(LogMessage.Compressed content, byte[] bytes) {
    try {
      LogProto.MessageBody body =
          LogProto.MessageBody.parseFrom(
              UnsafeByteOperations.unsafeWrap(bytes, content.position(), content.length()));
      return new LogMessage.Plain(
          body.getHeadersMap(), body.getSerializerId(), body.getManifest(), body.getPayload());
    } catch (InvalidProtocolBufferException e) {
      return new LogMessage.Unreadable(
          describe(content.block()) + " is damaged: " + e.getMessage());
    }
  }
}
