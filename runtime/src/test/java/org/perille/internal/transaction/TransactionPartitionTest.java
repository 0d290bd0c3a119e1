package org.perille.internal.transaction;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.perille.Health.Problem;
import org.perille.PerilleListener;
import org.perille.Receipt;
import org.perille.internal.NodeProblems;
import org.perille.internal.OneNode;
import org.perille.internal.PartitionHarness;
import org.perille.internal.hook.Listeners;
import org.perille.internal.log.TransactionMessage;
import org.perille.internal.wire.TransactionCodec;

/** A log of transactions whose partitions don't answer. */
class TransactionPartitionTest {
  private static final String SUBJECT = "log of transactions stalled/0";

  private final OneNode node = new OneNode();
  private final List<PerilleListener.TransactionsProgress> events = new CopyOnWriteArrayList<>();
  private final NodeProblems problems = NodeProblems.of(node.kit().system());
  private final Listeners listeners =
      Listeners.of(
          List.of(
              new PerilleListener() {
                @Override
                public void transactionsProgress(TransactionsProgress event) {
                  events.add(event);
                }
              }));
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
  private final AtomicReference<CompletableFuture<Receipt>> receipt =
      new AtomicReference<>(new CompletableFuture<>());

  @AfterEach
  void stop() {
    listeners.close();
    node.close();
  }

  private PartitionHarness log() {
    return node.transactionLog(
        "stalled",
        new Clock() {
          @Override
          public Instant instant() {
            return now.get();
          }

          @Override
          public ZoneOffset getZone() {
            return ZoneOffset.UTC;
          }

          @Override
          public Clock withZone(java.time.ZoneId zone) {
            return this;
          }
        },
        (message, producer) -> receipt.get(),
        new TransactionReports(problems, listeners));
  }

  private static void await(org.awaitility.core.ThrowingRunnable assertion) {
    org.awaitility.Awaitility.await().atMost(180, SECONDS).untilAsserted(assertion);
  }

  @Test
  void a_transaction_that_waits_for_a_partition_is_a_problem_until_its_messages_are_stored() {
    PartitionHarness log = log();
    log.start();
    log.append(
        TransactionCodec.toMessage(
            "transfer", List.of(new TransactionMessage("orders", 1, node.message("k", 1)))));
    now.updateAndGet(time -> time.plus(TransactionReports.OVERDUE_AFTER));
    log.restart();
    await(
        () -> {
          assertThat(problems.list())
              .extracting(Problem::subject, Problem::text)
              .containsExactly(
                  org.assertj.core.groups.Tuple.tuple(
                      SUBJECT,
                      "transaction 'transfer' was committed 30 s ago, and has no receipts from [orders/0]. It is relayed until all its messages are stored; 1 transactions of this log are unfinished"));
          assertThat(events)
              .contains(
                  new PerilleListener.TransactionsProgress(0, 1, TransactionReports.OVERDUE_AFTER));
        });
    receipt.get().complete(Receipt.of("orders", "k", 0, 7, false));
    await(
        () -> {
          assertThat(problems.list()).isEmpty();
          assertThat(events.get(events.size() - 1))
              .isEqualTo(new PerilleListener.TransactionsProgress(0, 0, Duration.ZERO));
        });
  }
}
