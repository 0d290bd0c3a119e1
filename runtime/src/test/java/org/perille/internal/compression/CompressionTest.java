package org.perille.internal.compression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.perille.Compression;
import org.perille.ConfigurationException;
import org.perille.internal.log.CompressedBlock;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.Origin;

class CompressionTest {
  private static final int LIMIT = 1 << 20;

  private final Decompressor decompressor = new Decompressor(LIMIT);

  private static Compressor compressor(Compression type) {
    return new Compressor(new CompressionSettings.OfTopic("topic", type, 3, LIMIT));
  }

  private static LogMessage message(int number, String payload) {
    return new LogMessage(
        "key-" + number % 3,
        number % 2 == 0 ? "" : "id-" + number,
        Map.of("trace", "00-4bf92f3577b34da6a3ce929d0e0e4736-" + number),
        7,
        "org.example.OrderPlaced",
        ByteString.copyFromUtf8(payload),
        new LogMessage.Times(number, 0));
  }

  private static List<LogMessage> compressible(int messages) {
    List<LogMessage> all = new ArrayList<>();
    for (int number = 0; number < messages; number++) {
      all.add(message(number, "{\"customer\": \"Smith\", \"number\": " + number + "}"));
    }
    all.set(0, all.get(0).from(new Origin("t~1~s~0", 7, 4, 1)));
    return all;
  }

  private static List<LogMessage> incompressible(int messages) {
    Random random = new Random(1);
    List<LogMessage> all = new ArrayList<>();
    for (int number = 0; number < messages; number++) {
      byte[] payload = new byte[400];
      random.nextBytes(payload);
      all.add(new LogMessage("k", "", Map.of(), 1, "", ByteString.copyFrom(payload)));
    }
    return all;
  }

  private static List<LogEntry> entries(List<LogMessage> messages) {
    List<LogEntry> entries = new ArrayList<>();
    messages.forEach(message -> entries.add(new LogEntry(entries.size(), 12, message)));
    return entries;
  }

  private List<LogMessage> decompressed(List<LogMessage> messages) {
    return decompressor.decompress(entries(messages)).stream().map(LogEntry::message).toList();
  }

  private static boolean areCompressed(List<LogMessage> messages) {
    return messages.stream().allMatch(LogMessage::isCompressed);
  }

  private static CompressedBlock blockOf(LogMessage message) {
    return ((LogMessage.Compressed) message.content()).block();
  }

  /** Returns the compressed message with another block. */
  private static LogMessage in(LogMessage message, CompressedBlock block) {
    LogMessage.Compressed content = (LogMessage.Compressed) message.content();
    return message.with(new LogMessage.Compressed(block, content.position(), content.length()));
  }

  @ParameterizedTest
  @EnumSource(names = {"LZ4", "ZSTD"})
  void a_compressed_batch_comes_back_as_it_was(Compression type) {
    List<LogMessage> messages = compressible(50);
    List<LogMessage> compressed = compressor(type).compress(messages);
    assertThat(areCompressed(compressed)).isTrue();
    assertThat(compressed).extracting(LogMessage::key).isEqualTo(keys(messages));
    assertThat(compressed).extracting(LogMessage::id).isEqualTo(ids(messages));
    assertThat(compressed.get(0).origin()).isEqualTo(messages.get(0).origin());
    assertThat(blockOf(compressed.get(0)).sizeInBytes()).isLessThan(2000);
    assertThat(decompressed(compressed)).isEqualTo(messages);
  }

  private static List<String> keys(List<LogMessage> messages) {
    return messages.stream().map(LogMessage::key).toList();
  }

  private static List<String> ids(List<LogMessage> messages) {
    return messages.stream().map(LogMessage::id).toList();
  }

  @Test
  void a_part_of_a_batch_is_read_without_the_rest() {
    List<LogMessage> messages = compressible(20);
    List<LogMessage> compressed = compressor(Compression.LZ4).compress(messages);
    assertThat(decompressed(List.of(compressed.get(3), compressed.get(17))))
        .containsExactly(messages.get(3), messages.get(17));
  }

  @Test
  void batches_of_all_types_are_read_together() {
    List<LogMessage> messages = compressible(30);
    List<LogMessage> mixed = new ArrayList<>(messages.subList(0, 10));
    mixed.addAll(compressor(Compression.LZ4).compress(messages.subList(10, 20)));
    mixed.addAll(compressor(Compression.ZSTD).compress(messages.subList(20, 30)));
    assertThat(decompressed(mixed)).isEqualTo(messages);
  }

  @Test
  void nothing_is_compressed_without_a_type() {
    List<LogMessage> messages = compressible(50);
    assertThat(compressor(Compression.NONE).compress(messages)).isSameAs(messages);
  }

  @Test
  void a_batch_too_small_to_gain_anything_is_left_alone() {
    List<LogMessage> messages = compressible(1);
    assertThat(compressor(Compression.LZ4).compress(messages)).isSameAs(messages);
  }

  @Test
  void a_batch_that_readers_would_refuse_is_stored_as_it_is() {
    List<LogMessage> large = List.of(message(1, "a".repeat(LIMIT)));
    assertThat(compressor(Compression.LZ4).compress(large)).isSameAs(large);
  }

  @ParameterizedTest
  @EnumSource(names = {"LZ4", "ZSTD"})
  void payloads_that_do_not_compress_are_tried_less_and_less(Compression type) {
    Compressor compressor = compressor(type);
    List<LogMessage> useless = incompressible(20);
    List<LogMessage> useful = compressible(50);
    for (int failures = 0; failures < 20; failures++) {
      assertThat(compressor.compress(useless)).isSameAs(useless);
    }
    // 20 batches contain the attempts 1, 3, 7 and 15. The next attempt is the 31st.
    int left = 0;
    while (!areCompressed(compressor.compress(useful))) {
      left++;
    }
    assertThat(left).isEqualTo(10);
    assertThat(areCompressed(compressor.compress(useful))).isTrue();
  }

  @Test
  void payloads_that_never_compress_are_tried_again_after_63_batches_at_most() {
    Compressor compressor = compressor(Compression.LZ4);
    List<LogMessage> useless = incompressible(5);
    for (int batch = 0; batch < 1000; batch++) {
      assertThat(compressor.compress(useless)).isSameAs(useless);
    }
    List<LogMessage> useful = compressible(50);
    int left = 0;
    while (!areCompressed(compressor.compress(useful))) {
      left++;
    }
    assertThat(left).isLessThanOrEqualTo(Compressor.MAX_SKIPPED);
  }

  @Test
  void a_batch_beyond_the_limit_is_unreadable_and_allocates_nothing() {
    List<LogMessage> compressed = compressor(Compression.LZ4).compress(compressible(50));
    CompressedBlock block = blockOf(compressed.get(0));
    int most = block.size() - 1;
    LogMessage read =
        new Decompressor(most).decompress(entries(compressed.subList(0, 1))).get(0).message();
    assertThat(read.unreadable().orElseThrow())
        .contains("%d bytes".formatted(block.size()), Decompressor.LIMIT + " of " + most, "lz4");
    assertThat(read.key()).isEqualTo(compressed.get(0).key());
    assertThat(read.sizeInBytes()).isEqualTo(compressed.get(0).sizeInBytes());

    CompressedBlock bomb =
        new CompressedBlock(block.type(), CompressedBlock.MAX_BYTES, 0, block.bytes());
    assertThat(decompressed(List.of(in(compressed.get(0), bomb))).get(0).unreadable()).isPresent();
  }

  @ParameterizedTest
  @EnumSource(names = {"LZ4", "ZSTD"})
  void every_damage_of_a_batch_makes_its_messages_unreadable_and_no_others(Compression type) {
    List<LogMessage> messages = compressible(50);
    List<LogMessage> compressed = compressor(type).compress(messages);
    CompressedBlock block = blockOf(compressed.get(0));
    for (int at = 0; at < block.bytes().size(); at++) {
      byte[] bytes = block.bytes().toByteArray();
      bytes[at] ^= 0x10;
      CompressedBlock damaged =
          new CompressedBlock(
              block.type(), block.size(), block.checksum(), ByteString.copyFrom(bytes));
      List<LogMessage> read =
          decompressed(List.of(in(compressed.get(5), damaged), messages.get(6)));
      // The bytes may be damaged in a way that decompresses to the same.
      assertThat(read.get(0).unreadable().isPresent() || read.get(0).equals(messages.get(5)))
          .isTrue();
      assertThat(read.get(1)).isEqualTo(messages.get(6));
    }
    CompressedBlock cut =
        new CompressedBlock(
            block.type(),
            block.size(),
            block.checksum(),
            block.bytes().substring(0, block.bytes().size() / 2));
    CompressedBlock shorter =
        new CompressedBlock(block.type(), block.size() - 1, block.checksum(), block.bytes());
    CompressedBlock longer =
        new CompressedBlock(block.type(), block.size() + 1, block.checksum(), block.bytes());
    CompressedBlock other =
        new CompressedBlock(block.type(), block.size(), block.checksum() + 1, block.bytes());
    for (CompressedBlock damaged : List.of(cut, shorter, longer, other)) {
      assertThat(decompressed(List.of(in(compressed.get(5), damaged))).get(0).unreadable())
          .hasValueSatisfying(reason -> assertThat(reason).contains("is damaged"));
    }
  }

  @Test
  void a_type_of_a_newer_version_is_no_damage() {
    LogMessage message = compressor(Compression.LZ4).compress(compressible(50)).get(0);
    CompressedBlock block = blockOf(message);
    CompressedBlock unknown = new CompressedBlock(9, block.size(), 0, block.bytes());
    assertThatThrownBy(() -> decompressed(List.of(in(message, unknown))))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll("type 9", "update this node");
  }

  @Test
  void the_content_of_a_compressed_message_is_not_taken_for_empty() {
    LogMessage message = compressor(Compression.LZ4).compress(compressible(50)).get(0);
    assertThatThrownBy(message::payload).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(message::headers).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void a_message_lies_within_its_block() {
    CompressedBlock block = new CompressedBlock(1, 10, 0, ByteString.EMPTY);
    assertThatThrownBy(() -> new LogMessage.Compressed(block, 5, 6))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new LogMessage.Compressed(block, Integer.MAX_VALUE, 6))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new LogMessage.Compressed(block, -1, 6))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(new LogMessage.Compressed(block, 5, 5).length()).isEqualTo(5);
  }
}
