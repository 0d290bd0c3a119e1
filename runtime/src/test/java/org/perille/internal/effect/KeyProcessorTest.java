package org.perille.internal.effect;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perille.Delivery;
import org.perille.Message;
import org.perille.Receipt;
import org.perille.Topic;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.log.OffsetSet.Range;
import org.perille.internal.log.Origin;
import org.perille.internal.log.PartitionId;
import org.perille.internal.log.ProducerReport;
import org.perille.internal.settings.EffectSettings;

/** The order of writes and publications, and the conditions under which a message is done. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KeyProcessorTest {
  private static final Topic<String> TARGET = TwoOfEach.topic("target", 1);
  private static final KeyIds IDS = new KeyIds(new PartitionId("source", 0), "relay", 0);

  private static final List<String> TEXTS = IntStream.range(0, 10).mapToObj(i -> "k|" + i).toList();

  private ActorTestKit kit;
  private EffectCodec codec;
  private ChainPublisher unsent;

  @BeforeAll
  void start() {
    kit = ActorTestKit.create("KeyProcessorTest");
    codec = new EffectCodec(kit.system());
    unsent = UnsentChainPublisher.of(TARGET, kit.system());
  }

  @AfterAll
  void stop() {
    kit.shutdownTestKit();
  }

  /** A published message that waits for its receipt. */
  private record Published(
      LogMessage message, ChainPublisher.Producer producer, CompletableFuture<Receipt> receipt) {
    long offset() {
      return message.origin().orElseThrow().offset();
    }

    void stored() {
      receipt.complete(Receipt.of("target", "k", 0, 0));
    }
  }

  /** One epoch of a worker. */
  private final class Worker implements ChainPublisher {
    private final List<Published> published = new ArrayList<>();
    private final Random random = new Random(0);
    private final HeldJournals keys;
    private final KeyProcessor<String> runs;
    private final HandledOffsets handled;
    private boolean mayRecord = true;

    Worker(long epoch, MemoryKeyStore store, OffsetSet handledAtFirst) {
      this(epoch, store, handledAtFirst, new TwoOfEach(TARGET));
    }

    Worker(long epoch, MemoryKeyStore store, OffsetSet handledAtFirst, TwoOfEach application) {
      handled = HandledOffsets.of(handledAtFirst);
      KeyBehavior<String> logic = KeyBehavior.of(application);
      KeyCache active =
          new KeyCache(
              IDS,
              logic,
              codec,
              new EffectSettings(
                  10,
                  Duration.ofHours(1),
                  3,
                  new EffectSettings.EffectLimits(1 << 20, 1 << 20, 1 << 20),
                  "",
                  ""));
      keys = new HeldJournals(store, active);
      runs =
          new KeyProcessor<>(
              active,
              logic,
              codec,
              topic -> this,
              new KeyProcessor.Identity("producer", epoch, OffsetSet.NONE, () -> handled),
              Runnable::run,
              Clock.systemUTC());
    }

    CompletableFuture<KeyProcessor.Result> handle(int... offsets) {
      return handle(IntStream.of(offsets).mapToObj(offset -> item(offset, false)).toList());
    }

    CompletableFuture<KeyProcessor.Result> handle(List<KeyProcessor.Item<String>> items) {
      return runs.handle("k", items, () -> mayRecord).toCompletableFuture();
    }

    CompletableFuture<KeyProcessor.GiveUpResult> giveUp(int offset) {
      return runs.giveUp("k", offset, false).toCompletableFuture();
    }

    /** Handles messages without failures. */
    void handled(int... offsets) {
      CompletableFuture<KeyProcessor.Result> run = handle(offsets);
      finish(run);
      assertThat(run.join().done()).isEqualTo(offsets.length);
    }

    /** Completes all writes and publications of a run. */
    void finish(CompletableFuture<?> run) {
      for (int i = 0; i < 4 && !run.isDone(); i++) {
        keys.endAny(random, WriteFault.NONE, true);
        storePublished();
      }
      assertThat(run).isCompleted();
    }

    OffsetSet reported() {
      return published.get(0).producer.report().finished();
    }

    void begin(int... offsets) {
      assertThat(handle(offsets)).isNotDone();
    }

    /** Ends the request to the key's journal. */
    void endRequest(WriteFault fault) {
      assertThat(keys.endAny(random, fault, true)).isTrue();
    }

    List<Long> publishedFor() {
      return published.stream().map(Published::offset).toList();
    }

    void storePublished() {
      List.copyOf(published).forEach(Published::stored);
    }

    @Override
    public CompletableFuture<Receipt> publish(LogMessage message) {
      throw new IllegalStateException("what follows from a handled message has a producer");
    }

    @Override
    public Topic<?> topic() {
      return TARGET;
    }

    @Override
    public LogMessage encodeOutgoing(Message<?> message) {
      return unsent.encodeOutgoing(message);
    }

    @Override
    public CompletableFuture<Receipt> publish(
        LogMessage message, ChainPublisher.Producer producer) {
      Published one = new Published(message, producer, new CompletableFuture<>());
      published.add(one);
      return one.receipt;
    }
  }

  private static KeyProcessor.Item<String> item(int offset, boolean late) {
    return new KeyProcessor.Item<>(offset, late, () -> delivery(offset));
  }

  private static Delivery<String> delivery(int offset) {
    return Delivery.builder(TEXTS.get(offset))
        .subscription("relay")
        .topic("source")
        .key("k")
        .offset(offset)
        .build();
  }

  private MemoryKeyStore store() {
    return new MemoryKeyStore(codec);
  }

  private static List<Long> handled(MemoryKeyStore store) {
    return store.events(IDS.persistenceId("k")).stream()
        .flatMap(event -> event.handled().stream().map(EffectsRecorded.Handled::offset))
        .toList();
  }

  @Test
  void messages_are_done_when_their_effects_are_written_and_all_they_publish_has_receipts() {
    MemoryKeyStore store = store();
    Worker worker = new Worker(1, store, OffsetSet.NONE);
    CompletableFuture<KeyProcessor.Result> run = worker.handle(0, 1);
    worker.endRequest(WriteFault.NONE);
    assertThat(worker.published).isEmpty();
    worker.endRequest(WriteFault.NONE);
    assertThat(handled(store)).containsExactly(0L, 1L);
    assertThat(worker.publishedFor()).containsExactly(0L, 0L, 1L, 1L);
    assertThat(worker.published.get(3).message.origin()).contains(new Origin("producer", 1, 1, 1));
    worker.published.subList(0, 3).forEach(Published::stored);
    assertThat(run).isNotDone();
    worker.storePublished();
    assertThat(run.join()).isEqualTo(new KeyProcessor.Result(2, Optional.empty()));
  }

  @Test
  void a_run_that_was_given_up_records_nothing_when_it_comes_to_an_end_after_all() {
    MemoryKeyStore store = store();
    Worker worker = new Worker(1, store, OffsetSet.NONE);
    worker.mayRecord = false;
    CompletableFuture<KeyProcessor.Result> late = worker.handle(0);
    worker.endRequest(WriteFault.NONE);
    assertThat(late.join()).isEqualTo(new KeyProcessor.Result(0, Optional.empty()));
    assertThat(handled(store)).isEmpty();
    assertThat(worker.published).isEmpty();
    worker.mayRecord = true;
    worker.begin(0);
    worker.endRequest(WriteFault.NONE);
    assertThat(handled(store)).containsExactly(0L);
  }

  @Test
  void a_successor_publishes_again_what_the_last_write_did_before_it_handles_anything_new() {
    MemoryKeyStore store = store();
    Worker first = new Worker(1, store, OffsetSet.NONE);
    first.begin(0);
    first.endRequest(WriteFault.NONE);
    first.endRequest(WriteFault.NONE);
    first.storePublished();
    first.begin(1, 2);
    first.endRequest(WriteFault.NONE);
    Worker second = new Worker(2, store, OffsetSet.NONE);
    CompletableFuture<KeyProcessor.Result> run = second.handle(0, 1, 2, 3);
    second.endRequest(WriteFault.NONE);
    assertThat(second.publishedFor()).containsExactly(1L, 1L, 2L, 2L);
    assertThat(handled(store)).containsExactly(0L, 1L, 2L);
    second.storePublished();
    second.endRequest(WriteFault.NONE);
    second.storePublished();
    assertThat(run.join().done()).isEqualTo(4);
    assertThat(handled(store)).containsExactly(0L, 1L, 2L, 3L);
  }

  @Test
  void a_key_that_is_opened_publishes_what_its_last_write_did_whatever_message_comes() {
    MemoryKeyStore store = store();
    Worker first = new Worker(1, store, OffsetSet.NONE);
    first.begin(0, 1);
    first.endRequest(WriteFault.NONE);
    first.endRequest(WriteFault.NONE);
    Worker second = new Worker(2, store, OffsetSet.NONE);
    CompletableFuture<KeyProcessor.Result> run = second.handle(2);
    second.endRequest(WriteFault.NONE);
    assertThat(second.publishedFor()).containsExactly(0L, 0L, 1L, 1L);
    second.published.subList(0, 3).forEach(Published::stored);
    assertThat(second.keys.isIdle()).as("nothing more is written before all has receipts").isTrue();
    second.finish(run);
    assertThat(second.publishedFor()).containsExactly(0L, 0L, 1L, 1L, 2L, 2L);
    assertThat(handled(store)).containsExactly(0L, 1L, 2L);
  }

  @Test
  void what_is_durably_finished_is_not_published_again_and_what_is_in_memory_needs_it_once() {
    MemoryKeyStore store = store();
    new Worker(1, store, OffsetSet.NONE).handled(0, 1);
    Worker second = new Worker(2, store, OffsetSet.below(1));
    second.handled(2);
    assertThat(second.publishedFor()).containsExactly(1L, 1L, 2L, 2L);
    second.handled(3);
    assertThat(second.publishedFor()).containsExactly(1L, 1L, 2L, 2L, 3L, 3L);
  }

  @Test
  void what_is_being_published_again_is_not_reported_until_it_has_receipts() {
    MemoryKeyStore store = store();
    new Worker(1, store, OffsetSet.NONE).handled(0, 1);
    Worker second = new Worker(2, store, OffsetSet.NONE);
    CompletableFuture<KeyProcessor.Result> run = second.handle(1);
    second.endRequest(WriteFault.NONE);
    second.handled.pass(OffsetSet.below(3));
    assertThat(second.reported()).isEqualTo(new OffsetSet(0, List.of(new Range(2, 3))));
    second.finish(run);
    assertThat(second.reported()).isEqualTo(OffsetSet.below(3));
  }

  @Test
  void a_late_message_is_handled_once_below_others_that_are_handled() {
    MemoryKeyStore store = store();
    Worker first = new Worker(1, store, OffsetSet.NONE);
    first.handled(0, 2);
    CompletableFuture<KeyProcessor.Result> late =
        first.handle(List.of(item(1, true), item(3, false)));
    first.finish(late);
    assertThat(late.join().done()).isEqualTo(2);
    assertThat(handled(store)).containsExactly(0L, 2L, 1L, 3L);
    Worker second = new Worker(2, store, OffsetSet.NONE);
    CompletableFuture<KeyProcessor.Result> again = second.handle(List.of(item(1, true)));
    second.finish(again);
    assertThat(again.join()).isEqualTo(new KeyProcessor.Result(1, Optional.empty()));
    assertThat(handled(store)).containsExactly(0L, 2L, 1L, 3L);
  }

  @Test
  void a_run_ends_before_a_message_that_was_handled_while_the_one_before_was_given_up() {
    MemoryKeyStore store = store();
    Worker worker = new Worker(1, store, OffsetSet.NONE);
    worker.handled(0, 2);
    CompletableFuture<KeyProcessor.Result> run =
        worker.handle(List.of(item(0, false), item(1, true), item(2, false), item(3, false)));
    worker.finish(run);
    assertThat(run.join()).isEqualTo(new KeyProcessor.Result(2, Optional.empty()));
    assertThat(handled(store)).containsExactly(0L, 2L, 1L);
  }

  @Test
  void a_worker_that_was_replaced_can_not_handle_what_its_successor_has_given_up() {
    MemoryKeyStore store = store();
    Worker first = new Worker(1, store, OffsetSet.NONE);
    CompletableFuture<KeyProcessor.Result> replaced = first.handle(0);
    first.endRequest(WriteFault.NONE);
    Worker second = new Worker(2, store, OffsetSet.NONE);
    CompletableFuture<KeyProcessor.GiveUpResult> verdict = second.giveUp(0);
    second.finish(verdict);
    assertThat(verdict.join()).isEqualTo(new KeyProcessor.GiveUpResult.GivenUp());
    first.endRequest(WriteFault.NONE);
    assertThat(replaced).isCompletedWithValueMatching(result -> result.failure().isPresent());
    assertThat(handled(store)).isEmpty();
    second.finish(second.handle(List.of(item(0, true))));
    assertThat(handled(store)).containsExactly(0L);
  }

  @Test
  void giving_up_finds_what_a_worker_that_was_replaced_has_done_and_publishes_it() {
    MemoryKeyStore store = store();
    Worker second = new Worker(2, store, OffsetSet.NONE);
    CompletableFuture<KeyProcessor.GiveUpResult> verdict = second.giveUp(0);
    second.endRequest(WriteFault.NONE);
    Worker first = new Worker(1, store, OffsetSet.NONE);
    first.begin(0);
    first.endRequest(WriteFault.NONE);
    first.endRequest(WriteFault.NONE);
    second.endRequest(WriteFault.NONE);
    assertThat(verdict)
        .isCompletedWithValueMatching(KeyProcessor.GiveUpResult.Unknown.class::isInstance);
    CompletableFuture<KeyProcessor.GiveUpResult> again = second.giveUp(0);
    second.endRequest(WriteFault.NONE);
    assertThat(second.publishedFor()).containsExactly(0L, 0L);
    assertThat(again).isNotDone();
    second.storePublished();
    assertThat(again).isCompletedWithValue(new KeyProcessor.GiveUpResult.Done());
    assertThat(handled(store)).containsExactly(0L);
  }

  @Test
  void nothing_is_given_up_while_the_key_can_not_be_opened_or_its_journal_does_not_answer() {
    MemoryKeyStore store = store();
    Worker worker = new Worker(1, store, OffsetSet.NONE);
    CompletableFuture<KeyProcessor.GiveUpResult> closed = worker.giveUp(0);
    worker.endRequest(WriteFault.BEFORE);
    assertThat(closed).as("it may be possible without the state").isNotDone();
    worker.endRequest(WriteFault.BEFORE);
    assertThat(closed)
        .isCompletedWithValueMatching(KeyProcessor.GiveUpResult.Unknown.class::isInstance);
    CompletableFuture<KeyProcessor.GiveUpResult> unanswered = worker.giveUp(0);
    worker.endRequest(WriteFault.NONE);
    worker.endRequest(WriteFault.AFTER);
    assertThat(unanswered)
        .isCompletedWithValueMatching(KeyProcessor.GiveUpResult.Unknown.class::isInstance);
    worker.handled(0);
    assertThat(handled(store)).containsExactly(0L);
  }

  @Test
  void a_write_that_may_have_happened_is_found_out_about_before_the_message_is_tried_again() {
    MemoryKeyStore store = store();
    Worker worker = new Worker(1, store, OffsetSet.NONE);
    CompletableFuture<KeyProcessor.Result> unknown = worker.handle(0);
    worker.endRequest(WriteFault.NONE);
    worker.endRequest(WriteFault.AFTER);
    assertThat(unknown.join().done()).isZero();
    assertThat(unknown.join().failure()).isPresent();
    assertThat(worker.published).isEmpty();
    CompletableFuture<KeyProcessor.Result> again = worker.handle(0);
    worker.endRequest(WriteFault.NONE);
    worker.storePublished();
    assertThat(again.join().done()).isEqualTo(1);
    assertThat(worker.publishedFor()).containsExactly(0L, 0L);
    assertThat(handled(store)).containsExactly(0L);
  }

  @Test
  void a_worker_that_finds_its_successor_s_effects_can_not_go_on() {
    MemoryKeyStore store = store();
    Worker second = new Worker(2, store, OffsetSet.NONE);
    second.begin(0);
    second.endRequest(WriteFault.NONE);
    second.endRequest(WriteFault.NONE);
    Worker first = new Worker(1, store, OffsetSet.NONE);
    CompletableFuture<KeyProcessor.Result> run = first.handle(0, 1);
    first.endRequest(WriteFault.NONE);
    assertThat(run).isCompletedExceptionally();
    assertThat(first.published).isEmpty();
    assertThat(handled(store)).containsExactly(0L);
  }

  @Test
  void a_worker_whose_messages_may_be_lost_can_not_go_on() {
    Worker worker = new Worker(1, store(), OffsetSet.NONE);
    CompletableFuture<KeyProcessor.Result> run = worker.handle(0);
    worker.endRequest(WriteFault.NONE);
    worker.endRequest(WriteFault.NONE);
    worker.published.get(0).receipt.completeExceptionally(new IllegalStateException("planned"));
    worker.storePublished();
    assertThat(run).isCompletedExceptionally();
  }

  /** Returns an application whose version can't read the data of an earlier one. */
  private static TwoOfEach unreadable() {
    return new TwoOfEach(TARGET) {
      @Override
      public Long apply(Long state, String event) {
        throw new IllegalStateException("planned: " + event);
      }
    };
  }

  @Test
  void a_key_whose_state_can_not_be_read_gives_up_what_is_new_and_finds_what_is_handled() {
    MemoryKeyStore store = store();
    Worker first = new Worker(1, store, OffsetSet.NONE);
    first.begin(0);
    first.endRequest(WriteFault.NONE);
    first.endRequest(WriteFault.NONE);
    Worker second = new Worker(2, store, OffsetSet.NONE, unreadable());
    CompletableFuture<KeyProcessor.Result> attempt = second.handle(0);
    second.endRequest(WriteFault.NONE);
    assertThat(attempt).isCompletedWithValueMatching(result -> result.failure().isPresent());
    CompletableFuture<KeyProcessor.GiveUpResult> done = second.giveUp(0);
    second.endRequest(WriteFault.NONE);
    second.endRequest(WriteFault.NONE);
    assertThat(second.publishedFor()).as("what it publishes is made up for").hasSize(2);
    second.storePublished();
    assertThat(done).isCompletedWithValue(new KeyProcessor.GiveUpResult.Done());
    CompletableFuture<KeyProcessor.GiveUpResult> given = second.giveUp(1);
    second.finish(given);
    assertThat(given).isCompletedWithValue(new KeyProcessor.GiveUpResult.GivenUp());
    Worker third = new Worker(3, store, OffsetSet.NONE);
    third.finish(third.handle(List.of(item(1, true), item(2, false))));
    assertThat(handled(store)).containsExactly(0L, 1L, 2L);
  }

  @Test
  void a_key_that_no_journal_can_be_named_after_fails_attempts_and_is_given_up_at_once() {
    Worker worker = new Worker(1, store(), OffsetSet.NONE);
    CompletableFuture<KeyProcessor.Result> attempt =
        worker.runs.handle("a\0b", List.of(item(0, false)), () -> true).toCompletableFuture();
    assertThat(attempt)
        .isCompletedWithValueMatching(
            result -> result.failure().orElseThrow().getMessage().contains("NUL"));
    assertThat(worker.runs.giveUp("a\0b", 0, false).toCompletableFuture())
        .isCompletedWithValue(new KeyProcessor.GiveUpResult.GivenUp());
    assertThat(worker.keys.isIdle()).isTrue();
  }

  @Test
  void the_longest_names_and_keys_fit_into_the_column_of_persistence_ids() {
    String longest = "x".repeat(100);
    KeyIds ids = new KeyIds(new PartitionId(longest, 9999), longest, Long.MAX_VALUE);
    for (String key : List.of("\u00e4".repeat(50), "\u20ac".repeat(1000), "k".repeat(1000))) {
      assertThat(ids.persistenceId(key)).hasSizeLessThan(1000);
    }
  }

  /** As if one in n batches went to the observed target, and each batch queried the producer. */
  @ParameterizedTest
  @CsvSource({"9, 1", "16, 2", "24, 3", "32, 2", "64, 8", "100, 25", "1000, 10", "1024, 16"})
  void each_range_that_is_handled_is_reported_soon_to_whoever_gets_every_nth_report(
      int ranges, int nth) {
    OffsetSet handled =
        new OffsetSet(
            5,
            IntStream.range(0, ranges).mapToObj(i -> new Range(10 + 2L * i, 11 + 2L * i)).toList());
    Worker worker = new Worker(1, store(), handled);
    worker.begin(0);
    worker.endRequest(WriteFault.NONE);
    worker.endRequest(WriteFault.NONE);
    ChainPublisher.Producer producer = worker.published.get(0).producer;
    OffsetSet reported = OffsetSet.NONE;
    for (int i = 0; i < 3 * ranges * nth; i++) {
      ProducerReport report = producer.report();
      assertThat(report.finished().above()).hasSizeBetween(4, 8);
      assertThat(report.finished().below()).isEqualTo(5);
      assertThat(report.finished().end()).as("the highest range").isEqualTo(handled.end());
      if (i % nth == 0) {
        reported = reported.union(report.finished());
      }
    }
    assertThat(reported).isEqualTo(handled);
  }
}
