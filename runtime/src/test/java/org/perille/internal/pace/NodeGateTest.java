package org.perille.internal.pace;

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
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.perille.CircuitBreaker;
import org.perille.Limits;
import org.perille.internal.subscribe.Gate.Run;
import org.slf4j.LoggerFactory;

class NodeGateTest {
  private static final CircuitBreaker BREAKER = new CircuitBreaker(1, 2, Duration.ofSeconds(10));

  private final ManualTimer timer = new ManualTimer();

  private NodeGate gate(Limits limits) {
    return gate(limits, Optional.empty());
  }

  private NodeGate gate(Limits limits, Optional<CircuitBreaker> breaker) {
    return new NodeGate("subscription 's'", limits, breaker, timer::nanoTime, timer, Runnable::run);
  }

  private static Run entered(NodeGate gate, int messages) {
    return gate.enter(messages, () -> {}).orElseThrow();
  }

  /** A worker that always has work for one more run. */
  private static final class Worker implements Runnable {
    private final NodeGate gate;
    private final List<Run> runs = new ArrayList<>();
    private int called;

    Worker(NodeGate gate) {
      this.gate = gate;
    }

    boolean ask(int messages) {
      Optional<Run> run = gate.enter(messages, this);
      run.ifPresent(runs::add);
      return run.isPresent();
    }

    void end() {
      Run run = runs.remove(0);
      run.leave(0, run.messages(), 0);
    }

    @Override
    public void run() {
      called++;
    }
  }

  @Test
  void a_run_takes_one_permit_whatever_its_length_and_who_waits_is_called_when_it_ends() {
    NodeGate gate = gate(Limits.NONE.withConcurrencyPerNode(2));
    Run first = entered(gate, 500);
    assertThat(first.messages()).isEqualTo(500);
    entered(gate, 1);
    Worker worker = new Worker(gate);
    assertThat(worker.ask(1)).isFalse();
    assertThat(worker.ask(1)).isFalse();
    assertThat(gate.describe()).contains("2");
    first.leave(0, 500, 0);
    assertThat(worker.called).isEqualTo(1);
    assertThat(gate.describe()).isEmpty();
    assertThat(worker.ask(7)).isTrue();
  }

  @Test
  void no_more_messages_are_given_than_there_are_tokens_and_unused_ones_come_back() {
    NodeGate gate = gate(Limits.NONE.withRatePerNode(100));
    Run run = entered(gate, 500);
    assertThat(run.messages()).isEqualTo(10);
    run.leave(4, 6, 0);
    assertThat(entered(gate, 500).messages()).isEqualTo(4);
  }

  @Test
  void who_waits_for_a_token_is_called_when_it_is_due_and_not_before() {
    NodeGate gate = gate(Limits.NONE.withRatePerNode(0.5));
    entered(gate, 1);
    Worker worker = new Worker(gate);
    worker.ask(1);
    assertThat(gate.describe()).contains("0.5");
    timer.advance(Duration.ofMillis(1999));
    assertThat(worker.called).isZero();
    timer.advance(Duration.ofMillis(1));
    assertThat(worker.called).isEqualTo(1);
    assertThat(worker.ask(1)).isTrue();
  }

  @Test
  void when_one_is_served_the_next_one_is_called_as_soon_as_its_token_is_due() {
    NodeGate gate = gate(Limits.NONE.withRatePerNode(100));
    entered(gate, 10);
    Worker first = new Worker(gate);
    Worker second = new Worker(gate);
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
    NodeGate gate = gate(Limits.NONE.withConcurrencyInCluster(10));
    gate.take(answer(gate.report("node"), 2, 0));
    entered(gate, 1);
    Run run = entered(gate, 1);
    Worker worker = new Worker(gate);
    assertThat(worker.ask(1)).isFalse();
    gate.take(answer(gate.report("node"), 1, 0));
    run.leave(0, 1, 0);
    assertThat(worker.called).isZero();
    gate.take(answer(gate.report("node"), 2, 0));
    assertThat(worker.called).isEqualTo(1);
  }

  @Test
  void a_gate_that_is_closed_for_long_starts_next_to_nothing() {
    NodeGate gate = gate(Limits.NONE.withRatePerNode(0.001));
    entered(gate, 1);
    new Worker(gate).ask(1);
    timer.advance(Duration.ofSeconds(999));
    assertThat(timer.ran()).isZero();
    NodeGate busy = gate(Limits.NONE.withConcurrencyPerNode(1));
    entered(busy, 1);
    new Worker(busy).ask(1);
    int before = timer.ran();
    timer.advance(Duration.ofSeconds(100));
    assertThat(timer.ran() - before).isLessThan(5);
  }

  @Test
  void what_becomes_free_is_kept_for_the_one_that_was_called_so_nobody_starves() {
    NodeGate gate = gate(Limits.NONE.withConcurrencyPerNode(1));
    List<Worker> workers = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      workers.add(new Worker(gate));
    }
    List<Integer> served = new ArrayList<>();
    Worker holder = workers.get(0);
    workers.forEach(worker -> worker.ask(1));
    for (int i = 0; i < 20; i++) {
      holder.end();
      // Whoever has just left is always the first to ask again.
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
    NodeGate gate = gate(Limits.NONE.withConcurrencyPerNode(1));
    Run run = entered(gate, 1);
    Worker gone = new Worker(gate);
    gone.ask(1);
    Worker waiting = new Worker(gate);
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
    NodeGate gate = gate(Limits.NONE, Optional.of(BREAKER));
    Run old = entered(gate, 1);
    entered(gate, 2).leave(0, 0, 2);
    assertThat(gate.describe()).contains("circuit breaker is open", "2 of 2", "PT10S");
    Worker worker = new Worker(gate);
    assertThat(worker.ask(5)).isFalse();
    old.leave(0, 1, 0);
    assertThat(worker.called).isZero();
    timer.advance(Duration.ofSeconds(10));
    assertThat(worker.called).isEqualTo(1);
    Run probe = gate.enter(5, worker).orElseThrow();
    assertThat(probe.messages()).isEqualTo(1);
    Worker other = new Worker(gate);
    assertThat(other.ask(1)).isFalse();
    probe.leave(0, 1, 0);
    assertThat(other.called).isEqualTo(1);
    assertThat(gate.describe()).isEmpty();
  }

  @Test
  void a_breaker_that_opens_and_closes_is_in_the_log_under_the_name_of_the_subscription() {
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    Logger logger = (Logger) LoggerFactory.getLogger(NodeGate.class);
    logger.addAppender(log);
    logger.setLevel(Level.INFO);
    try {
      NodeGate gate = gate(Limits.NONE, Optional.of(BREAKER));
      entered(gate, 2).leave(0, 0, 2);
      timer.advance(Duration.ofSeconds(10));
      entered(gate, 1).leave(0, 0, 1);
      timer.advance(Duration.ofSeconds(10));
      entered(gate, 1).leave(0, 1, 0);
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
    NodeGate gate = gate(Limits.NONE.withConcurrencyInCluster(10).withRateInCluster(100));
    Worker worker = new Worker(gate);
    assertThat(worker.ask(1)).isFalse();
    ShareReport report = gate.report("node");
    assertThat(report.permits().orElseThrow().wanted()).isEqualTo(10);
    timer.advance(Duration.ofSeconds(1));
    gate.take(answer(report, 1, 100));
    assertThat(worker.called).isZero();
    timer.advance(Duration.ofMillis(10));
    assertThat(worker.called).isEqualTo(1);
    assertThat(worker.ask(1)).isTrue();
    assertThat(worker.ask(1)).isFalse();
    assertThat(gate.describe()).contains("1 of 10");
    timer.advance(Duration.ofMillis(3989));
    worker.end();
    assertThat(worker.ask(1)).isTrue();
    timer.advance(Duration.ofMillis(1));
    worker.end();
    assertThat(worker.ask(1)).isFalse();
    assertThat(gate.describe()).contains("0 of 10");
  }

  private static ShareAnswer answer(ShareReport report, int permits, double rate) {
    return new ShareAnswer(
        report.number(), permits, rate, Duration.ofSeconds(5), Duration.ofSeconds(1));
  }

  @Test
  void a_run_leaves_once_with_no_more_than_it_was_given() {
    NodeGate gate = gate(Limits.NONE.withConcurrencyPerNode(1));
    Run run = entered(gate, 2);
    assertThatThrownBy(() -> run.leave(1, 1, 1)).isInstanceOf(IllegalArgumentException.class);
    run.leave(1, 1, 0);
    assertThatThrownBy(() -> run.leave(1, 1, 0)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void callers_are_called_by_the_executor_and_not_by_the_one_that_leaves() {
    List<Runnable> queue = new ArrayList<>();
    NodeGate gate =
        new NodeGate(
            "s",
            Limits.NONE.withConcurrencyPerNode(1),
            Optional.empty(),
            timer::nanoTime,
            timer,
            queue::add);
    Run run = entered(gate, 1);
    AtomicInteger called = new AtomicInteger();
    gate.enter(1, called::incrementAndGet);
    run.leave(0, 1, 0);
    assertThat(called).hasValue(0);
    queue.forEach(Runnable::run);
    assertThat(called).hasValue(1);
  }
}
