package org.perille.internal.worker;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.perille.Delivery;
import org.perille.Handler;
import org.perille.RetryPolicy;
import org.perille.internal.OneNode;
import org.perille.internal.OneNode.Line;
import org.perille.internal.PartitionHarness;
import org.perille.internal.WorkerHarness;
import org.perille.spi.CursorState;
import org.perille.spi.TransactionalHandler;

/**
 * Goal: when a function becomes a transactional handler, nothing is handled twice and nothing is
 * lost.
 */
class CursorHandOverTest {
  private static OneNode node;

  private final List<WorkerHarness> workers = new ArrayList<>();
  private final Transactions transactions = new Transactions();
  private PartitionHarness partition;

  /** A store of one partition, in memory. */
  private static final class Transactions implements TransactionalHandler<Line> {
    private final List<Long> handled = new CopyOnWriteArrayList<>();
    private final AtomicInteger claimsToFail = new AtomicInteger();
    private Optional<CursorState> stored = Optional.empty();
    private long epoch;

    @Override
    public void prepare(Config config) {}

    @Override
    public Claim<Line> claim(String topic, String subscription, int number) {
      return claim(topic, subscription, number, 0);
    }

    @Override
    public synchronized Claim<Line> claim(
        String topic, String subscription, int number, long afterEpoch) {
      if (claimsToFail.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        throw new IllegalStateException("planned");
      }
      epoch = Math.max(epoch, afterEpoch) + 1;
      return new InMemory(epoch, stored);
    }

    private final class InMemory implements Claim<Line> {
      private final long claimed;
      private final Optional<CursorState> found;

      InMemory(long claimed, Optional<CursorState> found) {
        this.claimed = claimed;
        this.found = found;
      }

      @Override
      public long epoch() {
        return claimed;
      }

      @Override
      public Optional<CursorState> stored() {
        return found;
      }

      private void store(CursorState next) throws ClaimLostException {
        if (epoch != claimed) {
          throw new ClaimLostException("a later claim exists", null);
        }
        stored = Optional.of(next);
      }

      @Override
      public CursorState change(Function<Optional<CursorState>, CursorState> change)
          throws ClaimLostException {
        synchronized (Transactions.this) {
          CursorState next = change.apply(stored);
          store(next);
          return next;
        }
      }

      @Override
      public Duration process(List<Delivery<Line>> deliveries, Advance advance)
          throws ClaimLostException {
        synchronized (Transactions.this) {
          List<Long> offsets = deliveries.stream().map(Delivery::offset).toList();
          store(advance.apply(stored.orElseThrow(), offsets));
          handled.addAll(offsets);
          return Duration.ZERO;
        }
      }
    }
  }

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
    String name = test.getTestMethod().orElseThrow().getName();
    partition = node.partitionWithTinyTail(name.substring(0, Math.min(80, name.length())));
    partition.start();
  }

  @AfterEach
  void stop() {
    workers.forEach(WorkerHarness::close);
    partition.crash();
  }

  private WorkerHarness function(Handler<Line> handler) {
    return kept(
        new WorkerHarness(
            node,
            partition,
            "worker",
            (draft, seen) ->
                draft
                    .atLeastOnce(
                        delivery -> {
                          handler.handle(delivery);
                          seen.handle(delivery);
                        })
                    .withRetries(RetryPolicy.fixed(Duration.ofMillis(10)))));
  }

  private WorkerHarness transactional() {
    return kept(
        new WorkerHarness(
            node, partition, "worker", (draft, seen) -> draft.effectivelyOnce(transactions)));
  }

  private WorkerHarness kept(WorkerHarness worker) {
    workers.add(worker);
    return worker;
  }

  private static List<Long> range(long from, long to) {
    return LongStream.range(from, to).boxed().toList();
  }

  private void awaitHandled(List<Long> offsets) {
    await().atMost(60, SECONDS).until(() -> transactions.handled.size() >= offsets.size());
    assertThat(transactions.handled).containsExactlyInAnyOrderElementsOf(offsets);
  }

  @Test
  void the_transactional_worker_goes_on_at_the_functions_cursor_and_the_function_never_again() {
    WorkerHarness function = function(delivery -> {});
    function.start();
    partition.append(10);
    function.awaitSeen(10);
    function.awaitCursor(10);
    function.crash();
    // The journal has handed the cursor over, and the table doesn't have it yet.
    transactions.claimsToFail.set(2);
    WorkerHarness successor = transactional();
    successor.start();
    partition.append(5);
    awaitHandled(range(10, 15));

    function.start();
    successor.crash();
    partition.append(5);
    successor.start();
    awaitHandled(range(10, 20));
    successor.awaitCursor(20);
    assertThat(function.numbers()).hasSize(10);
  }

  @Test
  void a_retry_that_was_under_way_when_the_function_crashed_is_handled_by_the_successor() {
    CountDownLatch retrying = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger attempts = new AtomicInteger();
    WorkerHarness function =
        function(
            delivery -> {
              if (delivery.offset() == 0) {
                if (attempts.incrementAndGet() == 1) {
                  throw new IllegalStateException("planned");
                }
                retrying.countDown();
                await().atMost(60, SECONDS).until(() -> release.getCount() == 0);
              }
            });
    function.start();
    partition.append(20);
    await().atMost(60, SECONDS).until(() -> retrying.getCount() == 0);
    function.awaitSeen(16);
    // The cursor has passed the deferred message, and only the failures know it.
    function.awaitCursor(20);
    function.crash();
    WorkerHarness successor = transactional();
    successor.start();
    awaitHandled(List.of(0L, 5L, 10L, 15L));
    release.countDown();
  }
}
