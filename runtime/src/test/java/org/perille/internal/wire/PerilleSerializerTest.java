package org.perille.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import java.io.IOException;
import java.io.InputStream;
import java.io.NotSerializableException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializer;
import org.apache.pekko.serialization.Serializers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.perille.DeadLetter;
import org.perille.DeadLetterCount;
import org.perille.DeadLetterFilter;
import org.perille.OnExhausted;
import org.perille.SubscriptionStatus.PartitionProblems;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.cursor.CursorEvent;
import org.perille.internal.cursor.CursorSnapshot;
import org.perille.internal.cursor.Generation;
import org.perille.internal.effect.EffectsRecorded;
import org.perille.internal.effect.KeyRecord;
import org.perille.internal.effect.KeySnapshot;
import org.perille.internal.feed.FeedAnswer;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.feed.ReadFrom;
import org.perille.internal.limit.LeaseGranted;
import org.perille.internal.limit.LeaseReport;
import org.perille.internal.limit.LeaseRequest;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.CompressedBlock;
import org.perille.internal.log.ConditionResult;
import org.perille.internal.log.Duplicate;
import org.perille.internal.log.LastOfKey;
import org.perille.internal.log.LogCondition;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMark;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.log.Origin;
import org.perille.internal.log.PartitionClock;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.ProducerReport;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.log.StoredTransaction;
import org.perille.internal.log.TransactionMessage;
import org.perille.internal.outbox.OutboxHint;
import org.perille.internal.partition.DedupWindow;
import org.perille.internal.partition.PartitionRequest;
import org.perille.internal.partition.PartitionSnapshot;
import org.perille.internal.partition.ProducerDedup;
import org.perille.internal.partition.TransactionSnapshot;
import org.perille.internal.partition.WorkerRequest;
import org.perille.internal.payload.PayloadCodec;
import org.perille.internal.schema.OperationsProto;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PerilleSerializerTest {
  private static final LogMark MARK = new LogMark(5, -6);

  private final ActorTestKit kit = ActorTestKit.create("fixtures");
  private final Serialization serialization = SerializationExtension.get(kit.system());

  @AfterAll
  void stop() {
    kit.shutdownTestKit();
  }

  private static ProducerReport report() {
    return new ProducerReport("t~1~s~0", 7, new OffsetSet(3, List.of(new OffsetSet.Range(5, 9))));
  }

  private static List<Object> logAndCursor() {
    LogMessage message =
        new LogMessage(
            "key", "id", Map.of("a", "ä"), 7, "manifest", ByteString.copyFromUtf8("payload"));
    LogMessage bare = new LogMessage("k", "", Map.of(), 0, "", ByteString.EMPTY);
    List<Duplicate> duplicates = List.of(new Duplicate(1, 5));
    Cursor cursor =
        new Cursor(
            new OffsetSet(3, List.of(new OffsetSet.Range(5, 9))),
            List.of(),
            2,
            Generation.startingAt(0));
    BatchReceipt receipt = new BatchReceipt("p", 3, 9, 100, 2, duplicates, List.of());
    return List.of(
        new PartitionEvent.Activated(12, "node"),
        new PartitionEvent.BatchAppended(
            5,
            12,
            "p",
            9,
            List.of(message, bare),
            duplicates,
            List.of(),
            List.of(),
            PartitionClock.NEW),
        new PartitionSnapshot(
            3,
            9,
            12,
            4,
            List.of(receipt),
            List.of(new DedupWindow.Known(DedupWindow.Id.of("k", "i"), 5, 6)),
            List.of(),
            PartitionClock.at(12)),
        new CursorEvent.Activated(12, "node"),
        new CursorEvent.CursorAdvanced(cursor),
        new CursorSnapshot(Optional.of(cursor), 8, false),
        new CursorSnapshot(Optional.empty(), 8, false));
  }

  private static List<Object> effects() {
    LogMessage message =
        new LogMessage("key", "", Map.of("a", "b"), 7, "m", ByteString.copyFromUtf8("payload"));
    LogMessage derived = message.from(new Origin("t~1~s~0", 7, 4, 1));
    BatchReceipt receipt =
        new BatchReceipt("p", 3, 9, 100, 2, List.of(new Duplicate(0, 5)), List.of(1));
    Cursor cursor =
        new Cursor(
            new OffsetSet(3, List.of(new OffsetSet.Range(5, 9))),
            List.of(),
            2,
            new Generation(
                2, 1, 3, new OffsetSet(0, List.of(new OffsetSet.Range(3, 12))), "reset"));
    PayloadCodec.Encoded encoded =
        new PayloadCodec.Encoded(7, "m", ByteString.copyFromUtf8("event"));
    EffectsRecorded.Handled bare =
        new EffectsRecorded.Handled(4, false, List.of(), List.of(), Optional.empty());
    EffectsRecorded.Handled handled =
        new EffectsRecorded.Handled(
            5,
            false,
            List.of(encoded, encoded),
            List.of(new EffectsRecorded.Outgoing("topic", message)),
            Optional.of(encoded));
    return List.of(
        new PartitionEvent.BatchAppended(
            5,
            12,
            "p",
            9,
            List.of(derived),
            List.of(new Duplicate(1, 5)),
            List.of(2),
            List.of(report()),
            PartitionClock.NEW),
        new PartitionSnapshot(
            3,
            9,
            12,
            4,
            List.of(receipt),
            List.of(),
            List.of(
                new ProducerDedup.Remembered(
                    "t~1~s~0", 7, List.of(new ProducerDedup.Stored(4, 1, 8)), OffsetSet.NONE)),
            PartitionClock.at(12)),
        new CursorEvent.CursorAdvanced(cursor),
        new EffectsRecorded(7, 12, List.of(bare, handled), List.of(), EffectsRecorded.Reading.READ),
        new KeySnapshot(
            Optional.of(encoded),
            5,
            OffsetSet.NONE,
            7,
            List.of(handled),
            List.of(new KeyRecord.Reply(5, encoded)),
            3),
        new KeySnapshot(Optional.empty(), 5, OffsetSet.NONE, 7, List.of(bare), List.of(), 3));
  }

  private static List<Object> effectsOutOfOrder() {
    EffectsRecorded.Handled late =
        new EffectsRecorded.Handled(4, true, List.of(), List.of(), Optional.empty());
    OffsetSet lateOffsets =
        new OffsetSet(2, List.of(new OffsetSet.Range(4, 5), new OffsetSet.Range(9, 12)));
    return List.of(
        new EffectsRecorded(7, 12, List.of(late), List.of(), EffectsRecorded.Reading.READ),
        new EffectsRecorded(7, 12, List.of(), List.of(5L), EffectsRecorded.Reading.READ),
        new KeySnapshot(Optional.empty(), -1, lateOffsets, 7, List.of(late), List.of(), 3));
  }

  private static List<Object> finishedProducers() {
    OffsetSet finished = new OffsetSet(2, List.of(new OffsetSet.Range(3, 4)));
    return List.of(
        new PartitionSnapshot(
            3,
            9,
            12,
            4,
            List.of(),
            List.of(),
            List.of(new ProducerDedup.Remembered("t~1~s~0", 7, List.of(), finished)),
            PartitionClock.at(12)));
  }

  private static List<Object> clocks() {
    PartitionClock clock = new PartitionClock(7, 1_000, -9, 6);
    return List.of(
        new PartitionEvent.BatchAppended(
            5, 1_200, "p", 9, List.of(), List.of(), List.of(), List.of(), clock),
        new PartitionSnapshot(
            3,
            9,
            1_200,
            4,
            List.of(new BatchReceipt("p", 3, 9, 100, 2, List.of(), List.of())),
            List.of(new DedupWindow.Known(DedupWindow.Id.of("k", "i"), 5, 6)),
            List.of(),
            clock));
  }

  private List<Object> requests() {
    List<WorkerRequest> ofWorkers =
        List.of(
            new WorkerRequest.AwaitFinished(4, ref()),
            new WorkerRequest.Reset("r", 4, 2, true, ref()),
            new WorkerRequest.SetPaused(Optional.of("by hand"), ref()),
            new WorkerRequest.SetPaused(Optional.empty(), ref()),
            new WorkerRequest.ListDeadLetters(filter(), 7, 30, ref()),
            new WorkerRequest.CountDeadLetters(DeadLetterFilter.all(), ref()),
            new WorkerRequest.Redrive("o", filter(), ref()),
            new WorkerRequest.Discard("o", DeadLetterFilter.at(0, 0), "why", ref()));
    List<Object> requests = new ArrayList<>(ofWorkers);
    ofWorkers.forEach(request -> requests.add(new PartitionRequest.ForWorker("s", request)));
    requests.addAll(
        List.of(
            new WorkerRequest.Finished(4, true),
            new WorkerRequest.ResetDone(3, 4, 9),
            new WorkerRequest.PausedSet(Optional.of("by hand")),
            new WorkerRequest.PausedSet(Optional.empty()),
            new WorkerRequest.DeadLetterPage(deadLetters(), true),
            new WorkerRequest.DeadLetterCounts(
                List.of(
                    new DeadLetterCount(
                        DeadLetter.Reason.PERMANENT,
                        DeadLetter.Failure.NACK,
                        Optional.empty(),
                        12))),
            new WorkerRequest.OperationDone("o", 3),
            new PartitionRequest.Locate(new ReadFrom.Earliest(), ref()),
            new PartitionRequest.Located(4, 2)));
    return requests;
  }

  private static DeadLetterFilter filter() {
    return DeadLetterFilter.at(0, 9)
        .withKey("")
        .withError("E")
        .withReason(DeadLetter.Reason.TOO_OLD)
        .withFailure(DeadLetter.Failure.DEADLINE);
  }

  /** Returns dead letters of every reason, failure and consequence. */
  private static List<DeadLetter> deadLetters() {
    List<DeadLetter> letters = new ArrayList<>();
    for (DeadLetter.Reason reason : DeadLetter.Reason.values()) {
      for (DeadLetter.Failure failure : DeadLetter.Failure.values()) {
        for (OnExhausted consequence : OnExhausted.values()) {
          letters.add(
              DeadLetter.builder("s", "t")
                  .at(3, letters.size())
                  .reason(reason)
                  .failure(failure)
                  .error("E")
                  .errorMessage("message")
                  .attempts(10)
                  .failedAt(Instant.ofEpochMilli(11), Instant.ofEpochMilli(12))
                  .consequence(consequence)
                  .build());
        }
      }
    }
    letters.add(DeadLetter.builder("s", "t").at(0, 1).failure(DeadLetter.Failure.EXPIRY).build());
    return letters;
  }

  private static PartitionProblems problems() {
    return PartitionProblems.builder()
        .retrying(4)
        .waiting(5)
        .parkedKeys(6)
        .deadLetters(7)
        .skipped(8)
        .paused("by hand")
        .hanging(9)
        .build();
  }

  private List<Object> shares() {
    return List.of(
        new LeaseRequest(
            new LeaseReport(
                "node",
                7,
                Optional.of(new LeaseReport.Need(9, 2, 3, 4)),
                Optional.of(new LeaseReport.Need(0.5, 0.125, 0, 0.25))),
            ref()),
        new LeaseRequest(new LeaseReport("node", 7, Optional.empty(), Optional.empty()), ref()),
        new LeaseGranted(7, 3, 0.125, Duration.ofSeconds(5), Duration.ofMillis(250)));
  }

  private List<Object> all() {
    LogMessage message =
        new LogMessage("key", "id", Map.of(), 7, "manifest", ByteString.copyFromUtf8("payload"));
    BatchReceipt receipt =
        new BatchReceipt("p", 3, 9, 100, 3, List.of(new Duplicate(1, 5)), List.of(2));
    List<Object> all = new ArrayList<>(logAndCursor());
    all.addAll(effects());
    all.addAll(effectsOutOfOrder());
    all.addAll(finishedProducers());
    all.addAll(clocks());
    all.addAll(FailureCodecTest.stored());
    all.addAll(requests());
    all.addAll(shares());
    all.addAll(
        List.of(
            new PublishBatch("t", 3, "p", 9, List.of(message), List.of(report()), ref()),
            receipt,
            new EffectsRecorded(7, 8, List.of(), List.of(9L), EffectsRecorded.Reading.UNREAD),
            new EffectsRecorded(7, 8, List.of(), List.of(9L), EffectsRecorded.Reading.UNREAD_LATE),
            new FeedAnswer.Attached(1, 2, 3, 4, Optional.empty(), ref()),
            new FeedAnswer.Attached(1, 2, 3, 4, Optional.of(MARK), ref()),
            new FeedAnswer.Refused(1, 2, "no"),
            new CursorEvent.CursorAdvanced(Cursor.startingAt(5, 2).marked(MARK)),
            new CursorEvent.HandedOver(12, "node"),
            new CursorSnapshot(Optional.of(Cursor.startingAt(5, 2)), 8, true),
            new FeedBatch(4, List.of(new LogEntry(7, 8, message)), Optional.empty()),
            new FeedBatch(4, List.of(new LogEntry(7, 8, message)), Optional.of(MARK)),
            new PartitionRequest.CursorReport("s", 1, 2, 3, problems()),
            new PartitionRequest.Describe(ref()),
            new PartitionRequest.Description(
                9, List.of(new PartitionRequest.CursorReport("s", 1, 2, 3, problems())))));
    for (ReadFrom from :
        List.of(
            new ReadFrom.Resume(5, 6, Optional.empty()),
            new ReadFrom.Resume(5, 6, Optional.of(MARK)),
            new ReadFrom.Earliest(),
            new ReadFrom.Latest(),
            new ReadFrom.Offset(0),
            new ReadFrom.Timestamp(0))) {
      all.add(
          new PartitionRequest.Attach("s", 1, 2, from, ref(), kit.system().deadLetters(), ref()));
    }
    return all;
  }

  /** Returns what version 2 has added. */
  private static List<Object> added() {
    return List.of(OutboxHint.INSTANCE);
  }

  /**
   * Returns what version 3 has added.
   *
   * @param ageMillis a value that version 3 didn't have: it is read as 0
   */
  private List<Object> transactions(long ageMillis) {
    LogMessage message =
        new LogMessage(
            "key", "id", Map.of("a", "ä"), 7, "manifest", ByteString.copyFromUtf8("payload"));
    LogMessage transaction =
        TransactionCodec.toMessage("t1", List.of(new TransactionMessage("topic", 3, message)));
    StoredTransaction stored = new StoredTransaction(4, -5, List.of(6L, 7L), List.of(1));
    return List.of(
        new PartitionEvent.TransactionsFinished(List.of(stored)),
        new TransactionSnapshot(
            new PartitionSnapshot(
                3, 9, 12, 4, List.of(), List.of(), List.of(), PartitionClock.at(12)),
            List.of(new TransactionSnapshot.Unfinished(8, ageMillis, transaction)),
            List.of(stored)),
        new PartitionRequest.AwaitTransaction(4, ref()),
        new PartitionRequest.TransactionAnswer(Optional.of(stored)),
        new PartitionRequest.TransactionAnswer(Optional.empty()));
  }

  @Test
  void the_messages_of_a_transaction_come_back_as_they_were() {
    LogMessage own =
        new LogMessage(
            "key",
            "id",
            Map.of("a", "ä"),
            7,
            "manifest",
            ByteString.copyFromUtf8("payload"),
            new LogMessage.Times(20, 30));
    LogMessage bare = new LogMessage("k", "", Map.of(), 0, "", ByteString.EMPTY);
    List<TransactionMessage> messages =
        List.of(new TransactionMessage("t", 3, own), new TransactionMessage("u", 500, bare));
    assertThat(TransactionCodec.messages(TransactionCodec.toMessage("id", messages)))
        .isEqualTo(messages);
  }

  /** Returns batches with compressed messages, which version 1 did not have. */
  private List<Object> compressed() {
    CompressedBlock block = new CompressedBlock(1, 10, 0x01020304, ByteString.copyFromUtf8("data"));
    CompressedBlock other = new CompressedBlock(2, 4, 0, ByteString.copyFromUtf8("more"));
    LogMessage first =
        new LogMessage(
            "key", "id", new LogMessage.Times(20, 30), new LogMessage.Compressed(block, 0, 4));
    LogMessage derived =
        new LogMessage("k", "", LogMessage.Times.ANY, new LogMessage.Compressed(block, 4, 6))
            .from(new Origin("t~1~s~0", 7, 4, 1));
    LogMessage last =
        new LogMessage("k", "", LogMessage.Times.ANY, new LogMessage.Compressed(other, 0, 4));
    return List.of(
        new PartitionEvent.BatchAppended(
            5,
            12,
            "p",
            9,
            List.of(first, derived),
            List.of(new Duplicate(1, 5)),
            List.of(2),
            List.of(report()),
            PartitionClock.NEW),
        new PublishBatch("t", 3, "p", 9, List.of(first), List.of(report()), ref()),
        new FeedBatch(
            4, List.of(new LogEntry(7, 8, first), new LogEntry(8, 9, last)), Optional.of(MARK)));
  }

  /** Returns values with conditions, which version 3 did not have. */
  private List<Object> conditions() {
    List<ConditionResult> unmet =
        List.of(
            new ConditionResult.Failed(0, OptionalLong.of(7)),
            new ConditionResult.Failed(2, OptionalLong.empty()),
            new ConditionResult.Undecided(3, 5, 4));
    BatchReceipt receipt = new BatchReceipt("p", 3, 9, 5, 4, List.of(), List.of(), unmet, false);
    LogMessage message = new LogMessage("k", "", Map.of(), 1, "m", ByteString.EMPTY);
    LogCondition last = new LogCondition(OptionalLong.of(0));
    LogCondition first = new LogCondition(OptionalLong.empty());
    Map<Integer, LogCondition> all =
        Map.of(
            0,
            last,
            1,
            last.with(new LastOfKey(OptionalLong.of(0), 5)),
            2,
            first,
            3,
            first.with(new LastOfKey(OptionalLong.empty(), 5)));
    return List.of(
        new PartitionEvent.BatchAppended(
            5,
            12,
            "p",
            9,
            List.of(message),
            List.of(),
            List.of(),
            unmet,
            List.of(),
            PartitionClock.NEW),
        receipt,
        new PublishBatch(
            "t", 3, "p", 9, List.of(message, message, message, message), all, List.of(), ref()),
        new PartitionSnapshot(
            3, 9, 12, 4, List.of(receipt), List.of(), List.of(), PartitionClock.at(12)));
  }

  /** Returns a reference that is the same in every process. */
  private <T> ActorRef<T> ref() {
    return kit.system().<T>deadLetters();
  }

  @Test
  void everything_that_is_stored_or_sent_comes_back_as_it_was() {
    List<Object> objects = new ArrayList<>(all());
    objects.addAll(added());
    objects.addAll(compressed());
    objects.addAll(transactions(12));
    objects.add(new BatchReceipt("p", 3, 9, 100, 2, List.of(new Duplicate(0, 5, true)), List.of()));
    objects.addAll(conditions());
    for (Object object : objects) {
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

  /** The file is never changed: a later version of the formats adds another one. */
  @Test
  void what_version_1_has_stored_or_sent_is_read_for_ever() throws IOException {
    assertThat(read("version-1.txt")).isEqualTo(all());
  }

  @Test
  void what_version_2_has_stored_or_sent_is_read_for_ever() throws IOException {
    List<Object> version2 = new ArrayList<>(added());
    version2.addAll(compressed());
    assertThat(read("version-2.txt")).isEqualTo(version2);
  }

  @Test
  void what_version_3_has_stored_or_sent_is_read_for_ever() throws IOException {
    assertThat(read("version-3.txt")).isEqualTo(transactions(0));
  }

  @Test
  void what_version_4_has_stored_or_sent_is_read_for_ever() throws IOException {
    assertThat(read("version-4.txt")).isEqualTo(conditions());
  }

  /** A node of version 3 would store messages whatever their conditions say. */
  @Test
  void batches_with_conditions_are_refused_by_version_3() throws IOException {
    List<String> known = new ArrayList<>();
    for (int version = 1; version <= 3; version++) {
      known.addAll(manifests("version-" + version + ".txt"));
    }
    assertThat(conditions())
        .filteredOn(object -> !(object instanceof BatchReceipt))
        .extracting(this::manifest)
        .doesNotContainAnyElementsOf(known);
  }

  @Test
  void a_relayed_message_keeps_its_own_id_and_another_one_has_that_of_its_origin()
      throws Exception {
    Origin origin = new Origin("outbox~1", 7, 8, 9);
    LogMessage own =
        new LogMessage("key", "own", Map.of(), 7, "manifest", ByteString.EMPTY).relayedBy(origin);
    LogMessage derived =
        new LogMessage("key", "", Map.of(), 7, "manifest", ByteString.EMPTY).relayedBy(origin);
    assertThat(StoredMessages.fromBytes(StoredMessages.toBytes(own))).isEqualTo(own);
    assertThat(StoredMessages.fromBytes(StoredMessages.toBytes(derived))).isEqualTo(derived);
    assertThat(own.id()).isEqualTo("own");
    assertThat(derived.id()).isEqualTo("outbox~1/8/9");
    assertThat(own.hasOwnId()).isTrue();
    assertThat(derived.hasOwnId()).isFalse();
  }

  /** A node of version 1 would read messages without payloads. It knows no such manifest. */
  @Test
  void only_compressed_batches_are_refused_by_version_1() throws IOException {
    List<String> known = manifests("version-1.txt");
    for (Object object : all()) {
      assertThat(known).contains(manifest(object));
    }
    for (Object object : compressed()) {
      assertThat(known).doesNotContain(manifest(object));
    }
  }

  private String manifest(Object object) {
    return Serializers.manifestFor(serialization.findSerializerFor(object), object);
  }

  private List<String> manifests(String file) throws IOException {
    try (InputStream in = getClass().getResourceAsStream(file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(line -> line.substring(0, line.indexOf(' ')))
          .toList();
    }
  }

  @Test
  void a_batch_whose_manifest_contradicts_its_messages_is_refused() {
    for (Object object : compressed()) {
      PerilleSerializer serializer = (PerilleSerializer) serialization.findSerializerFor(object);
      String plain = manifest(object).replace("-compressed", "");
      assertThatThrownBy(() -> serializer.fromBinary(serializer.toBinary(object), plain))
          .isInstanceOf(NotSerializableException.class)
          .hasMessageContaining("contradicts");
    }
  }

  @Test
  void an_unreadable_message_is_never_written_as_one_without_a_payload() {
    LogMessage unreadable =
        new LogMessage("k", "", Map.of(), 1, "m", ByteString.EMPTY)
            .with(new LogMessage.Unreadable("planned"));
    PerilleSerializer serializer =
        (PerilleSerializer)
            serialization.findSerializerFor(new WorkerRequest.OperationDone("o", 3));
    FeedBatch batch = new FeedBatch(4, List.of(new LogEntry(7, 8, unreadable)), Optional.empty());
    assertThatThrownBy(() -> serializer.toBinary(batch)).hasMessageContaining("unreadable");
  }

  @Test
  void the_fixtures_have_every_type_that_is_stored_or_sent() {
    PerilleSerializer serializer =
        (PerilleSerializer) serialization.findSerializerFor(new WorkerRequest.Finished(4, true));
    assertThat(
            Stream.of(all(), added(), transactions(0))
                .flatMap(List::stream)
                .<Class<?>>map(Object::getClass)
                .distinct()
                .toList())
        .containsExactlyInAnyOrderElementsOf(serializer.types());
  }

  private List<Object> read(String file) throws IOException {
    List<Object> read = new ArrayList<>();
    try (InputStream in = getClass().getResourceAsStream(file)) {
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
    return read;
  }

  @Test
  void no_kind_of_message_or_event_was_forgotten() {
    Stream<Class<?>> kinds =
        Stream.of(
                PartitionEvent.class,
                CursorEvent.class,
                PartitionRequest.class,
                WorkerRequest.class,
                FeedAnswer.class)
            .flatMap(type -> Arrays.stream(type.getPermittedSubclasses()));
    List<Class<?>> tested =
        Stream.of(all(), transactions(0))
            .flatMap(List::stream)
            .<Class<?>>map(Object::getClass)
            .toList();
    assertThat(kinds.toList()).allMatch(tested::contains);
    assertThat(tested).contains(WorkerRequest.class.getDeclaredClasses());
  }

  @Test
  void every_request_can_be_sent_by_way_of_the_partition() {
    List<Class<?>> sent =
        requests().stream()
            .filter(PartitionRequest.ForWorker.class::isInstance)
            .<Class<?>>map(request -> ((PartitionRequest.ForWorker) request).request().getClass())
            .toList();
    assertThat(sent).contains(WorkerRequest.class.getPermittedSubclasses());
  }

  /** A filter with conditions that this version doesn't know must neither redrive nor discard. */
  @Test
  void a_filter_with_a_criterion_of_a_newer_version_is_refused() {
    PerilleSerializer serializer =
        (PerilleSerializer)
            serialization.findSerializerFor(new WorkerRequest.OperationDone("o", 3));
    OperationsProto.Discard discard =
        OperationsProto.Discard.newBuilder()
            .setRequestId("o")
            .setFilter(
                OperationsProto.DeadLetterFilter.newBuilder()
                    .setUnknownFields(
                        UnknownFieldSet.newBuilder()
                            .addField(1000, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
                            .build()))
            .build();
    assertThatThrownBy(() -> serializer.fromBinary(discard.toByteArray(), "discard"))
        .hasMessageContainingAll("newer version", "filter", "update");
    OperationsProto.Discard newReason =
        OperationsProto.Discard.newBuilder()
            .setRequestId("o")
            .setFilter(OperationsProto.DeadLetterFilter.newBuilder().setReasonValue(1000))
            .build();
    assertThatThrownBy(() -> serializer.fromBinary(newReason.toByteArray(), "discard"))
        .hasMessageContainingAll("newer version", "reason", "update");
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
