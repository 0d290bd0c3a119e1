package org.perille.proof.delivery;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.perille.Subscription;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.cursor.CursorPolicy;
import org.perille.internal.cursor.CursorStates;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailureSnapshot;
import org.perille.internal.failure.FailureState;
import org.perille.internal.feed.PartitionJournal;
import org.perille.internal.feed.ReadFrom;
import org.perille.internal.handler.ClaimedPartition;
import org.perille.internal.handler.Deliveries;
import org.perille.internal.handler.FunctionInvoker;
import org.perille.internal.handler.Invoker;
import org.perille.internal.handler.WorkerTime;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.payload.PayloadCodec;
import org.perille.internal.worker.EffectPolicy;
import org.perille.internal.worker.PoolSignal;
import org.perille.internal.worker.WorkerAction;
import org.perille.internal.worker.WorkerAssignment;
import org.perille.internal.worker.WorkerCore;
import org.perille.internal.worker.WorkerEffects;
import org.perille.internal.worker.WorkerEnd;
import org.perille.internal.worker.WorkerEvent;
import org.perille.internal.worker.WorkerInput;
import org.perille.internal.worker.WorkerState;
import org.perille.spi.Processing;
import org.perille.spi.TransactionalHandler.ClaimLostException;
import org.perille.testkit.history.Operation;
import org.perille.testkit.history.Phase;
import org.slf4j.helpers.NOPLogger;

/**
 * One run of a worker in a process.
 *
 * <p>The real core is surrounded by a queue of its inputs, by tasks, and by writes and reads under
 * way. The scenario chooses what happens next.
 */
final class ModelWorkerRun {
  /** Signals that a storage doesn't answer. */
  static final class StorageFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StorageFailedException(String what) {
      super(what, null, false, false);
    }
  }

  /**
   * The time after which a waiting worker reads its clock again. It is shorter than a real
   * worker's, as little time passes in a scenario.
   */
  private static final long LONGEST_SLEEP_MILLIS = 500;

  private record Act(String name, int weight, Runnable action) {}

  /** A write. It is done when it is stored, and known to be done when it is answered. */
  private record Write<W>(W what, long sequenceNumber, boolean stored) {
    static <W> Write<W> of(W what, long sequenceNumber) {
      return new Write<>(what, sequenceNumber, false);
    }

    Write<W> nowStored() {
      return new Write<>(what, sequenceNumber, true);
    }
  }

  private final Simulation scenario;
  private final long number;
  private final NodeClock clock;
  private final Subscription<String> subscription;
  private final ModelHandler handler;
  private final ModelLimiter limiter;
  private final WorkerCore core;
  private final WorkerEffects<String> effects;
  private final ArrayDeque<WorkerInput> turns = new ArrayDeque<>();
  private final List<Runnable> tasks = new ArrayList<>();

  /** The changes of the cursor beside effects. They may have to wait for transactions to end. */
  private final List<Runnable> claimTasks = new ArrayList<>();

  /** The tasks that retry transactions after a second. */
  private final List<Runnable> startsLater = new ArrayList<>();

  private final List<Runnable> reads = new ArrayList<>();
  private Optional<Write<List<FailureEvent>>> failureWrite = Optional.empty();
  private Optional<Write<Cursor>> cursorWrite = Optional.empty();
  private Optional<Runnable> recovery = Optional.empty();
  private long failureEvents;
  private long cursorEvents;
  private long knownBelow;
  private long wakeAt = Long.MAX_VALUE;

  /** The end of the longest sleep, in the time that has passed. */
  private long sleepsUntil = Long.MAX_VALUE;

  private long fedUpTo = -1;
  private Optional<ModelFeedClient> feedClient = Optional.empty();
  private long epoch;
  private boolean flushWanted;
  private boolean endingSoon;
  private boolean dead;
  private boolean acting;
  private boolean failed;
  private Optional<StoredClaim> claim = Optional.empty();

  /** True while a thread of this run moves the cursor. Other threads would wait for that. */
  private boolean movesCursor;

  ModelWorkerRun(Simulation scenario, long number) {
    this.scenario = scenario;
    this.number = number;
    this.clock = scenario.anyNodeClock();
    this.subscription = scenario.setup().subscription();
    this.handler = new ModelHandler(scenario, this);
    this.limiter = new ModelLimiter(scenario.random(), scenario.setup().limiterRefuses());
    PartitionJournal journal =
        (id, from, to) -> read("journal", () -> scenario.topic().read(from, to));
    WorkerAssignment<String> assignment =
        new WorkerAssignment<>(
            subscription.name(),
            subscription,
            scenario.topic().id(),
            scenario.setup().settings(),
            new PayloadCodec<>(scenario.system(), String.class),
            tasks::add,
            request -> {},
            topic -> {
              throw new IllegalStateException("nothing is published here");
            },
            journal,
            limiter,
            clock);
    this.core =
        new WorkerCore(
            subscription,
            scenario.topic().id(),
            scenario.setup().settings(),
            EffectPolicy.of(Processing.of(subscription)),
            () -> 0);
    this.effects =
        new WorkerEffects<>(assignment, core.marks(), NOPLogger.NOP_LOGGER, this::inTurn);
    core.begin().forEach(this::carryOut);
  }

  @Override
  public String toString() {
    return "run " + number;
  }

  /** Sets the claim that the transactions use. */
  void uses(StoredClaim made) {
    claim = Optional.of(made);
  }

  StoredClaim claim() {
    return claim.orElseThrow();
  }

  boolean movesCursor() {
    return movesCursor;
  }

  void movesCursor(boolean moves) {
    movesCursor = moves;
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

  long epoch() {
    return epoch;
  }

  /** Returns the phase of the run, for a fault that hits it now. */
  Phase phase() {
    if (recovery.isPresent() || (fedUpTo < 0 && !core.isEnding())) {
      return Phase.RECOVERING;
    }
    if (core.isEnding()) {
      return Phase.HANDING_OFF;
    }
    if (failureWrite.filter(Write::stored).isPresent()
        || cursorWrite.filter(Write::stored).isPresent()) {
      return Phase.AFTER_WRITE;
    }
    if (failureWrite.isPresent() || cursorWrite.isPresent()) {
      return Phase.BEFORE_WRITE;
    }
    return core.cursor().equals(core.durableCursor()) ? Phase.UNKNOWN : Phase.AFTER_ANSWER;
  }

  /** Returns whether the process is gone. */
  boolean isDead() {
    return dead;
  }

  /** Returns whether the worker has stopped. Its handlers may still run. */
  boolean isOver() {
    return dead || core.end().isPresent();
  }

  /** Returns the end of the messages that were known when the run started. */
  long knownBelow() {
    return knownBelow;
  }

  /** Returns whether a storage has failed, so that the worker can't stop in good order. */
  boolean hasFailed() {
    return failed;
  }

  /** Returns whether the run has nothing more to do. */
  boolean isGone() {
    return isOver()
        && failureWrite.isEmpty()
        && cursorWrite.isEmpty()
        && (dead || (hasNoTasks() && handler.isIdle()));
  }

  private boolean hasNoTasks() {
    return tasks.isEmpty() && claimTasks.isEmpty() && startsLater.isEmpty();
  }

  private Random random() {
    return scenario.random();
  }

  private <R> CompletionStage<R> read(String what, Supplier<R> result) {
    CompletableFuture<R> read = new CompletableFuture<>();
    reads.add(
        () -> {
          if (scenario.fault().stores()) {
            read.complete(result.get());
          } else {
            failed = true;
            read.completeExceptionally(new StorageFailedException(what));
          }
        });
    return read;
  }

  /** Queues an input for the worker. */
  void inTurn(WorkerInput input) {
    turns.add(input);
  }

  // The actions of the core

  private void carryOut(WorkerAction action) {
    if (effects.carryOut(action)) {
      return;
    }
    if (action instanceof WorkerAction.WakeAt wake) {
      sleepUntil(wake.millis());
    } else if (action instanceof WorkerAction.FlushLater) {
      flushWanted = true;
    } else if (action instanceof WorkerAction.RequestBatch) {
      feedClient.orElseThrow().next();
    } else if (action instanceof WorkerAction.StoreFailures store) {
      failureWrite = Optional.of(Write.of(store.changes(), failureEvents));
    } else if (action instanceof WorkerAction.StoreCursor store) {
      if (core.policy().outlivesWorker()) {
        cursorWrite = Optional.of(Write.of(store.cursor(), cursorEvents));
      } else {
        inTurn(new WorkerEvent.CursorStored(store.cursor()));
      }
    } else if (action instanceof WorkerAction.RecoverFailures) {
      recovery = Optional.of(this::recoverFailures);
    } else if (action instanceof WorkerAction.RecoverCursor) {
      recovery = Optional.of(this::recoverCursor);
    } else if (action instanceof WorkerAction.StartHandlers start) {
      began(start.epoch(), start.cursor());
      effects.startHandlers(invoker());
    } else if (action instanceof WorkerAction.StartFeed start) {
      startFeed(start);
    } else if (action instanceof WorkerAction.StopFeed) {
      feedClient.ifPresent(ModelFeedClient::stop);
      endingSoon = true;
      fedUpTo = -1;
    } else if (action instanceof WorkerAction.End end) {
      end(end.how());
    } else {
      throw new IllegalStateException("nothing carries out " + action);
    }
  }

  private void sleepUntil(long millis) {
    if (millis != wakeAt) {
      wakeAt = millis;
      sleepsUntil = scenario.clock().passedMillis() + LONGEST_SLEEP_MILLIS;
    }
  }

  // Recovery, in the order of the real worker

  private void recoverFailures() {
    recovery = Optional.empty();
    FailureSnapshot known = scenario.storage().recoverFailures(clock.millis());
    failureEvents = scenario.storage().failureEvents();
    knownBelow =
        FailureState.restore(known).unhandled().stream()
            .mapToLong(offset -> offset + 1)
            .max()
            .orElse(0);
    act(new WorkerEvent.FailuresRecovered(known));
  }

  private void recoverCursor() {
    recovery = Optional.empty();
    if (core.policy() == CursorPolicy.NEVER) {
      act(new WorkerEvent.CursorRecovered(number, Optional.empty()));
    } else if (core.policy() == CursorPolicy.WITH_EFFECT) {
      ClaimedPartition.claim(
              () -> scenario.effects().claim(this), claimTasks::add, startsLater::add)
          .whenComplete(
              (claimed, failure) -> {
                if (failure == null) {
                  effects.claimed(claimed);
                  inTurn(new WorkerEvent.CursorRecovered(claimed.epoch(), claimed.cursor()));
                } else {
                  failed = true;
                  inTurn(new WorkerEvent.Failed(new StorageFailedException("the claim")));
                }
              });
    } else {
      Optional<Cursor> recovered = scenario.storage().recoverCursor();
      cursorEvents = scenario.storage().cursorEvents();
      scenario.ledger().takenOver();
      act(new WorkerEvent.CursorRecovered(cursorEvents, recovered));
    }
  }

  private void began(long ownEpoch, Optional<Cursor> recovered) {
    if (core.policy() == CursorPolicy.NEVER) {
      epoch = number;
      return;
    }
    epoch = ownEpoch;
    if (recovered.isEmpty() && scenario.setup().startsLatest()) {
      return;
    }
    Cursor cursor = recovered.orElseGet(() -> Cursor.startingAt(0, 1));
    scenario.notePassedOver(cursor.generation());
    List<Long> above = new ArrayList<>();
    for (OffsetSet.Range range : cursor.finished().above()) {
      for (long offset = range.from(); offset < range.to(); offset++) {
        above.add(offset);
      }
    }
    scenario.record(
        at ->
            new Operation.CursorRecovered(
                at,
                subscription.name(),
                scenario.topic().id().partition(),
                epoch,
                cursor.finished().below(),
                above));
  }

  private Invoker invoker() {
    if (effects.claimed().isPresent()) {
      return effects.claimed().get().invoker(deliveries(), core.marks(), core::passedBeforeNow);
    }
    return scenario.setup().async()
        ? FunctionInvoker.async(deliveries(), handler::handleLater)
        : FunctionInvoker.blocking(deliveries(), handler::handle);
  }

  private Deliveries<String> deliveries() {
    return new Deliveries<>(
        subscription.name(),
        scenario.topic().id(),
        new PayloadCodec<>(scenario.system(), String.class),
        WorkerTime.of(clock));
  }

  private void startFeed(WorkerAction.StartFeed start) {
    ReadFrom from =
        start
            .cursor()
            .<ReadFrom>map(c -> new ReadFrom.Resume(c.nextOffset(), c.sequenceNumber(), c.mark()))
            .orElseGet(() -> ReadFrom.of(subscription.start()));
    feedClient = Optional.of(new ModelFeedClient(scenario, this, start.epoch(), from));
    feedClient.get().begin();
  }

  // The possible steps

  /**
   * Takes one step.
   *
   * @return false if there is nothing to do
   */
  boolean step() {
    List<Act> acts = possible();
    if (acts.isEmpty()) {
      return false;
    }
    int chosen = random().nextInt(acts.stream().mapToInt(Act::weight).sum());
    int i = 0;
    while (chosen >= acts.get(i).weight) {
      chosen -= acts.get(i).weight;
      i++;
    }
    scenario.tell(this, acts.get(i).name);
    try {
      acts.get(i).action.run();
    } catch (RuntimeException | AssertionError e) {
      // If a handler runs meanwhile, this would count as its failure.
      scenario.violated(e);
      throw e;
    }
    return true;
  }

  private void runAny(List<Runnable> runnables) {
    runnables.remove(random().nextInt(runnables.size())).run();
  }

  /**
   * Returns whether a change of the cursor has to wait. Unlike a transaction, it waits without a
   * time-out.
   */
  private boolean waitsForTurn() {
    return scenario.effects().takesTurns() && claim.map(StoredClaim::isRunning).orElse(false);
  }

  private Setup.Pace pace() {
    return scenario.setup().pace();
  }

  private List<Act> possible() {
    List<Act> acts = new ArrayList<>();
    failureWrite.ifPresent(write -> acts.add(failures(write)));
    cursorWrite.ifPresent(write -> acts.add(cursor(write)));
    if (dead) {
      return acts;
    }
    if (!tasks.isEmpty() && scenario.mayNest() && !movesCursor) {
      acts.add(new Act("task", pace().threads(), () -> runAny(tasks)));
    }
    if (!claimTasks.isEmpty() && scenario.mayNest() && !movesCursor && !waitsForTurn()) {
      acts.add(new Act("claim task", pace().threads(), () -> runAny(claimTasks)));
    }
    if (!startsLater.isEmpty()) {
      acts.add(new Act("starts again", pace().threads(), () -> runAny(startsLater)));
    }
    if (handler.hasLater()) {
      acts.add(new Act("handler ends", pace().threads(), handler::endAny));
    }
    if (!limiter.isQuiet()) {
      acts.add(new Act("limiter opens", 5, limiter::open));
    }
    if (isOver()) {
      return acts;
    }
    if (!reads.isEmpty()) {
      acts.add(new Act("read", 10, () -> reads.remove(random().nextInt(reads.size())).run()));
    }
    feedClient.ifPresent(client -> addActs(client, acts));
    if (acting) {
      return acts;
    }
    recovery.ifPresent(
        next -> {
          acts.add(new Act("recovers", 1, next));
          if (!scenario.isHealed()) {
            acts.add(new Act("waits for its storage", pace().recovery(), () -> {}));
          }
        });
    if (!turns.isEmpty()) {
      acts.add(new Act("turn", 20, () -> act(turns.poll())));
    }
    if (clock.millis() >= wakeAt || scenario.clock().passedMillis() >= sleepsUntil) {
      acts.add(new Act("wakes", 10, this::wake));
    }
    if (flushWanted) {
      acts.add(new Act("flush", 3, this::flush));
    }
    if (endingSoon && pace().stopping() > 0) {
      acts.add(
          new Act("time-out of stop", pace().stopping(), () -> act(PoolSignal.STOP_TIMED_OUT)));
    }
    return acts;
  }

  private static void addActs(ModelFeedClient client, List<Act> acts) {
    if (client.hasToAsk()) {
      acts.add(new Act("asks to be fed", 5, client::ask));
    }
    if (client.hasLostFeed()) {
      acts.add(new Act("loses its feed", 5, client::loseFeed));
    }
    if (client.hasBatch()) {
      acts.add(new Act("batch arrives", 10, client::receiveBatch));
    }
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
        fed(event);
      }
      Set<Long> letters =
          event instanceof WorkerEvent.Requested
              ? Set.copyOf(core.failures().letters().keySet())
              : Set.of();
      WorkerState before = core.state();
      List<WorkerAction> actions = core.on(event, clock.millis());
      tell(event, before, actions);
      actions.forEach(this::carryOut);
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

  private void end(WorkerEnd end) {
    effects.close();
    if (end instanceof WorkerEnd.Failed failed) {
      Throwable cause = failed.cause();
      while (cause.getCause() != null && !(cause instanceof ClaimLostException)) {
        cause = cause.getCause();
      }
      if (!(cause instanceof StorageFailedException || cause instanceof ClaimLostException)) {
        throw new AssertionError("the worker can't go on: " + cause, cause);
      }
    }
    scenario.ended(this, end);
  }

  private void wake() {
    wakeAt = Long.MAX_VALUE;
    sleepsUntil = Long.MAX_VALUE;
    act(WorkerEvent.Woken.INSTANCE);
  }

  private void flush() {
    flushWanted = false;
    act(WorkerEvent.FlushDue.INSTANCE);
  }

  /** Checks what the worker receives from its feed. */
  private void fed(WorkerEvent event) {
    if (event instanceof WorkerEvent.FeedStarts starts) {
      scenario.ledger().feedStarts(starts);
      fedUpTo = starts.offset();
    } else if (event instanceof WorkerEvent.BatchReceived received) {
      scenario.ledger().received(this, fedUpTo, received.batch());
      fedUpTo = received.batch().endOffset();
    }
  }

  private Act failures(Write<List<FailureEvent>> write) {
    return write.stored
        ? new Act("failures answered", pace().failures(), this::failuresAnswered)
        : new Act("failures written", pace().failures(), () -> writeFailures(write));
  }

  private void failuresAnswered() {
    failureWrite = Optional.empty();
    failureEvents++;
    act(WorkerEvent.FailuresStored.INSTANCE);
  }

  private void writeFailures(Write<List<FailureEvent>> write) {
    failureWrite = Optional.empty();
    ModelFault fault = scenario.fault();
    boolean stored =
        fault.stores() && scenario.storage().addFailures(write.sequenceNumber, write.what);
    scenario.tell(this, stored ? "stored" : "did not store", write.what);
    scenario.noteFault(DeliveryFaults.FAILURE_WRITE, fault, stored);
    if (stored) {
      scenario.noteChanges(write.what);
    }
    if (stored && fault == ModelFault.NONE) {
      failureWrite = Optional.of(write.nowStored());
    } else {
      scenario.mark(stored ? Mark.WRITE_UNKNOWN : Mark.WRITE_REFUSED);
      failed = true;
      act(new WorkerEvent.Failed(new StorageFailedException("the failure log")));
    }
  }

  private Act cursor(Write<Cursor> write) {
    return write.stored
        ? new Act("cursor answered", pace().cursors(), () -> cursorAnswered(write.what))
        : new Act("cursor written", pace().cursors(), () -> writeCursor(write));
  }

  private void cursorAnswered(Cursor stored) {
    cursorWrite = Optional.empty();
    cursorEvents++;
    act(new WorkerEvent.CursorStored(stored));
  }

  private void writeCursor(Write<Cursor> write) {
    cursorWrite = Optional.empty();
    ModelFault fault = scenario.fault();
    boolean stored = fault.stores() && scenario.storage().move(write.sequenceNumber, write.what);
    scenario.tell(this, stored ? "stored" : "did not store", write.what);
    scenario.noteFault(DeliveryFaults.CURSOR_WRITE, fault, stored);
    if (stored && fault == ModelFault.NONE) {
      cursorWrite = Optional.of(write.nowStored());
    } else {
      failed = true;
      act(new WorkerEvent.Failed(new StorageFailedException("the cursor")));
    }
  }

  /** Abandons all running handlers, as at their deadline. */
  void missDeadlines() {
    if (!dead && subscription.deadline().isPresent()) {
      scenario.tell(this, "deadlines are missed");
      handler.abandon();
      act(effects.checkDeadlines(System.nanoTime() + TimeUnit.DAYS.toNanos(2)));
    }
  }

  /** Crashes the process. A write that has begun may still be stored. */
  void crash() {
    dead = true;
    effects.close();
    scenario.effects().crashed(this);
    if (!scenario.fault().stores()) {
      failureWrite = Optional.empty();
    }
  }

  /** Returns a description of the state, with all that the run waits for. */
  String describe() {
    return "%s: fed to %d of %d, %d turns, %d tasks, %d reads, %d running, cursor %s, durable %s, row %s, failures %s"
        .formatted(
            this,
            fedUpTo,
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
    boolean fed = fedUpTo == scenario.topic().end() && handler.isIdle() && hasNoTasks();
    return fed
        && turns.isEmpty()
        && switch (core.policy()) {
          case NEVER -> scenario.ledger().isSettled(this);
          case WITH_EFFECT ->
              scenario.effects().cursor().map(c -> c.nextOffset()).orElse(0L) == fedUpTo;
          default -> core.durableCursor().map(Cursor::nextOffset).orElse(0L) == fedUpTo;
        };
  }
}
