package org.perille.proof.delivery;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.perille.Subscription;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.cursor.CursorStates;
import org.perille.internal.worker.EffectPolicy;
import org.perille.internal.worker.WorkerAction;
import org.perille.internal.worker.WorkerCore;
import org.perille.internal.worker.WorkerEvent;
import org.perille.internal.worker.WorkerInput;
import org.perille.internal.worker.WorkerState;
import org.perille.proof.simulation.Step;
import org.perille.spi.Processing;
import org.perille.testkit.history.Phase;

/**
 * One run of a worker in a process.
 *
 * <p>The real core is surrounded by a queue of its inputs, by tasks, and by writes and reads under
 * way. The scenario chooses what happens next.
 */
final class ModelWorkerRun {
  private final Simulation scenario;
  private final long number;
  private final NodeClock clock;
  private final Subscription<String> subscription;
  private final ModelHandler handler;
  private final ModelLimiter limiter;
  private final WorkerCore core;
  private final RunEffects effects;
  private final ArrayDeque<WorkerInput> turns = new ArrayDeque<>();
  private final RunTasks tasks;
  private final RunReads reads;
  private final RunRecovery recovery;
  private final FailureWriter failureWriter;
  private final CursorWriter cursorWriter;
  private final RunFeed feed;
  private final RunTimers timers;
  private Optional<StoredClaim> claim = Optional.empty();
  private boolean dead;
  private boolean acting;
  private boolean failed;

  ModelWorkerRun(Simulation scenario, long number) {
    this.scenario = scenario;
    this.number = number;
    this.clock = scenario.random().any(scenario.clock().nodes());
    this.subscription = scenario.setup().subscription();
    this.handler = new ModelHandler(scenario, this);
    this.limiter = new ModelLimiter(scenario.random(), scenario.setup().limiterRefuses());
    this.tasks = new RunTasks(scenario, this);
    this.reads = new RunReads(scenario, this);
    this.recovery = new RunRecovery(scenario, this);
    this.failureWriter = new FailureWriter(scenario, this);
    this.cursorWriter = new CursorWriter(scenario, this);
    this.feed = new RunFeed(scenario, this);
    this.timers = new RunTimers(scenario, this);
    this.core =
        new WorkerCore(
            subscription,
            scenario.topic().id(),
            scenario.setup().settings(),
            EffectPolicy.of(Processing.of(subscription)),
            () -> 0);
    this.effects = new RunEffects(scenario, this);
    core.begin().forEach(effects::carryOut);
  }

  @Override
  public String toString() {
    return "run " + number;
  }

  long number() {
    return number;
  }

  /** Returns the clock of the node that the worker runs on. */
  NodeClock clock() {
    return clock;
  }

  WorkerCore core() {
    return core;
  }

  ModelHandler handler() {
    return handler;
  }

  RunTasks tasks() {
    return tasks;
  }

  RunReads reads() {
    return reads;
  }

  ModelLimiter limiter() {
    return limiter;
  }

  RunFeed feed() {
    return feed;
  }

  RunTimers timers() {
    return timers;
  }

  FailureWriter failureWriter() {
    return failureWriter;
  }

  CursorWriter cursorWriter() {
    return cursorWriter;
  }

  RunRecovery recovery() {
    return recovery;
  }

  RunEffects effects() {
    return effects;
  }

  /** Returns the number of the generation that the worker handles. */
  long generation() {
    return core.cursor().map(c -> c.generation().number()).orElse(0L);
  }

  /** Sets the claim that the transactions use. */
  void uses(StoredClaim made) {
    claim = Optional.of(made);
  }

  Optional<StoredClaim> claim() {
    return claim;
  }

  /** Returns the phase of the run, for a fault that hits it now. */
  Phase phase() {
    if (recovery.isUnderWay() || (!feed.isKnown() && !core.isEnding())) {
      return Phase.RECOVERING;
    }
    if (core.isEnding()) {
      return Phase.HANDING_OFF;
    }
    if (failureWriter.hasStored() || cursorWriter.hasStored()) {
      return Phase.AFTER_WRITE;
    }
    if (isWriting()) {
      return Phase.BEFORE_WRITE;
    }
    return core.cursor().equals(core.durableCursor()) ? Phase.UNKNOWN : Phase.AFTER_ANSWER;
  }

  private boolean isWriting() {
    return !failureWriter.isIdle() || !cursorWriter.isIdle();
  }

  /** Returns whether the process is gone. */
  boolean isDead() {
    return dead;
  }

  /** Returns whether the worker has stopped. Its handlers may still run. */
  boolean isOver() {
    return dead || core.end().isPresent();
  }

  /** Returns whether the run has nothing more to do. */
  boolean isGone() {
    return isOver() && !isWriting() && (dead || (tasks.isEmpty() && handler.isIdle()));
  }

  /** Records that a storage has failed, and returns the error for the worker. */
  StorageFailedException storageFailed(String what) {
    failed = true;
    return new StorageFailedException(what);
  }

  /** Returns whether a storage has failed, so that the worker can't stop in good order. */
  boolean hasFailed() {
    return failed;
  }

  /** Queues an input for the worker. */
  void inTurn(WorkerInput input) {
    turns.add(input);
  }

  /**
   * Takes one step.
   *
   * @return false if there is nothing to do
   */
  boolean step() {
    List<Step> steps = possible();
    if (steps.isEmpty()) {
      return false;
    }
    Step step = Step.any(steps, scenario.random());
    scenario.tell(this, step.name());
    try {
      step.action().run();
    } catch (RuntimeException | AssertionError e) {
      // If a handler runs meanwhile, this would count as its failure.
      scenario.violated(e);
      throw e;
    }
    return true;
  }

  private List<Step> possible() {
    List<Step> steps = new ArrayList<>();
    failureWriter.addTo(steps);
    cursorWriter.addTo(steps);
    if (dead) {
      return steps;
    }
    tasks.addTo(steps);
    if (handler.hasLater()) {
      steps.add(new Step("handler ends", scenario.setup().pace().threads(), handler::endAny));
    }
    if (!limiter.isQuiet()) {
      steps.add(new Step("limiter opens", 5, limiter::open));
    }
    if (isOver()) {
      return steps;
    }
    reads.addTo(steps);
    feed.addTo(steps);
    if (acting) {
      return steps;
    }
    recovery.addTo(steps);
    if (!turns.isEmpty()) {
      steps.add(new Step("turn", 20, () -> act(turns.poll())));
    }
    timers.addTo(steps);
    return steps;
  }

  /** Passes an input to the core, and carries out the actions that the core returns. */
  void act(WorkerInput input) {
    if (isOver()) {
      return;
    }
    acting = true;
    try {
      WorkerEvent event = effects.toEvent(input);
      if (!core.isEnding()) {
        feed.received(event);
      }
      Set<Long> letters =
          event instanceof WorkerEvent.Requested
              ? Set.copyOf(core.failures().letters().keySet())
              : Set.of();
      WorkerState before = core.state();
      List<WorkerAction> actions = core.on(event, clock.millis());
      tell(event, before, actions);
      actions.forEach(effects::carryOut);
      scenario.operator().received(this, event, letters);
      scenario.ledger().observe(this);
      scenario.waits().observe(this);
    } finally {
      acting = false;
    }
  }

  private void tell(WorkerEvent event, WorkerState before, List<WorkerAction> actions) {
    scenario.tell(this, "event", new Description(event));
    if (core.state() != before) {
      scenario.tell(this, "state", core.state());
    }
    actions.forEach(action -> scenario.tell(this, "action", new Description(action)));
  }

  /** Abandons all running handlers, as at their deadline. */
  void missDeadlines() {
    if (!dead && subscription.deadline().isPresent()) {
      scenario.tell(this, "deadlines are missed");
      handler.abandon();
      act(effects.missedDeadlines());
    }
  }

  /** Crashes the process. A write that has begun may still be stored. */
  void crash() {
    dead = true;
    effects.close();
    scenario.effects().crashed(this);
    if (!scenario.faults().ofWrite().stores()) {
      failureWriter.drop();
    }
  }

  /** Returns a description of the state, with all that the run waits for. */
  String describe() {
    return "%s: fed to %d of %d, %d turns, %d tasks, %d reads, %d running, cursor %s, durable %s, row %s, failures %s"
        .formatted(
            this,
            feed.fedUpTo(),
            scenario.topic().end(),
            turns.size(),
            tasks.size(),
            reads.size(),
            handler.running().size(),
            core.cursor(),
            core.durableCursor(),
            scenario.effects().cursor().map(new CursorStates()::fromState),
            core.failures().snapshot());
  }

  /** Returns whether all messages were fed to the worker and are durably finished. */
  boolean isCaughtUp() {
    long end = scenario.topic().end();
    return feed.fedUpTo() == end
        && handler.isIdle()
        && tasks.isEmpty()
        && turns.isEmpty()
        && switch (core.policy()) {
          case NEVER -> scenario.ledger().isSettled(this);
          case WITH_EFFECT ->
              scenario.effects().cursor().map(c -> c.nextOffset()).orElse(0L) == end;
          default -> core.durableCursor().map(Cursor::nextOffset).orElse(0L) == end;
        };
  }
}
