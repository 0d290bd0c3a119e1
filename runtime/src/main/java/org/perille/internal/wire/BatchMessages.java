package org.perille.internal.wire;

import java.util.ArrayList;
import java.util.List;
import org.perille.internal.log.CompressedBlock;
import org.perille.internal.log.LogMessage;
import org.perille.internal.schema.LogProto;

/** Reads the messages of one batch, with their blocks. */
final class BatchMessages {
  private final List<CompressedBlock> blocks;

  BatchMessages(List<LogProto.CompressedBlock> blocks) {
    this.blocks =
        blocks.stream()
            .map(
                block ->
                    new CompressedBlock(
                        block.getType(), block.getSize(), block.getChecksum(), block.getData()))
            .toList();
  }

  /**
   * Reads a message.
   *
   * @throws IllegalArgumentException if its content is in a block that isn't there
   */
  LogMessage read(LogProto.LogMessage proto) {
    if (proto.getBlock() == 0) {
      return LogCodec.fromProto(proto);
    }
    if (proto.getBlock() < 0 || proto.getBlock() > blocks.size()) {
      throw new IllegalArgumentException(
          "a message is in block %d of a batch that has %d"
              .formatted(Integer.toUnsignedLong(proto.getBlock()), blocks.size()));
    }
    return LogCodec.fromProto(
        proto,
        new LogMessage.Compressed(
            blocks.get(proto.getBlock() - 1), proto.getPosition(), proto.getLength()));
  }

  List<LogMessage> read(List<LogProto.LogMessage> protos) {
    List<LogMessage> messages = new ArrayList<>(protos.size());
    protos.forEach(proto -> messages.add(read(proto)));
    return messages;
  }
}
