package org.perille.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.InputStream;
import java.io.NotSerializableException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializer;
import org.apache.pekko.serialization.Serializers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.perille.internal.feed.FeedAnswer;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.feed.ReadFrom;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.Duplicate;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.partition.DedupWindow;
import org.perille.internal.partition.PartitionRequest;
import org.perille.internal.partition.PartitionSnapshot;
import org.perille.internal.subscribe.Cursor;
import org.perille.internal.subscribe.ProgressEvent;
import org.perille.internal.subscribe.ProgressSnapshot;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PerilleSerializerTest {
  private final ActorTestKit kit = ActorTestKit.create();
  private final Serialization serialization = SerializationExtension.get(kit.system());

  @AfterAll
  void stop() {
    kit.shutdownTestKit();
  }

  /** What is stored: a later version must read what this one has written. */
  private static List<Object> stored() {
    LogMessage message =
        new LogMessage(
            "key", "id", Map.of("a", "ä"), 7, "manifest", ByteString.copyFromUtf8("payload"));
    LogMessage bare = new LogMessage("k", "", Map.of(), 0, "", ByteString.EMPTY);
    List<Duplicate> duplicates = List.of(new Duplicate(1, 5));
    Cursor cursor = new Cursor(3, 2, List.of(new Cursor.Range(5, 9)), 40);
    BatchReceipt receipt = new BatchReceipt("p", 3, 9, 100, 2, duplicates);
    return List.of(
        new PartitionEvent.Activated(12, "node"),
        new PartitionEvent.BatchAppended(5, 12, "p", 9, List.of(message, bare), duplicates),
        new PartitionSnapshot(
            3,
            9,
            12,
            4,
            List.of(new PartitionSnapshot.LastBatch(receipt, 11)),
            List.of(new DedupWindow.Known("k", "i", 5, 6))),
        new ProgressEvent.Activated(12, "node"),
        new ProgressEvent.CursorAdvanced(cursor),
        new ProgressSnapshot(Optional.of(cursor), 8),
        new ProgressSnapshot(Optional.empty(), 8));
  }

  private List<Object> all() {
    LogMessage message =
        new LogMessage("key", "id", Map.of(), 7, "manifest", ByteString.copyFromUtf8("payload"));
    BatchReceipt receipt = new BatchReceipt("p", 3, 9, 100, 2, List.of(new Duplicate(1, 5)));
    List<Object> all = new ArrayList<>(stored());
    all.addAll(
        List.of(
            new PublishBatch("t", 3, "p", 9, List.of(message), ref(BatchReceipt.class)),
            receipt,
            new FeedAnswer.Attached(1, 2, 3, 4, ref(Void.class)),
            new FeedAnswer.Refused(1, 2, "no"),
            new FeedBatch(4, List.of(new LogEntry(7, 8, message))),
            new PartitionRequest.CursorReport("s", 1, 2, 3),
            new PartitionRequest.Describe(ref(PartitionRequest.Description.class)),
            new PartitionRequest.Description(
                9, List.of(new PartitionRequest.CursorReport("s", 1, 2, 3)))));
    for (ReadFrom from :
        List.of(
            new ReadFrom.Resume(5, 6),
            new ReadFrom.Earliest(),
            new ReadFrom.Latest(),
            new ReadFrom.Offset(0),
            new ReadFrom.Timestamp(0))) {
      all.add(
          new PartitionRequest.Attach(
              "s",
              1,
              2,
              from,
              3,
              ref(FeedAnswer.class),
              kit.createTestProbe().getRef().unsafeUpcast()));
    }
    return all;
  }

  private <T> org.apache.pekko.actor.typed.ActorRef<T> ref(Class<T> type) {
    return kit.createTestProbe(type).getRef();
  }

  @Test
  void everything_that_is_stored_or_sent_comes_back_as_it_was() {
    for (Object object : all()) {
      Serializer serializer = serialization.findSerializerFor(object);
      assertThat(serializer).isInstanceOf(PerilleSerializer.class);
      byte[] bytes = serializer.toBinary(object);
      assertThat(
              serialization
                  .deserialize(
                      bytes, serializer.identifier(), Serializers.manifestFor(serializer, object))
                  .get())
          .isEqualTo(object);
    }
  }

  /** The file is never changed: a change of the schema adds another one. */
  @Test
  void what_the_first_version_has_stored_is_read_for_ever() throws IOException {
    List<Object> read = new ArrayList<>();
    try (InputStream in = getClass().getResourceAsStream("stored-by-0.1.txt")) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        int space = line.indexOf(' ');
        read.add(
            serialization
                .deserialize(
                    Base64.getDecoder().decode(line.substring(space + 1)),
                    770_770,
                    line.substring(0, space))
                .get());
      }
    }
    assertThat(read).isEqualTo(stored());
  }

  @Test
  void no_kind_of_message_or_event_was_forgotten() {
    Stream<Class<?>> kinds =
        Stream.of(
                PartitionEvent.class, ProgressEvent.class, PartitionRequest.class, FeedAnswer.class)
            .flatMap(type -> Arrays.stream(type.getPermittedSubclasses()));
    List<Class<?>> tested = all().stream().<Class<?>>map(Object::getClass).toList();
    assertThat(kinds.toList()).allMatch(tested::contains);
  }

  @Test
  void a_kind_of_a_newer_version_is_refused_and_named() {
    PerilleSerializer serializer =
        (PerilleSerializer)
            serialization.findSerializerFor(new PartitionEvent.Activated(12, "node"));
    assertThatThrownBy(() -> serializer.fromBinary(new byte[0], "from-the-future"))
        .isInstanceOf(NotSerializableException.class)
        .hasMessageContaining("from-the-future")
        .hasMessageContaining("update");
  }
}
