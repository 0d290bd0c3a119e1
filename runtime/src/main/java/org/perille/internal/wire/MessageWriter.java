package org.perille.internal.wire;

import java.util.ArrayList;
import java.util.List;
import org.perille.internal.log.CompressedBlock;
import org.perille.internal.log.LogMessage;
import org.perille.internal.schema.LogProto;

/**
 * Writes the messages of one batch, and collects their blocks.
 *
 * <p><b>Threading</b>: used by one thread.
 */
final class MessageWriter {
  private final List<CompressedBlock> blocks = new ArrayList<>(0);

  LogProto.LogMessage write(LogMessage message) {
    return message.content() instanceof LogMessage.Compressed content
        ? LogCodec.withoutContent(message)
            .setBlock(numberOf(content.block()))
            .setPosition(content.position())
            .setLength(content.length())
            .build()
        : LogCodec.toProto(message);
  }

  /** Returns the number of a block. The messages of a block follow each other. */
  @SuppressWarnings("ReferenceEquality") // the messages of a block share one object
  private int numberOf(CompressedBlock block) {
    if (blocks.isEmpty() || blocks.get(blocks.size() - 1) != block) {
      blocks.add(block);
    }
    return blocks.size();
  }

  /** Returns the blocks of the messages that were written. */
  List<LogProto.CompressedBlock> blocks() {
    return blocks.stream()
        .map(
            block ->
                LogProto.CompressedBlock.newBuilder()
                    .setType(block.type())
                    .setSize(block.size())
                    .setChecksum(block.checksum())
                    .setData(block.bytes())
                    .build())
        .toList();
  }
}
