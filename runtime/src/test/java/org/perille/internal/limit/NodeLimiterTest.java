package org.perille.internal.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.perille.CircuitBreaker;
import org.perille.Limits;
import org.perille.PerilleListener.BreakerState;
import org.perille.PerilleListener.LimitsProgress;
import org.perille.internal.limit.Limiter.Permit;
import org.slf4j.LoggerFactory;

class NodeLimiterTest {
  private static final CircuitBreaker BREAKER = CircuitBreaker.of(1, 2, Duration.ofSeconds(10));

  private final ManualTimer timer = new ManualTimer();

  private NodeLimiter limiter(Limits limits) {
    return limiter(limits, Optional.empty());
  }

  private NodeLimiter limiter(Limits limits, Optional<CircuitBreaker> breaker) {
    return new NodeLimiter(
        "subscription 's'", limits, breaker, timer::nanoTime, timer, Runnable::run);
  }

  private static Permit entered(NodeLimiter limiter, int messages) {
    return limiter.enter(messages, () -> {}).orElseThrow();
  }

  /** A worker that always has work for one more run. */
  private static final class Worker implements Runnable {
    private final NodeLimiter limiter;
    private final List<Permit> runs = new ArrayList<>();
    private int called;

    Worker(NodeLimiter limiter) {
      this.limiter = limiter;
    }

    boolean ask(int messages) {
      Optional<Permit> run = limiter.enter(messages, this);
      run.ifPresent(runs::add);
      return run.isPresent();
    }

    void end() {
      Permit run = runs.remove(0);
      run.leave(0, run.messages(), 0);
    }

    @Override
    public void run() {
      called++;
    }
  }

  @Test
  void a_run_takes_one_permit_whatever_its_length_and_who_waits_is_called_when_it_ends() {
    NodeLimiter limiter = limiter(Limits.none().withConcurrencyPerNode(2));
    Permit first = entered(limiter, 500);
    assertThat(first.messages()).isEqualTo(500);
    entered(limiter, 1);
    Worker worker = new Worker(limiter);
    assertThat(worker.ask(1)).isFalse();
    assertThat(worker.ask(1)).isFalse();
    assertThat(limiter.describe()).contains("2");
    first.leave(0, 500, 0);
    assertThat(worker.called).isEqualTo(1);
    assertThat(limiter.describe()).isEmpty();
    assertThat(worker.ask(7)).isTrue();
  }

  @Test
  void no_more_messages_are_given_than_there_are_tokens_and_unused_ones_come_back() {
    NodeLimiter limiter = limiter(Limits.none().withRatePerNode(100));
    Permit run = entered(limiter, 500);
    assertThat(run.messages()).isEqualTo(10);
    run.leave(4, 6, 0);
    assertThat(entered(limiter, 500).messages()).isEqualTo(4);
  }

  @Test
  void who_waits_for_a_token_is_called_when_it_is_due_and_not_before() {
    NodeLimiter limiter = limiter(Limits.none().withRatePerNode(0.5));
    entered(limiter, 1);
    Worker worker = new Worker(limiter);
    worker.ask(1);
    assertThat(limiter.describe()).contains("0.5");
    timer.advance(Duration.ofMillis(1999));
    assertThat(worker.called).isZero();
    timer.advance(Duration.ofMillis(1));
    assertThat(worker.called).isEqualTo(1);
    assertThat(worker.ask(1)).isTrue();
  }

  @Test
  void when_one_is_served_the_next_one_is_called_as_soon_as_its_token_is_due() {
    NodeLimiter limiter = limiter(Limits.none().withRatePerNode(100));
    entered(limiter, 10);
    Worker first = new Worker(limiter);
    Worker second = new Worker(limiter);
    first.ask(1);
    second.ask(1);
    timer.advance(Duration.ofMillis(10));
    assertThat(first.ask(1)).isTrue();
    assertThat(second.called).isZero();
    timer.advance(Duration.ofMillis(10));
    assertThat(second.called).isEqualTo(1);
  }

  @Test
  void no_more_runs_begin_than_the_share_has_permits() {
    NodeLimiter limiter = limiter(Limits.none().withConcurrencyInCluster(10));
    limiter.take(answer(limiter.report("node"), 2, 0));
    entered(limiter, 1);
    Permit run = entered(limiter, 1);
    Worker worker = new Worker(limiter);
    assertThat(worker.ask(1)).isFalse();
    limiter.take(answer(limiter.report("node"), 1, 0));
    run.leave(0, 1, 0);
    assertThat(worker.called).isZero();
    limiter.take(answer(limiter.report("node"), 2, 0));
    assertThat(worker.called).isEqualTo(1);
  }

  @Test
  void a_limiter_that_is_closed_for_long_starts_next_to_nothing() {
    NodeLimiter limiter = limiter(Limits.none().withRatePerNode(0.001));
    entered(limiter, 1);
    new Worker(limiter).ask(1);
    timer.advance(Duration.ofSeconds(999));
    assertThat(timer.ran()).isZero();
    NodeLimiter busy = limiter(Limits.none().withConcurrencyPerNode(1));
    entered(busy, 1);
    new Worker(busy).ask(1);
    int before = timer.ran();
    timer.advance(Duration.ofSeconds(100));
    assertThat(timer.ran() - before).isLessThan(5);
  }

  @Test
  void what_becomes_free_is_kept_for_the_one_that_was_called_so_nobody_starves() {
    NodeLimiter limiter = limiter(Limits.none().withConcurrencyPerNode(1));
    List<Worker> workers = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      workers.add(new Worker(limiter));
    }
    List<Integer> served = new ArrayList<>();
    Worker holder = workers.get(0);
    workers.forEach(worker -> worker.ask(1));
    for (int i = 0; i < 20; i++) {
      holder.end();
      // The worker that has just returned its permit always asks first.
      assertThat(holder.ask(1)).isFalse();
      for (Worker worker : workers) {
        if (worker != holder && worker.ask(1)) {
          served.add(workers.indexOf(worker));
          holder = worker;
          break;
        }
      }
    }
    assertThat(served).hasSize(20);
    assertThat(served.subList(0, 5)).containsExactlyInAnyOrder(0, 1, 2, 3, 4);
    assertThat(served.subList(15, 20)).containsExactlyInAnyOrder(0, 1, 2, 3, 4);
  }

  @Test
  void one_that_was_called_and_has_nothing_to_do_holds_nobody_up() {
    NodeLimiter limiter = limiter(Limits.none().withConcurrencyPerNode(1));
    Permit run = entered(limiter, 1);
    Worker gone = new Worker(limiter);
    gone.ask(1);
    Worker waiting = new Worker(limiter);
    waiting.ask(1);
    run.leave(0, 1, 0);
    assertThat(gone.called).isEqualTo(1);
    assertThat(waiting.called).isZero();
    assertThat(waiting.ask(1)).isFalse();
    timer.advance(Duration.ofMillis(20));
    assertThat(waiting.called).isEqualTo(1);
    assertThat(waiting.ask(1)).isTrue();
  }

  @Test
  void an_open_breaker_lets_one_probe_through_and_says_why_it_is_closed() {
    NodeLimiter limiter = limiter(Limits.none(), Optional.of(BREAKER));
    Permit old = entered(limiter, 1);
    entered(limiter, 2).leave(0, 0, 2);
    assertThat(limiter.describe()).contains("circuit breaker is open", "2 of 2", "PT10S");
    Worker worker = new Worker(limiter);
    assertThat(worker.ask(5)).isFalse();
    old.leave(0, 1, 0);
    assertThat(worker.called).isZero();
    timer.advance(Duration.ofSeconds(10));
    assertThat(worker.called).isEqualTo(1);
    Permit probe = limiter.enter(5, worker).orElseThrow();
    assertThat(probe.messages()).isEqualTo(1);
    Worker other = new Worker(limiter);
    assertThat(other.ask(1)).isFalse();
    probe.leave(0, 1, 0);
    assertThat(other.called).isEqualTo(1);
    assertThat(limiter.describe()).isEmpty();
  }

  @Test
  void a_breaker_that_opens_and_closes_is_in_the_log_under_the_name_of_the_subscription() {
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    Logger logger = (Logger) LoggerFactory.getLogger(NodeLimiter.class);
    logger.addAppender(log);
    logger.setLevel(Level.INFO);
    try {
      NodeLimiter limiter = limiter(Limits.none(), Optional.of(BREAKER));
      entered(limiter, 2).leave(0, 0, 2);
      timer.advance(Duration.ofSeconds(10));
      entered(limiter, 1).leave(0, 0, 1);
      timer.advance(Duration.ofSeconds(10));
      entered(limiter, 1).leave(0, 1, 0);
    } finally {
      logger.setLevel(null);
      logger.detachAppender(log);
    }
    assertThat(log.list)
        .extracting(ILoggingEvent::getLevel)
        .containsExactly(Level.WARN, Level.INFO);
    assertThat(log.list)
        .allMatch(event -> event.getFormattedMessage().contains("subscription 's'"));
  }

  @Test
  void without_a_valid_share_nothing_begins() {
    NodeLimiter limiter =
        limiter(Limits.none().withConcurrencyInCluster(10).withRateInCluster(100));
    Worker worker = new Worker(limiter);
    assertThat(worker.ask(1)).isFalse();
    LeaseReport report = limiter.report("node");
    assertThat(report.permits().orElseThrow().wanted()).isEqualTo(10);
    timer.advance(Duration.ofSeconds(1));
    limiter.take(answer(report, 1, 100));
    assertThat(worker.called).isZero();
    timer.advance(Duration.ofMillis(10));
    assertThat(worker.called).isEqualTo(1);
    assertThat(worker.ask(1)).isTrue();
    assertThat(worker.ask(1)).isFalse();
    assertThat(limiter.describe()).contains("1 of 10");
    timer.advance(Duration.ofMillis(3989));
    worker.end();
    assertThat(worker.ask(1)).isTrue();
    timer.advance(Duration.ofMillis(1));
    worker.end();
    assertThat(worker.ask(1)).isFalse();
    assertThat(limiter.describe()).contains("0 of 10");
  }

  private static LeaseGranted answer(LeaseReport report, int permits, double rate) {
    return new LeaseGranted(
        report.number(), permits, rate, Duration.ofSeconds(5), Duration.ofSeconds(1));
  }

  @Test
  void a_run_leaves_once_with_no_more_than_it_was_given() {
    NodeLimiter limiter = limiter(Limits.none().withConcurrencyPerNode(1));
    Permit run = entered(limiter, 2);
    assertThatThrownBy(() -> run.leave(1, 1, 1)).isInstanceOf(IllegalArgumentException.class);
    run.leave(1, 1, 0);
    assertThatThrownBy(() -> run.leave(1, 1, 0)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void listeners_learn_the_limits_their_use_and_the_state_of_the_breaker() {
    NodeLimiter limiter =
        limiter(Limits.none().withConcurrencyPerNode(3).withRatePerNode(50), Optional.of(BREAKER));
    Permit first = entered(limiter, 1);
    Permit second = entered(limiter, 1);
    LimitsProgress closed = limiter.progress("t", "s");
    assertThat(closed)
        .isEqualTo(
            new LimitsProgress(
                "t",
                "s",
                2,
                OptionalInt.of(3),
                OptionalDouble.of(50),
                Optional.of(BreakerState.CLOSED),
                0));
    first.leave(0, 0, 1);
    second.leave(0, 0, 1);
    LimitsProgress open = limiter.progress("t", "s");
    assertThat(open.running()).isZero();
    assertThat(open.breaker()).contains(BreakerState.OPEN);
    assertThat(open.opened()).isEqualTo(1);
    assertThat(limiter.progress("t", "s").opened()).isZero();
    timer.advance(Duration.ofSeconds(10));
    Permit probe = entered(limiter, 1);
    assertThat(limiter.progress("t", "s").breaker()).contains(BreakerState.HALF_OPEN);
    probe.leave(0, 1, 0);
    assertThat(limiter.progress("t", "s").breaker()).contains(BreakerState.CLOSED);
  }

  @Test
  void a_share_of_the_clusters_limits_is_what_the_node_holds() {
    LimitsProgress progress =
        limiter(Limits.none().withConcurrencyInCluster(10).withRateInCluster(20))
            .progress("t", "s");
    assertThat(progress.permits()).hasValue(0);
    assertThat(progress.rate()).hasValue(0);
    assertThat(progress.breaker()).isEmpty();
    LimitsProgress unlimited = limiter(Limits.none()).progress("t", "s");
    assertThat(unlimited.permits()).isEmpty();
    assertThat(unlimited.rate()).isEmpty();
  }

  @Test
  void callers_are_called_by_the_executor_and_not_by_the_one_that_leaves() {
    List<Runnable> queue = new ArrayList<>();
    NodeLimiter limiter =
        new NodeLimiter(
            "s",
            Limits.none().withConcurrencyPerNode(1),
            Optional.empty(),
            timer::nanoTime,
            timer,
            queue::add);
    Permit run = entered(limiter, 1);
    AtomicInteger called = new AtomicInteger();
    limiter.enter(1, called::incrementAndGet);
    run.leave(0, 1, 0);
    assertThat(called).hasValue(0);
    queue.forEach(Runnable::run);
    assertThat(called).hasValue(1);
  }
}
