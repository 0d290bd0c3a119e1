package org.perille.internal.worker;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.perille.Compression;
import org.perille.OnExhausted;
import org.perille.RetryPolicy;
import org.perille.internal.Compressed;
import org.perille.internal.NodeProblems;
import org.perille.internal.OneNode;
import org.perille.internal.PartitionHarness;
import org.perille.internal.WorkerHarness;
import org.perille.internal.log.LogMessage;

/** Workers of partitions with compressed batches. */
class CompressedLogTest {
  private static OneNode node;

  private final List<AutoCloseable> running = new ArrayList<>();
  private int published;

  @BeforeAll
  static void startNode() {
    node = new OneNode();
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable one : running) {
      one.close();
    }
  }

  private PartitionHarness started(PartitionHarness partition) {
    partition.start();
    running.add(partition::crash);
    return partition;
  }

  private WorkerHarness started(WorkerHarness worker) {
    running.add(0, worker);
    worker.start();
    return worker;
  }

  private List<LogMessage> messages(int count) {
    List<LogMessage> messages = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      messages.add(node.message("key-" + published % 5, published));
      published++;
    }
    return messages;
  }

  private static void append(PartitionHarness partition, List<LogMessage> messages) {
    partition.append(messages.toArray(new LogMessage[0]));
  }

  private void appendMixed(PartitionHarness partition) {
    append(partition, messages(20));
    append(partition, Compressed.of(Compression.LZ4, messages(20)));
    append(partition, Compressed.of(Compression.ZSTD, messages(20)));
  }

  private void aMixedLogIsHandled(PartitionHarness partition) {
    appendMixed(partition);
    WorkerHarness worker =
        started(
            new WorkerHarness(node, partition, "worker", (draft, seen) -> draft.atLeastOnce(seen)));
    worker.awaitSeen(60);
    worker.awaitCursor(60);
    worker.crash();
    partition.restart();
    appendMixed(partition);
    worker.start();
    worker.awaitSeen(120);
    worker.assertSeenOnceInOrder(0, 120);
    assertThat(worker.seen())
        .allMatch(delivery -> delivery.offset() == delivery.payload().number());
  }

  @Test
  void a_mixed_log_is_handled_from_the_tail_through_restarts() {
    aMixedLogIsHandled(started(node.partition("mixed-tail")));
  }

  @Test
  void a_mixed_log_is_handled_from_the_journal_through_restarts() {
    aMixedLogIsHandled(started(node.partitionWithTinyTail("mixed-journal")));
  }

  @Test
  void a_retried_message_is_read_again_from_its_compressed_batch() {
    PartitionHarness partition = started(node.partitionWithTinyTail("retried"));
    Set<Integer> failed = ConcurrentHashMap.newKeySet();
    WorkerHarness worker =
        started(
            new WorkerHarness(
                node,
                partition,
                "worker",
                (draft, seen) ->
                    draft
                        .atLeastOnce(
                            delivery -> {
                              if (failed.add(delivery.payload().number())) {
                                throw new IllegalStateException("planned");
                              }
                              seen.handle(delivery);
                            })
                        .withRetries(RetryPolicy.fixed(Duration.ofMillis(10)))));
    appendMixed(partition);
    worker.awaitSeen(60);
    worker.assertSeenOnceInOrder(0, 60);
  }

  @Test
  void a_worker_that_can_not_read_a_type_waits_and_says_for_what() {
    PartitionHarness partition = started(node.partition("unknown-type"));
    append(partition, Compressed.of(Compression.LZ4, messages(7)));
    append(partition, Compressed.ofUnknownType(Compressed.of(Compression.LZ4, messages(7))));
    append(partition, Compressed.of(Compression.LZ4, messages(7)));
    WorkerHarness worker =
        started(
            new WorkerHarness(
                node,
                partition,
                "worker",
                (draft, seen) ->
                    draft
                        .atLeastOnce(seen)
                        .withRetries(RetryPolicy.never())
                        .onExhausted(OnExhausted.CONTINUE)));
    await()
        .atMost(180, SECONDS)
        .until(
            () ->
                NodeProblems.of(node.kit().system()).list().stream()
                    .anyMatch(problem -> problem.text().contains("type 9")));
    worker.awaitCursor(7);
    worker.assertSeenOnceInOrder(0, 7);
    assertThat(partition.describe().cursors())
        .allMatch(cursor -> cursor.problems().deadLetters() == 0);
  }

  @Test
  void messages_of_a_damaged_batch_become_dead_letters_and_the_others_are_handled() {
    PartitionHarness partition = started(node.partition("damaged"));
    append(partition, Compressed.of(Compression.LZ4, messages(20)));
    append(partition, Compressed.damaged(Compressed.of(Compression.ZSTD, messages(20))));
    append(partition, Compressed.of(Compression.LZ4, messages(20)));
    WorkerHarness worker =
        started(
            new WorkerHarness(
                node,
                partition,
                "worker",
                (draft, seen) ->
                    draft
                        .atLeastOnce(seen)
                        .withRetries(RetryPolicy.never())
                        .onExhausted(OnExhausted.CONTINUE)));
    worker.awaitSeen(40);
    worker.awaitCursor(60);
    assertThat(worker.numbers()).noneMatch(number -> number >= 20 && number < 40).hasSize(40);
    await()
        .atMost(180, SECONDS)
        .until(
            () ->
                partition.describe().cursors().stream()
                    .anyMatch(cursor -> cursor.problems().deadLetters() == 20));
    assertThat(partition.stored()).hasSize(60);
  }
}
