package org.perille.proof.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.perille.Compression;
import org.perille.ConfigurationException;
import org.perille.internal.compression.CompressionSettings;
import org.perille.internal.compression.Compressor;
import org.perille.internal.compression.Decompressor;
import org.perille.internal.log.CompressedBlock;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMessage;
import org.perille.internal.schema.LogProto;

/**
 * Compressed batches.
 *
 * <p>Each message of a batch has its contents or is unreadable, with a reason. A type of
 * compression that doesn't exist is a {@link ConfigurationException}. An input is a {@code
 * CompressedBlock}.
 */
final class DecompressionTarget implements FuzzTarget {
  private static final int LIMIT = 1 << 20;

  private final Decompressor decompressor = new Decompressor(LIMIT);
  private final List<byte[]> seeds = new ArrayList<>();

  DecompressionTarget() {
    for (Compression type : List.of(Compression.LZ4, Compression.ZSTD)) {
      for (int messages : new int[] {1, 20}) {
        seeds.add(seed(type, messages));
      }
    }
  }

  private static byte[] seed(Compression type, int count) {
    List<LogMessage> messages = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      messages.add(
          new LogMessage(
              "key",
              "",
              Map.of("header", "ä"),
              7,
              "manifest",
              ByteString.copyFromUtf8("payload ".repeat(1000 / count) + i)));
    }
    LogMessage compressed =
        new Compressor(new CompressionSettings.OfTopic("topic", type, 3, LIMIT))
            .compress(messages)
            .get(0);
    CompressedBlock block = ((LogMessage.Compressed) compressed.content()).block();
    return LogProto.CompressedBlock.newBuilder()
        .setType(block.type())
        .setSize(block.size())
        .setChecksum(block.checksum())
        .setData(block.bytes())
        .build()
        .toByteArray();
  }

  @Override
  public String name() {
    return "decompression";
  }

  @Override
  public List<byte[]> seeds() {
    return seeds;
  }

  @Override
  public int mutations() {
    return 15_000;
  }

  @Override
  public void accept(byte[] input) {
    CompressedBlock block;
    try {
      LogProto.CompressedBlock proto = LogProto.CompressedBlock.parseFrom(input);
      block =
          new CompressedBlock(
              proto.getType(), proto.getSize(), proto.getChecksum(), proto.getData());
    } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
      return;
    }
    List<LogEntry> entries = new ArrayList<>();
    for (int parts : new int[] {1, 3, 20}) {
      int length = block.size() / parts;
      entries.add(
          new LogEntry(
              parts,
              12,
              new LogMessage(
                  "key",
                  "id",
                  LogMessage.Times.ANY,
                  new LogMessage.Compressed(block, block.size() - length, length))));
    }
    try {
      for (LogEntry entry : decompressor.decompress(entries)) {
        assertThat(entry.message().isCompressed()).isFalse();
        assertThat(entry.message().key()).isEqualTo("key");
        assertThat(entry.message().unreadable().isPresent() || block.size() <= LIMIT).isTrue();
      }
    } catch (ConfigurationException e) {
      assertThat(block.type()).isNotIn(1, 2);
    }
  }
}
