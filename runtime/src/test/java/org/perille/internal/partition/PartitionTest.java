package org.perille.internal.partition;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perille.SubscriptionStatus.PartitionProblems;
import org.perille.internal.OneNode;
import org.perille.internal.PartitionHarness;
import org.perille.internal.feed.FeedAnswer;
import org.perille.internal.feed.ReadFrom;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.Duplicate;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMark;
import org.perille.internal.log.LogMessage;

/** The guarantees of a partition for publishers, with a journal that behaves like a database. */
class PartitionTest {
  private static final Duration ANSWER = Duration.ofMinutes(3);
  private static final Duration NO_ANSWER = Duration.ofMillis(300);

  private static OneNode node;
  private PartitionHarness partition;

  @BeforeAll
  static void startNode() {
    node = new OneNode();
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

  @BeforeEach
  void start(TestInfo test) {
    partition =
        node.partition(
            test.getTestMethod().orElseThrow().getName() + "." + test.getDisplayName().hashCode());
    partition.start();
  }

  private void awaitEnd(PartitionHarness.Epoch epoch) {
    node.kit().createTestProbe().expectTerminated(epoch.actor(), ANSWER);
  }

  @Test
  void a_receipt_means_that_the_messages_are_there_after_a_crash() {
    BatchReceipt receipt = partition.append(node.message("a", 1), node.message("b", 2));
    assertThat(receipt.firstOffset()).isZero();
    partition.restart();
    assertThat(partition.describe().endOffset()).isEqualTo(2);
    assertThat(partition.append(node.message("a", 3)).firstOffset()).isEqualTo(2);
    assertThat(partition.stored())
        .extracting(LogEntry::message)
        .containsExactly(node.message("a", 1), node.message("b", 2), node.message("a", 3));
  }

  @Test
  void a_partition_that_is_idle_notices_that_it_was_replaced() {
    PartitionHarness checking = node.partitionThatChecksItsFencing("checks-its-place");
    PartitionHarness.Epoch replaced = checking.start();
    checking.append(node.message("a", 1));
    checking.start();
    checking.append(node.message("a", 2));
    awaitEnd(replaced);
    assertThat(checking.append(node.message("a", 3)).firstOffset()).isEqualTo(2);
  }

  @Test
  void who_asks_a_partition_that_is_starting_is_answered_when_it_has_started() {
    partition.append(node.message("a", 1));
    TestProbe<PartitionRequest.Description> answer =
        node.kit().createTestProbe(PartitionRequest.Description.class);
    partition.start().actor().tell(new PartitionRequest.Describe(answer.getRef()));
    assertThat(answer.receiveMessage(ANSWER).endOffset()).isEqualTo(1);
  }

  @Test
  void no_receipt_comes_before_the_write_is_done() {
    partition.append(node.message("a", 1));
    partition.faults().closeGate();
    TestProbe<BatchReceipt> receipt = partition.current().send("other", 1, node.message("a", 2));
    receipt.expectNoMessage(NO_ANSWER);
    partition.faults().openGate();
    assertThat(receipt.receiveMessage(ANSWER).firstOffset()).isEqualTo(1);
  }

  @Test
  void a_batch_that_is_sent_again_after_a_crash_gets_its_receipt_again_and_is_stored_once() {
    LogMessage[] messages = {node.message("a", "x", 1), node.message("b", 2)};
    BatchReceipt first = partition.current().send("p", 1, messages).receiveMessage(ANSWER);
    partition.restart();
    assertThat(partition.current().send("p", 1, messages).receiveMessage(ANSWER)).isEqualTo(first);
    assertThat(partition.stored()).hasSize(2);
  }

  @Test
  void an_id_is_known_after_crashes_with_and_without_a_snapshot() {
    partition.append(node.message("a", "early", 0));
    partition.append(100);
    partition.append(node.message("a", "late", 1));
    partition.restart();
    BatchReceipt receipt =
        partition.append(node.message("a", "early", 0), node.message("a", "late", 1));
    assertThat(receipt.duplicates()).containsExactly(new Duplicate(0, 0), new Duplicate(1, 101));
  }

  @Test
  void a_batch_whose_write_was_done_but_not_answered_is_stored_once() {
    partition.append(node.message("a", 0));
    PartitionHarness.Epoch before = partition.current();
    partition.faults().loseNextAnswer();
    TestProbe<BatchReceipt> lost = before.send("p", 1, node.message("a", 1));
    awaitEnd(before);
    lost.expectNoMessage(Duration.ZERO);
    partition.start();
    BatchReceipt again =
        partition.current().send("p", 1, node.message("a", 1)).receiveMessage(ANSWER);
    assertThat(again.firstOffset()).isEqualTo(1);
    assertThat(partition.stored()).hasSize(2);
  }

  @Test
  void a_predecessor_that_lives_on_can_not_append_once_its_successor_is_active() {
    PartitionHarness.Epoch zombie = partition.current();
    partition.append(node.message("a", 0));
    partition.start();
    assertThat(partition.describe().endOffset()).isEqualTo(1);

    TestProbe<BatchReceipt> tooLate = zombie.send("zombie", 1, node.message("a", 99));

    awaitEnd(zombie);
    tooLate.expectNoMessage(NO_ANSWER);
    assertThat(partition.faults().refused()).isEqualTo(1);
    BatchReceipt after =
        partition.current().send("p", 1, node.message("a", 1)).receiveMessage(ANSWER);
    assertThat(after.firstOffset()).isEqualTo(1);
    assertThat(partition.stored()).hasSize(2);
  }

  @Test
  void a_recovery_that_ends_before_the_journal_does_stops_the_partition() {
    partition.append(10);
    partition.crash();
    partition.faults().replayOnlyUpTo(3);
    PartitionHarness.Epoch blind = partition.start();
    awaitEnd(blind);
    partition.faults().replayOnlyUpTo(Long.MAX_VALUE);
    partition.start();
    assertThat(partition.describe().endOffset()).isEqualTo(10);
    assertThat(partition.stored()).hasSize(10);
  }

  @Test
  void a_cursor_ahead_of_the_log_is_refused_with_a_reason() {
    partition.append(3);
    TestProbe<FeedAnswer> worker = node.kit().createTestProbe(FeedAnswer.class);
    attach(worker, 7, 1, new ReadFrom.Resume(4, 1, Optional.empty()));
    assertThat(worker.receiveMessage(ANSWER))
        .isInstanceOfSatisfying(
            FeedAnswer.Refused.class,
            refused -> {
              assertThat(refused.epoch()).isEqualTo(7);
              assertThat(refused.reason()).contains("offset 4", "ends at 3");
            });
  }

  @Test
  void a_worker_that_is_refused_can_be_reset_and_is_in_the_status() {
    partition.append(3);
    TestProbe<FeedAnswer> worker = node.kit().createTestProbe(FeedAnswer.class);
    TestProbe<WorkerRequest> requests = node.kit().createTestProbe(WorkerRequest.class);
    PartitionRequest.Attach attach =
        new PartitionRequest.Attach(
            "s",
            7,
            1,
            new ReadFrom.Resume(2, 1, Optional.of(new LogMark(2, 815))),
            worker.getRef(),
            node.kit().createTestProbe().getRef().unsafeUpcast(),
            requests.getRef());
    partition.requests().accept(attach);
    assertThat(worker.receiveMessage(ANSWER)).isInstanceOf(FeedAnswer.Refused.class);
    partition.requests().accept(attach);
    assertThat(worker.receiveMessage(ANSWER)).isInstanceOf(FeedAnswer.Refused.class);
    PartitionRequest.CursorReport report =
        new PartitionRequest.CursorReport(
            "s", 7, 2, 0, PartitionProblems.none().withPaused("refused"));
    partition.requests().accept(report);
    assertThat(partition.describe().cursors()).containsExactly(report);
    WorkerRequest.AwaitFinished request =
        new WorkerRequest.AwaitFinished(
            1, node.kit().createTestProbe(WorkerRequest.Finished.class).getRef());
    partition.requests().accept(new PartitionRequest.ForWorker("s", request));
    assertThat(requests.receiveMessage(ANSWER)).isEqualTo(request);
  }

  @Test
  void an_older_worker_is_not_fed_once_a_newer_one_is() {
    partition.append(3);
    TestProbe<FeedAnswer> newer = node.kit().createTestProbe(FeedAnswer.class);
    TestProbe<FeedAnswer> older = node.kit().createTestProbe(FeedAnswer.class);
    attach(newer, 8, 1, new ReadFrom.Earliest());
    assertThat(newer.receiveMessage(ANSWER)).isInstanceOf(FeedAnswer.Attached.class);
    attach(older, 7, 5, new ReadFrom.Earliest());
    older.expectNoMessage(NO_ANSWER);
    attach(newer, 8, 1, new ReadFrom.Earliest());
    assertThat(newer.receiveMessage(ANSWER)).isInstanceOf(FeedAnswer.Attached.class);
  }

  @Test
  void a_late_cursor_report_of_an_older_worker_changes_nothing() {
    partition.append(5);
    TestProbe<FeedAnswer> worker = node.kit().createTestProbe(FeedAnswer.class);
    attach(worker, 8, 1, new ReadFrom.Resume(2, 1, Optional.empty()));
    assertThat(worker.receiveMessage(ANSWER)).isInstanceOf(FeedAnswer.Attached.class);
    PartitionRequest.CursorReport report =
        new PartitionRequest.CursorReport("s", 8, 4, 0, PartitionProblems.none());
    partition.requests().accept(report);
    partition
        .requests()
        .accept(new PartitionRequest.CursorReport("s", 7, 3, 1, PartitionProblems.none()));
    assertThat(partition.describe().cursors()).containsExactly(report);
  }

  private void attach(TestProbe<FeedAnswer> worker, long epoch, long session, ReadFrom from) {
    partition
        .requests()
        .accept(
            new PartitionRequest.Attach(
                "s",
                epoch,
                session,
                from,
                worker.getRef(),
                node.kit().createTestProbe().getRef().unsafeUpcast(),
                node.kit().createTestProbe(WorkerRequest.class).getRef()));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void failing_writes_and_crashes_lose_double_and_reorder_nothing(long seed) {
    Random random = new Random(seed);
    List<LogMessage> published = new ArrayList<>();
    for (int number = 1; number <= 60; number++) {
      List<LogMessage> batch = new ArrayList<>();
      for (int i = 0; i <= random.nextInt(3); i++) {
        batch.add(node.message("k" + random.nextInt(3), published.size() + i));
      }
      published.addAll(batch);
      publishThroughFaults(random, number, batch, published.size());
    }
    assertThat(partition.stored()).extracting(LogEntry::message).isEqualTo(published);
    assertThat(partition.stored())
        .extracting(LogEntry::offset)
        .containsExactlyElementsOf(LongStream.range(0, published.size()).boxed().toList());
    assertThat(partition.faults().happened()).isTrue();
  }

  /** Sends a batch like a publisher: under the same number, until its receipt arrives. */
  private void publishThroughFaults(Random random, int number, List<LogMessage> batch, int end) {
    boolean fails = true;
    switch (random.nextInt(6)) {
      case 0 -> partition.faults().failNextWrite();
      case 1 -> partition.faults().loseNextAnswer();
      default -> fails = false;
    }
    TestProbe<BatchReceipt> receipt = partition.current().send("p", number, batch);
    if (fails) {
      awaitEnd(partition.current());
      partition.start();
      receipt = partition.current().send("p", number, batch);
    } else if (random.nextInt(6) == 0) {
      partition.restart();
      receipt = partition.current().send("p", number, batch);
    }
    assertThat(receipt.receiveMessage(ANSWER))
        .isEqualTo(
            new BatchReceipt(
                "p", 0, number, (long) end - batch.size(), batch.size(), List.of(), List.of()));
    await().atMost(180, SECONDS).until(partition.faults()::happened);
  }
}
