package org.perille.proof.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.perille.DeadLetterFilter;
import org.perille.internal.cursor.CursorPolicy;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.partition.WorkerRequest;
import org.perille.internal.partition.WorkerRequest.Discard;
import org.perille.internal.partition.WorkerRequest.OperationDone;
import org.perille.internal.partition.WorkerRequest.Redrive;
import org.perille.internal.worker.WorkerEvent;
import org.perille.testkit.history.Operation;

/**
 * An operator who requests all kinds of operations, and compares answers with the durable state.
 */
final class ModelOperator {
  /** A durable operation. */
  private record Done(boolean redrives, List<Long> offsets, long generation) {}

  private final Simulation scenario;
  private final TestInbox<OperationDone> ordersDone = TestInbox.create();
  private final TestInbox<WorkerRequest.PausedSet> pausedSet = TestInbox.create();
  private final TestInbox<WorkerRequest.Finished> finished = TestInbox.create();
  private final TestInbox<WorkerRequest.ResetDone> resetDone = TestInbox.create();
  private final List<WorkerRequest> orders = new ArrayList<>();
  private Optional<WorkerRequest.Reset> reset = Optional.empty();
  private Optional<String> pauseAnswered = Optional.empty();
  private final Map<Long, Set<Long>> discarded = new HashMap<>();
  private final Set<Long> asked = new TreeSet<>();
  private long eventsRead;
  private int number;

  ModelOperator(Simulation scenario) {
    this.scenario = scenario;
  }

  private Random random() {
    return scenario.random();
  }

  private void send(WorkerRequest request) {
    ModelWorkerRun workerRun = scenario.workers().current();
    scenario.tell(workerRun, "is to do", request);
    workerRun.inTurn(new WorkerEvent.Requested(request));
  }

  /**
   * Records the effect of an event on dead letters, after a worker has decided on it.
   *
   * @param letters the dead letters before the event
   */
  void received(ModelWorkerRun workerRun, WorkerEvent event, Set<Long> letters) {
    if (event instanceof WorkerEvent.Requested asked && asked.request() instanceof Redrive) {
      Set<Long> before = new HashSet<>(letters);
      before.removeAll(workerRun.core().failures().letters().keySet());
      if (!before.isEmpty() && scenario.workers().isCurrent(workerRun)) {
        scenario
            .ledger()
            .redriven(before, workerRun.core().cursor().orElseThrow().generation().number());
      }
    }
  }

  void redrive() {
    order(new Redrive("order " + number++, filter(), ordersDone.getRef()));
  }

  void discard() {
    order(new Discard("order " + number++, filter(), "because", ordersDone.getRef()));
  }

  private void order(WorkerRequest order) {
    orders.add(order);
    send(order);
  }

  void repeatOrder() {
    if (!orders.isEmpty()) {
      scenario.mark(Mark.ORDER_REPEATED);
      send(orders.get(random().nextInt(orders.size())));
    }
  }

  private DeadLetterFilter filter() {
    return switch (random().nextInt(3)) {
      case 0 -> DeadLetterFilter.all();
      case 1 -> DeadLetterFilter.all().withKey(scenario.application().anyKey());
      default ->
          DeadLetterFilter.all().withOffset(random().nextInt((int) scenario.topic().end() + 1));
    };
  }

  void pauseOrResume() {
    if (random().nextInt(3) == 0) {
      scenario.mark(Mark.PAUSED);
      send(new WorkerRequest.SetPaused(Optional.of("pause"), pausedSet.getRef()));
    } else {
      resume();
    }
  }

  void resume() {
    pauseAnswered = Optional.empty();
    send(new WorkerRequest.SetPaused(Optional.empty(), pausedSet.getRef()));
  }

  void awaitFinished() {
    long offset = awaited();
    asked.add(offset);
    send(new WorkerRequest.AwaitFinished(offset, finished.getRef()));
  }

  /** Repeats the requests that have no answer, to the current worker. */
  void askAgain() {
    asked.forEach(offset -> send(new WorkerRequest.AwaitFinished(offset, finished.getRef())));
  }

  /**
   * Returns an offset to wait for: a random one, a recently published one, or a failed one. Failed
   * messages are the hardest to report correctly.
   */
  private long awaited() {
    List<Long> failed = List.copyOf(scenario.storage().durableFailures().unhandled());
    long end = scenario.topic().end();
    return switch (random().nextInt(failed.isEmpty() ? 2 : 3)) {
      case 0 -> random().nextInt((int) end + 1);
      case 1 -> Math.max(0, end - 1 - random().nextInt(3));
      default -> failed.get(random().nextInt(failed.size()));
    };
  }

  void reset() {
    if (scenario.setup().policy() == CursorPolicy.NEVER) {
      return;
    }
    if (reset.isEmpty()) {
      // The owner of the partition says where the log ends, and knows no write before its answer.
      long end = scenario.partitions().current().end();
      long offset = random().nextInt((int) end + 1);
      reset =
          Optional.of(
              new WorkerRequest.Reset(
                  "reset " + number++,
                  offset,
                  scenario.topic().atOrBefore(offset, random()),
                  random().nextBoolean(),
                  resetDone.getRef()));
      scenario.record(at -> new Operation.ResetOrdered(at, "subscription", offset));
    }
    send(reset.get());
  }

  /** Checks that all answers received so far are true by now. */
  void takeAnswers(ModelWorkerRun workerRun) {
    for (OperationDone answer : ordersDone.getAllReceived()) {
      List<Done> done = done(answer.requestId());
      assertThat(done).as("how often %s is durable", answer).hasSize(1);
      assertThat(done.get(0).offsets)
          .as("what %s concerns", answer)
          .hasSize((int) answer.concerned());
      if (!done.get(0).redrives) {
        scenario.ledger().discarded(done.get(0).offsets, done.get(0).generation);
      }
      if (!done.get(0).offsets.isEmpty()) {
        scenario.mark(done.get(0).redrives ? Mark.REDRIVEN : Mark.DISCARDED);
      }
    }
    pausedSet.getAllReceived().forEach(answer -> pauseAnswered = answer.reason());
    for (WorkerRequest.Finished answer : finished.getAllReceived()) {
      asked.remove(answer.offset());
      if (!answer.deadLetter()) {
        long generation =
            workerRun.core().durableCursor().map(c -> c.generation().number()).orElse(0L);
        scenario.tell(workerRun, "says", answer, "in generation", generation);
        scenario.ledger().told(answer.offset(), generation);
      }
    }
    resetDone.getAllReceived().forEach(answer -> reset = Optional.empty());
  }

  private List<Done> done(String order) {
    List<Done> found = new ArrayList<>();
    long generation = 0;
    for (FailureEvent change : scenario.storage().changes().toList()) {
      if (change instanceof FailureEvent.GenerationBegun begun) {
        generation = begun.number();
      } else if (change instanceof FailureEvent.Redriven redriven
          && redriven.requestId().equals(order)) {
        found.add(new Done(true, redriven.offsets(), generation));
      } else if (change instanceof FailureEvent.Discarded gone && gone.requestId().equals(order)) {
        found.add(new Done(false, gone.offsets(), generation));
      }
    }
    return found;
  }

  /** Returns the messages that were durably discarded in a generation. */
  Set<Long> discarded(long wanted) {
    if (eventsRead != scenario.storage().failureEvents()) {
      eventsRead = scenario.storage().failureEvents();
      discarded.clear();
      long generation = 0;
      for (FailureEvent change : scenario.storage().changes().toList()) {
        if (change instanceof FailureEvent.GenerationBegun begun) {
          generation = begun.number();
        } else if (change instanceof FailureEvent.Discarded gone) {
          discarded.computeIfAbsent(generation, g -> new HashSet<>()).addAll(gone.offsets());
        }
      }
    }
    return discarded.getOrDefault(wanted, Set.of());
  }

  /** Returns whether a requested reset isn't done yet. */
  boolean awaitsReset() {
    return reset.isPresent();
  }
}
