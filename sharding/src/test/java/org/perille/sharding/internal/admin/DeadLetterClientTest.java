package org.perille.sharding.internal.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.LongStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.stream.SystemMaterializer;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.perille.ConfigurationException;
import org.perille.DeadLetter;
import org.perille.DeadLetter.Failure;
import org.perille.DeadLetter.Reason;
import org.perille.DeadLetterCount;
import org.perille.DeadLetterFilter;
import org.perille.DeadLetterPage;
import org.perille.MessageId;
import org.perille.PerilleMessage;
import org.perille.StoredMessage;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.internal.compression.Decompressor;
import org.perille.internal.feed.PartitionJournal;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PartitionClock;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.partition.WorkerRequest;
import org.perille.internal.payload.PayloadCodec;
import org.perille.internal.publish.Partitioner;
import org.perille.sharding.internal.admin.FakePartitions.Asked;

class DeadLetterClientTest {
  record Note(String key, String text) implements PerilleMessage {}

  private static final Topic<Note> TOPIC =
      Topic.of("notes", Note.class).keyedBy(Note::key).withPartitions(4);
  private static final Subscription<Note> MAIL =
      Subscription.of("mail", TOPIC).atLeastOnce(delivery -> {});
  private static final Duration TIMEOUT = Duration.ofSeconds(3);
  private static final int LETTERS_PER_PAGE = 10;

  /** A journal of one partition, from sequence number 1 on. */
  private record Events(List<PartitionEvent> events) implements PartitionJournal {
    @Override
    public CompletionStage<List<Stored>> read(String id, long from, long to) {
      return CompletableFuture.completedFuture(
          LongStream.rangeClosed(from, to)
              .mapToObj(number -> new Stored(number, events.get((int) number - 1)))
              .toList());
    }

    @Override
    public CompletionStage<List<Stored>> readUpTo(String id, long from, long to) {
      return read(id, from, Math.min(to, events.size()));
    }
  }

  private static ActorTestKit kit;

  private final FakePartitions partitions = new FakePartitions(kit);
  private final List<PartitionEvent> journal = new ArrayList<>();
  private final DeadLetterClient<Note> desk =
      new DeadLetterClient<>(
          MAIL,
          new Workers(partitions, MAIL, TIMEOUT),
          new LogReader(partitions, new Events(journal), new Decompressor(1 << 20), TIMEOUT),
          new PayloadCodec<>(kit.system(), Note.class),
          LETTERS_PER_PAGE,
          SystemMaterializer.get(kit.system()).materializer());

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create();
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  private static DeadLetter letter(int partition, long offset) {
    return letter(partition, offset, "key", "java.io.IOException", "no route");
  }

  private static DeadLetter letter(
      int partition, long offset, String key, String error, String errorMessage) {
    return DeadLetter.builder("mail", "notes")
        .at(partition, offset)
        .key(key)
        .error(error)
        .errorMessage(errorMessage)
        .attempts(10)
        .failedAt(Instant.ofEpochMilli(1), Instant.ofEpochMilli(2))
        .build();
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(180, SECONDS);
  }

  private List<DeadLetter> list(DeadLetterFilter filter) throws Exception {
    return get(desk.list(filter).runWith(Sink.seq(), kit.system()));
  }

  private List<Integer> askedPartitions() {
    return partitions.asked.stream().map(Asked::partition).distinct().toList();
  }

  @Test
  void a_list_goes_through_all_pages_of_all_partitions_in_order() throws Exception {
    List<DeadLetter> expected = new ArrayList<>();
    for (int partition : List.of(0, 2, 3)) {
      for (int i = 0; i < 10 * (partition + 1) + partition; i++) {
        expected.add(letter(partition, 7L * i));
      }
    }
    expected.forEach(partitions::add);
    assertThat(list(DeadLetterFilter.all())).isEqualTo(expected);
    // One page of the first and of the empty one; four of the third, five of the last.
    assertThat(partitions.asked).hasSize(1 + 1 + 4 + 5);
  }

  @Test
  void pages_contain_each_dead_letter_once_and_the_last_one_has_no_next() throws Exception {
    List<DeadLetter> expected = new ArrayList<>();
    for (int partition : List.of(0, 2, 3)) {
      for (int i = 0; i < 10; i++) {
        expected.add(letter(partition, 7L * i));
      }
    }
    expected.forEach(partitions::add);
    for (int limit : List.of(1, 7, 10, 30, 31)) {
      List<DeadLetter> found = new ArrayList<>();
      Optional<DeadLetterPage.Position> next = Optional.of(DeadLetterPage.Position.FIRST);
      while (next.isPresent()) {
        DeadLetterPage page = get(desk.page(DeadLetterFilter.all(), next.get(), limit));
        assertThat(page.letters()).hasSizeBetween(1, limit);
        found.addAll(page.letters());
        next = page.next();
      }
      assertThat(found).as("pages of " + limit).isEqualTo(expected);
    }
  }

  @Test
  void a_page_goes_on_when_dead_letters_were_removed_and_added_meanwhile() throws Exception {
    for (int offset = 0; offset < 6; offset++) {
      partitions.add(letter(1, offset));
    }
    DeadLetterFilter all = DeadLetterFilter.all();
    DeadLetterPage first = get(desk.page(all, DeadLetterPage.Position.FIRST, 3));
    partitions.remove(1, 3);
    partitions.add(letter(2, 0));
    DeadLetterPage second = get(desk.page(all, first.next().orElseThrow(), 3));
    assertThat(second.letters()).containsExactly(letter(1, 4), letter(1, 5), letter(2, 0));
    assertThat(second.next()).isEmpty();
  }

  @Test
  void a_page_without_letters_or_with_too_many_is_refused() {
    for (int limit : List.of(0, -1, DeadLetterPage.MAX_LENGTH + 1)) {
      assertThatThrownBy(
              () -> desk.page(DeadLetterFilter.all(), DeadLetterPage.Position.FIRST, limit))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("use 1 to 10000");
    }
  }

  @Test
  void a_list_goes_on_when_what_it_has_shown_last_is_gone() throws Exception {
    for (int offset = 0; offset < 25; offset++) {
      partitions.add(letter(1, offset));
    }
    List<Long> offsets =
        get(
            desk.list(DeadLetterFilter.all())
                .map(
                    letter -> {
                      partitions.remove(letter.partition(), letter.offset());
                      return letter.offset();
                    })
                .runWith(Sink.seq(), kit.system()));
    assertThat(offsets).hasSize(25).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void a_page_of_the_largest_dead_letters_fits_into_a_frame() {
    String longest = "\u20ac".repeat(1000);
    for (long frame : List.of(32 * 1024L, 256 * 1024L, 1024 * 1024L)) {
      List<DeadLetter> letters = new ArrayList<>();
      for (int i = 0; i < DeadLetterClient.lettersPerPage(frame); i++) {
        letters.add(letter(1023, Long.MAX_VALUE - i, longest, "E".repeat(1000), longest));
      }
      byte[] bytes =
          SerializationExtension.get(kit.system())
              .serialize(new WorkerRequest.DeadLetterPage(letters, true))
              .get();
      assertThat(bytes.length).isLessThan((int) frame - 16 * 1024);
    }
  }

  @Test
  void only_partitions_that_can_have_what_is_meant_are_asked() throws Exception {
    int ofKey = Partitioner.partitionOf("k", 4);
    DeadLetter meant = letter(ofKey, 5, "k", "E", "");
    partitions.add(meant);
    assertThat(list(DeadLetterFilter.all().withKey("k"))).containsExactly(meant);
    assertThat(list(DeadLetterFilter.only(meant))).containsExactly(meant);
    assertThat(list(DeadLetterFilter.only(meant).withKey("k"))).containsExactly(meant);
    assertThat(get(desk.count(DeadLetterFilter.only(meant).withKey("k")))).hasSize(1);
    assertThat(get(desk.redrive(DeadLetterFilter.all().withKey("k")))).isEqualTo(1);
    assertThat(askedPartitions()).containsExactly(ofKey);
  }

  @Test
  void a_key_of_another_partition_than_the_named_one_is_nowhere() throws Exception {
    DeadLetterFilter nowhere =
        DeadLetterFilter.all()
            .withKey("k")
            .withPartition((Partitioner.partitionOf("k", 4) + 1) % 4);
    assertThat(list(nowhere)).isEmpty();
    assertThat(get(desk.discard(nowhere, "why"))).isZero();
    assertThat(partitions.asked).isEmpty();
  }

  @Test
  void counts_of_all_partitions_are_added_up_the_most_frequent_first() throws Exception {
    for (int i = 0; i < 3; i++) {
      partitions.add(letter(i, i, "k", "rare", ""));
    }
    for (int i = 0; i < 4; i++) {
      partitions.add(letter(i % 2, 10 + i, "k", "frequent", ""));
    }
    assertThat(get(desk.count(DeadLetterFilter.all())))
        .containsExactly(
            new DeadLetterCount(
                Reason.ATTEMPTS_EXHAUSTED, Failure.HANDLER, Optional.of("frequent"), 4),
            new DeadLetterCount(
                Reason.ATTEMPTS_EXHAUSTED, Failure.HANDLER, Optional.of("rare"), 3));
  }

  @Test
  void an_order_goes_to_all_partitions_under_one_name_and_says_how_many_it_concerns()
      throws Exception {
    for (int i = 0; i < 6; i++) {
      partitions.add(letter(i % 3, i));
    }
    assertThat(get(desk.redrive(DeadLetterFilter.all(), "monday"))).isEqualTo(6);
    assertThat(get(desk.discard(DeadLetterFilter.all().withPartition(1), "test data", "tuesday")))
        .isEqualTo(2);
    assertThat(askedPartitions()).containsExactly(0, 1, 2, 3);
    assertThat(partitions.asked.subList(0, 4))
        .extracting(asked -> ((WorkerRequest.Redrive) asked.request()).requestId())
        .containsOnly("monday");
    assertThat(partitions.asked.get(4).request())
        .isInstanceOfSatisfying(
            WorkerRequest.Discard.class,
            discard -> {
              assertThat(discard.requestId()).isEqualTo("tuesday");
              assertThat(discard.reason()).isEqualTo("test data");
            });
  }

  @Test
  void an_order_without_a_name_gets_a_new_one_for_all_partitions() throws Exception {
    get(desk.redrive(DeadLetterFilter.all()));
    get(desk.redrive(DeadLetterFilter.all()));
    get(desk.discard(DeadLetterFilter.all(), "why"));
    List<String> redrives = new ArrayList<>();
    List<String> discards = new ArrayList<>();
    for (Asked asked : partitions.asked) {
      if (asked.request() instanceof WorkerRequest.Redrive redrive) {
        redrives.add(redrive.requestId());
      } else {
        discards.add(((WorkerRequest.Discard) asked.request()).requestId());
      }
    }
    assertThat(redrives).hasSize(8);
    assertThat(redrives.subList(0, 4)).containsOnly(redrives.get(0));
    assertThat(redrives.subList(4, 8)).containsOnly(redrives.get(4));
    assertThat(redrives.get(4)).isNotEqualTo(redrives.get(0));
    assertThat(discards)
        .hasSize(4)
        .containsOnly(discards.get(0))
        .doesNotContainAnyElementsOf(redrives);
  }

  @Test
  void a_worker_that_does_not_answer_fails_an_order_and_is_named() {
    partitions.silence(2);
    assertThatThrownBy(() -> get(desk.redrive(DeadLetterFilter.all(), "monday")))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(TimeoutException.class)
        .hasMessageContainingAll("'mail'", "partition 2", "handled-timeout", "PT3S");
    assertThat(askedPartitions()).containsExactly(0, 1, 2, 3);
  }

  @Test
  void what_can_not_be_meant_is_refused_before_anyone_is_asked() {
    DeadLetterFilter outside = DeadLetterFilter.all().withPartition(4);
    assertThatThrownBy(() -> desk.list(outside))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("'notes'", "no partition 4", "0 to 3");
    assertThatThrownBy(() -> desk.redrive(DeadLetterFilter.at(-1, 0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no partition -1");
    assertThatThrownBy(() -> desk.count(outside)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> desk.discard(DeadLetterFilter.all(), " "))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("reason", "'mail'");
    assertThatThrownBy(() -> desk.discard(DeadLetterFilter.all(), "x".repeat(1001)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("1001", "1000");
    assertThatThrownBy(() -> desk.redrive(DeadLetterFilter.all(), ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 to 200");
    assertThatThrownBy(() -> desk.discard(DeadLetterFilter.all(), "why", "x".repeat(201)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("201", "200");
    assertThat(partitions.asked).isEmpty();
  }

  @Test
  void an_ephemeral_subscription_has_no_dead_letters() {
    Subscription<Note> live = Subscription.of("live", TOPIC).ephemeral(delivery -> {});
    assertThatThrownBy(() -> new Workers(partitions, live, TIMEOUT))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll("'live'", "ephemeral");
  }

  private void log(long firstOffset, LogMessage... messages) {
    journal.add(
        new PartitionEvent.BatchAppended(
            firstOffset,
            123,
            "p",
            1,
            List.of(messages),
            List.of(),
            List.of(),
            List.of(),
            PartitionClock.NEW));
  }

  private static LogMessage message(String id, Map<String, String> headers, Note note)
      throws Exception {
    PayloadCodec.Encoded encoded = new PayloadCodec<>(kit.system(), Note.class).encode(note);
    return new LogMessage(
        note.key(), id, headers, encoded.serializerId(), encoded.manifest(), encoded.payload());
  }

  private static LogMessage undecodable() {
    return new LogMessage("k", "", Map.of(), 4711, "gone", ByteString.copyFromUtf8("bytes"));
  }

  @Test
  void the_message_of_a_dead_letter_is_read_from_the_log() throws Exception {
    Note note = new Note("k", "text");
    journal.add(new PartitionEvent.Activated(1, "node"));
    log(0, message("", Map.of(), new Note("k", "before")));
    journal.add(new PartitionEvent.Activated(1, "node"));
    log(1, message("", Map.of(), new Note("k", "beside")), message("id", Map.of("h", "v"), note));
    partitions.logs(3, 1);
    StoredMessage<Note> read = get(desk.read(letter(1, 2)));
    assertThat(read.payload()).isEqualTo(note);
    assertThat(read.messageId()).contains(MessageId.of("id"));
    assertThat(read.headers()).containsExactly(Map.entry("h", "v"));
    assertThat(read.publishedAt()).isEqualTo(Instant.ofEpochMilli(123));
    assertThat(read.partition()).isEqualTo(1);
    assertThat(read.offset()).isEqualTo(2);
    assertThat(get(desk.read(letter(1, 1))).messageId()).isEmpty();
  }

  @Test
  void of_a_message_that_can_not_be_decoded_the_bytes_are_read() throws Exception {
    log(0, undecodable());
    partitions.logs(1, 1);
    StoredMessage<Note> read = get(desk.read(letter(0, 0)));
    assertThat(read.isDecodable()).isFalse();
    assertThat(read.serializerId()).isEqualTo(4711);
    assertThat(read.manifest()).isEqualTo("gone");
    assertThat(new String(read.bytes(), UTF_8)).isEqualTo("bytes");
  }

  @Test
  void an_offset_that_is_not_in_the_log_is_named() {
    partitions.logs(3, 1);
    assertThatThrownBy(() -> get(desk.read(letter(1, 3))))
        .cause()
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("notes/1", "no offset 3", "3 offsets");
  }

  @Test
  void a_dead_letter_of_another_subscription_is_refused() {
    Subscription<Note> other = Subscription.of("other", TOPIC).atLeastOnce(delivery -> {});
    DeadLetterClient<Note> others =
        new DeadLetterClient<>(
            other,
            new Workers(partitions, other, TIMEOUT),
            new LogReader(partitions, new Events(journal), new Decompressor(1 << 20), TIMEOUT),
            new PayloadCodec<>(kit.system(), Note.class),
            LETTERS_PER_PAGE,
            SystemMaterializer.get(kit.system()).materializer());
    assertThatThrownBy(() -> others.read(letter(1, 0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("mail/notes/1/0", "'other'");
  }
}
