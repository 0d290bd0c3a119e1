package org.perille.internal.handler;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.perille.Delivery;
import org.perille.internal.OneNode;
import org.perille.internal.OneNode.Line;
import org.perille.internal.handler.Invoker.KeyBatchResult;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.PartitionId;
import org.perille.spi.CursorState;
import org.perille.spi.TransactionalHandler.Advance;
import org.perille.spi.TransactionalHandler.Claim;
import org.perille.spi.TransactionalHandler.NotStartedException;

class TransactionalInvokerTest {
  private static final OneNode NODE = new OneNode();
  private static final CursorState CURSOR = new CursorState(0, "");

  private final AtomicLong nanos = new AtomicLong();
  private final List<String> calls = new ArrayList<>();

  @AfterAll
  static void close() {
    NODE.close();
  }

  /** The processing of deliveries by a claim. */
  @FunctionalInterface
  private interface Processing {
    void process(List<Delivery<Line>> deliveries, Advance advance) throws NotStartedException;
  }

  private Invoker invoker(Processing processing) {
    return new TransactionalInvoker<>(
        new Deliveries<>(
            "s",
            new PartitionId("lines", 0),
            NODE.codec(),
            new WorkerTime(Clock.systemUTC(), nanos::get, Duration.ofMinutes(1), due -> {})),
        new Claim<Line>() {
          @Override
          public long epoch() {
            return 1;
          }

          @Override
          public Optional<CursorState> stored() {
            return Optional.of(CURSOR);
          }

          @Override
          public CursorState change(Function<Optional<CursorState>, CursorState> change) {
            return change.apply(stored());
          }

          @Override
          public Duration process(List<Delivery<Line>> deliveries, Advance advance)
              throws NotStartedException {
            processing.process(deliveries, advance);
            return Duration.ofMillis(1);
          }
        },
        (current, finished) -> current,
        TransactionalInvoker.laterByTheClock());
  }

  private static Invocation invocation(long... offsets) {
    List<KeyQueues.KeyBatch<PendingDelivery>> runs = new ArrayList<>();
    for (long offset : offsets) {
      String key = "k" + offset;
      PendingDelivery delivery =
          new PendingDelivery(
              new LogEntry(offset, 0, NODE.message(key, (int) offset)),
              key,
              0,
              PendingDelivery.Past.NONE);
      runs.add(new KeyQueues.KeyBatch<>(key, List.of(delivery)));
    }
    return new Invocation(runs);
  }

  private static List<KeyBatchResult> results(Invoker invoker, Invocation invocation)
      throws Exception {
    return invoker.invoke(invocation).toCompletableFuture().get(60, SECONDS);
  }

  @Test
  void a_deadline_does_not_count_waiting_for_a_transaction() throws Exception {
    Invocation invocation = invocation(0);
    Invoker invoker =
        invoker(
            (deliveries, advance) -> {
              nanos.set(TimeUnit.HOURS.toNanos(1));
              assertThat(invocation.isOverdue(nanos.get(), 10)).isFalse();
              advance.begin();
              assertThat(invocation.isOverdue(nanos.get(), 10)).isFalse();
              assertThat(invocation.isOverdue(nanos.addAndGet(11), 10)).isTrue();
              advance.apply(CURSOR, List.of(0L));
            });
    assertThat(results(invoker, invocation))
        .containsExactly(new KeyBatchResult(1, Optional.empty()));
  }

  @Test
  void what_could_not_be_started_is_ready_again_and_has_not_failed() throws Exception {
    Invoker invoker =
        invoker(
            (deliveries, advance) -> {
              calls.add("process " + deliveries.size());
              throw new NotStartedException("the pool is exhausted", null);
            });
    KeyBatchResult again = new KeyBatchResult(0, Optional.empty());
    assertThat(results(invoker, invocation(0, 1))).containsExactly(again, again);
    // Two messages that find no connection together aren't tried one by one.
    assertThat(calls).containsExactly("process 2");
  }

  @Test
  void a_transaction_that_was_given_up_calls_the_handler_for_no_further_message() throws Exception {
    Invocation invocation = invocation(0, 1);
    Invoker invoker =
        invoker(
            (deliveries, advance) -> {
              advance.begin();
              advance.beforeCall();
              calls.add("call 0");
              invocation.abandon();
              advance.beforeCall();
              calls.add("call 1");
            });
    assertThat(results(invoker, invocation))
        .allSatisfy(
            result ->
                assertThat(result.failure())
                    .containsInstanceOf(Invocation.AbandonedException.class));
    assertThat(calls).containsExactly("call 0");
  }

  @Test
  void what_was_given_up_before_it_began_is_not_handled() throws Exception {
    Invocation invocation = invocation(0);
    Invoker invoker =
        invoker(
            (deliveries, advance) -> {
              invocation.abandon();
              assertThatThrownBy(advance::begin).isInstanceOf(Invocation.AbandonedException.class);
              advance.begin();
            });
    assertThat(results(invoker, invocation).get(0).failure())
        .containsInstanceOf(Invocation.AbandonedException.class);
  }
}
