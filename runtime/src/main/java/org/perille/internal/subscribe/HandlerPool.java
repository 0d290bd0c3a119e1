package org.perille.internal.subscribe;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.perille.DeadlineMissedException;
import org.perille.internal.failure.Judge;
import org.perille.internal.failure.UserCode;
import org.perille.internal.subscribe.Invoker.RunResult;

/**
 * Runs the handlers of one worker: a limited number at once, each for another unit, in the order of
 * each unit.
 *
 * <p>A thread that has finished a message takes the next one itself, and before it begins with one
 * it calls another thread for those that are left. So a quick handler costs no thread switch per
 * message: when the other one comes, there is nothing left. A slow one occupies one of the threads
 * and nothing else. A message that waits, for a database say, occupies none.
 *
 * <p>Everything mutable is guarded by this object's lock, which is never held while a handler runs.
 */
final class HandlerPool {
  /** What became of a message. */
  sealed interface Outcome {}

  /** It is handled. */
  record Done(Work work) implements Outcome {}

  /** The attempt failed; its unit waits until it is withdrawn or skipped. */
  record Failed(Work work, Throwable cause) implements Outcome {}

  /** What a message has left behind is certain, and it may be recorded what follows. */
  record GivenUp(Work work, Throwable cause, Judge.Verdict verdict) implements Outcome {}

  /**
   * What a message has left behind can't be found out at the moment.
   *
   * @param cause why the attempt failed
   * @param unknown why that isn't known
   */
  record NotGivenUp(Work work, Throwable cause, Throwable unknown) implements Outcome {}

  /** The pool can't go on. */
  record Broken(Throwable cause) implements Outcome {}

  /**
   * How many handlers may run, and for how long.
   *
   * @param parallelism rounds at once
   * @param gate what else limits them
   * @param deadline for an attempt, if there is one
   */
  record Limits(int parallelism, Gate gate, Optional<Duration> deadline) {}

  private final Executor executor;
  private final Invoker invoker;
  private final Limits limits;
  private final Runnable outcomesReady;

  /** The gate knows this pool by it. */
  private final Runnable gateMayBeOpen = this::gateMayBeOpen;

  private final KeyQueues<Work> queues = new KeyQueues<>(Work::alone);
  private final CompletableFuture<Void> quiet = new CompletableFuture<>();

  /** Rounds under way, the longest first. */
  private final Set<Round> rounds = new LinkedHashSet<>();

  private List<Outcome> outcomes = new ArrayList<>();
  private int running;

  /** One that was called, and hasn't come yet, is among the running. */
  private boolean called;

  /** Rounds that were given up, and run on beside those that count. */
  private int abandoned;

  private boolean everAbandoned;

  /** True if the worker has ended. */
  private boolean left;

  private boolean closed;
  private boolean draining;
  private boolean heldForGood;
  private boolean paused;
  private boolean atGate;

  /**
   * A pool with nothing to do.
   *
   * @param outcomesReady called when there are outcomes to take, once until they are taken
   */
  HandlerPool(Executor executor, Invoker invoker, Limits limits, Runnable outcomesReady) {
    this.executor = executor;
    this.invoker = invoker;
    this.limits = limits;
    this.outcomesReady = outcomesReady;
  }

  void add(List<Work> messages) {
    synchronized (this) {
      messages.forEach(work -> queues.add(work.unit(), work));
    }
    callRunner();
  }

  /** Lets go of the failed message of a unit, and goes on with the next one. */
  void skip(String unit) {
    synchronized (this) {
      queues.skip(unit);
      completeIfQuiet();
    }
    callRunner();
  }

  /**
   * Makes sure that nobody records an effect for a failed message any more, whose unit waits
   * meanwhile.
   *
   * @param verdict comes back with the outcome
   * @return false if there is nothing to be made sure of
   */
  boolean giveUp(Work work, Throwable cause, Judge.Verdict verdict) {
    if (!invoker.keepsEffects()) {
      return false;
    }
    synchronized (this) {
      if (closed) {
        // It fails again in the worker's next life.
        return true;
      }
      running++;
    }
    execute(
        () -> {
          CompletionStage<?> unused =
              invoker
                  .giveUp(work)
                  .whenComplete(
                      (done, failure) ->
                          orBreakOff(() -> endGivingUp(work, cause, verdict, done, failure)));
        });
    return true;
  }

  private void endGivingUp(
      Work work, Throwable cause, Judge.Verdict verdict, Invoker.GivingUp done, Throwable failure) {
    boolean first;
    synchronized (this) {
      first = outcomes.isEmpty();
      if (failure != null) {
        breakOff(failure);
      } else if (done instanceof Invoker.GivingUp.Unknown unknown) {
        outcomes.add(new NotGivenUp(work, cause, unknown.cause()));
      } else if (done instanceof Invoker.GivingUp.Done) {
        queues.skip(work.unit());
        outcomes.add(new Done(work));
      } else {
        outcomes.add(new GivenUp(work, cause, verdict));
      }
    }
    if (first) {
      outcomesReady.run();
    }
    end();
    callRunner();
  }

  private void breakOff(Throwable failure) {
    closed = true;
    outcomes.add(new Broken(UserCode.unwrap(failure)));
  }

  /** Runs something on another thread, which has a slot already. */
  private void execute(Runnable task) {
    orBreakOff(() -> executor.execute(() -> orBreakOff(task)));
  }

  /**
   * Runs the pool's own code, which has a slot. An error out of it is none of a handler's: nobody
   * knows what is missing. So the pool is broken, and the worker begins anew, instead of waiting
   * for a slot that is lost.
   */
  private void orBreakOff(Runnable task) {
    try {
      task.run();
    } catch (Throwable e) {
      synchronized (this) {
        called = false;
        breakOff(e);
        end();
      }
      outcomesReady.run();
    }
  }

  /** Takes a unit away whose message has failed, and gives what waits behind that. */
  synchronized List<Work> withdraw(String unit) {
    List<Work> behind = queues.withdraw(unit);
    completeIfQuiet();
    return behind;
  }

  /** Returns what waits behind the failed message of a unit. */
  synchronized List<Work> behind(String unit) {
    return queues.behind(unit);
  }

  /** Begins nothing as long as it is paused. */
  void pause(boolean isPaused) {
    synchronized (this) {
      paused = isPaused;
    }
    callRunner();
  }

  synchronized List<Outcome> takeOutcomes() {
    List<Outcome> taken = outcomes;
    outcomes = new ArrayList<>();
    return taken;
  }

  /** Begins no further handler; the stage completes when those that run have ended. */
  synchronized CompletionStage<Void> close() {
    closed = true;
    completeIfQuiet();
    return quiet;
  }

  /**
   * Closes the pool of a worker that has ended, and gives back the node's permits of rounds that
   * only wait: their stages may never complete, since what they wait for ends with the worker. A
   * handler that a thread is in keeps its permit until it returns.
   */
  void leave() {
    List<Round> waiting;
    synchronized (this) {
      closed = true;
      left = true;
      waiting = rounds.stream().filter(Round::onlyWaits).toList();
      waiting.forEach(this::forget);
      completeIfQuiet();
    }
    waiting.forEach(round -> round.leaveGate(0, 0));
  }

  private void forget(Round round) {
    rounds.remove(round);
    if (round.abandon()) {
      giveSlotBack();
    }
  }

  /** Handles what it has; the stage completes when that is done, or when it is closed and quiet. */
  synchronized CompletionStage<Void> drain() {
    draining = true;
    completeIfQuiet();
    return quiet;
  }

  /** Whoever decides about held keys no longer can: a drain doesn't wait for them. */
  synchronized void holdForGood() {
    heldForGood = true;
    completeIfQuiet();
  }

  /** Closes it, and gives what no handler has got. */
  synchronized List<Work> takeUntried() {
    closed = true;
    return queues.takeWaiting();
  }

  /** Returns whether a handler was ever given up, which may go on for as long as it likes. */
  synchronized boolean hasAbandoned() {
    return everAbandoned;
  }

  /** Returns the attempts that have run for longer than this. */
  synchronized List<Round.Hanging> hanging(long nowNanos, Duration allowed) {
    return rounds.stream()
        .filter(round -> round.isOverdue(nowNanos, allowed.toNanos()))
        .map(round -> round.hanging(nowNanos))
        .toList();
  }

  /** Gives up what has missed its deadline, if there is one; to be called now and then. */
  void abandonOverdue(long nowNanos) {
    boolean first = false;
    long allowed = limits.deadline.map(Duration::toNanos).orElse(Long.MAX_VALUE);
    List<Round> overdue;
    synchronized (this) {
      overdue =
          rounds.stream()
              .filter(round -> round.isOverdue(nowNanos, allowed) && round.abandon())
              .toList();
      for (Round round : overdue) {
        rounds.remove(round);
        first |= abandon(round);
      }
      completeIfQuiet();
    }
    overdue.forEach(round -> round.leaveGate(0, round.size() == 1 ? 1 : 0));
    if (first) {
      outcomesReady.run();
    }
    if (!overdue.isEmpty()) {
      callRunner();
    }
  }

  /** Of several messages nobody knows which one takes so long: each is tried alone. */
  private boolean abandon(Round round) {
    giveSlotBack();
    boolean first = outcomes.isEmpty();
    for (KeyQueues.Run<Work> run : round.runs()) {
      if (round.size() == 1) {
        outcomes.add(
            new Failed(
                run.messages().get(0),
                new DeadlineMissedException(
                    "the handler has not answered within the deadline of "
                        + limits.deadline.orElseThrow())));
        queues.finish(run.key(), 0, true);
      } else {
        int done = round.doneOf(run);
        run.messages().subList(0, done).forEach(work -> outcomes.add(new Done(work)));
        run.messages().subList(done, run.messages().size()).forEach(Work::beAlone);
        queues.finish(run.key(), done, false);
      }
    }
    return first && !outcomes.isEmpty();
  }

  /** Frees the slot of a round that was abandoned. */
  private void giveSlotBack() {
    everAbandoned = true;
    abandoned++;
    if (abandoned <= limits.parallelism) {
      running--;
    }
  }

  private void callRunner() {
    synchronized (this) {
      if (called || !mayBegin()) {
        return;
      }
      called = true;
      running++;
    }
    execute(
        () -> {
          synchronized (this) {
            called = false;
          }
          runUntilIdle();
        });
  }

  private boolean mayBegin() {
    return !closed && !paused && !atGate && running < limits.parallelism && queues.readyKeys() > 0;
  }

  private void gateMayBeOpen() {
    synchronized (this) {
      atGate = false;
    }
    callRunner();
  }

  private void runUntilIdle() {
    while (true) {
      Optional<Round> next = next();
      if (next.isEmpty()) {
        return;
      }
      callRunner();
      Round round = next.get();
      round.enter();
      CompletableFuture<List<RunResult>> results = invoke(round);
      round.leave();
      if (results.isDone()) {
        boolean goOn =
            results.isCompletedExceptionally()
                ? finish(round, List.of(), failureOf(results))
                : finish(round, results.join(), null);
        if (!goOn) {
          return;
        }
      } else if (!goOnBeside(round, results)) {
        return;
      }
    }
  }

  /** Returns whether this thread may begin another round while that one waits. */
  private boolean goOnBeside(Round round, CompletionStage<List<RunResult>> later) {
    CompletionStage<?> unused =
        later.whenComplete(
            (done, failure) ->
                orBreakOff(
                    () -> {
                      if (finish(round, done, failure)) {
                        end();
                        callRunner();
                      }
                    }));
    boolean another;
    boolean forgotten;
    synchronized (this) {
      another = mayBegin();
      running += another ? 1 : 0;
      forgotten = left && rounds.contains(round);
      if (forgotten) {
        forget(round);
      }
    }
    if (forgotten) {
      round.leaveGate(0, 0);
    }
    return another;
  }

  private synchronized void end() {
    running--;
    completeIfQuiet();
  }

  private static Throwable failureOf(CompletableFuture<?> results) {
    try {
      results.join();
      throw new IllegalStateException("completed without a failure");
    } catch (CompletionException e) {
      return e.getCause();
    }
  }

  private CompletableFuture<List<RunResult>> invoke(Round round) {
    try {
      return invoker.invoke(round).toCompletableFuture();
    } catch (Throwable e) {
      // Not a handler's: an invoker keeps those. So nothing is known of the round.
      return CompletableFuture.failedFuture(e);
    }
  }

  private synchronized Optional<Round> next() {
    int wanted =
        closed || paused || atGate
            ? 0
            : queues.takeable(invoker.maxKeys(), Math.max(1, invoker.maxMessages()));
    Optional<Gate.Run> allowed =
        wanted == 0 ? Optional.empty() : limits.gate.enter(wanted, gateMayBeOpen);
    if (allowed.isEmpty()) {
      atGate |= wanted > 0;
      running--;
      completeIfQuiet();
      return Optional.empty();
    }
    return Optional.of(take(allowed.get()));
  }

  private Round take(Gate.Run allowed) {
    try {
      Round round = new Round(queues.take(invoker.maxKeys(), allowed.messages()));
      round.admittedAs(allowed);
      rounds.add(round);
      return round;
    } catch (Throwable e) {
      // The gate is the node's, and outlives this pool.
      allowed.leave(allowed.messages(), 0, 0);
      throw e;
    }
  }

  private void completeIfQuiet() {
    if (running == 0 && (closed || (draining && isDrained()))) {
      quiet.complete(null);
    }
  }

  private boolean isDrained() {
    return heldForGood ? queues.readyKeys() == 0 : queues.isEmpty();
  }

  /**
   * Takes what came of a round.
   *
   * @return whether the thread that ran it may go on with another one
   */
  private boolean finish(Round round, List<RunResult> results, Throwable failure) {
    boolean first;
    boolean inGate = false;
    int succeeded = 0;
    int failed = 0;
    try {
      synchronized (this) {
        rounds.remove(round);
        if (!round.end()) {
          return endAbandoned();
        }
        inGate = true;
        first = outcomes.isEmpty();
        if (failure == null) {
          for (int i = 0; i < round.runs().size(); i++) {
            RunResult result = results.get(i);
            succeeded += result.done();
            failed += counts(result) ? 1 : 0;
            finish(round.runs().get(i), result);
          }
        } else {
          breakOff(failure);
        }
      }
    } finally {
      if (inGate) {
        round.leaveGate(succeeded, failed);
      }
    }
    if (first) {
      outcomesReady.run();
    }
    return true;
  }

  private boolean counts(RunResult result) {
    return result.failure().map(Judge::countsForBreaker).orElse(false);
  }

  /** Its outcome was reported when it was given up. */
  private boolean endAbandoned() {
    boolean hadNoSlot = abandoned <= limits.parallelism;
    abandoned--;
    return !hadNoSlot;
  }

  private void finish(KeyQueues.Run<Work> run, RunResult result) {
    Optional<Throwable> failure = result.failure();
    for (int i = 0; i < result.done(); i++) {
      outcomes.add(new Done(run.messages().get(i)));
    }
    failure.ifPresent(cause -> outcomes.add(new Failed(run.messages().get(result.done()), cause)));
    queues.finish(run.key(), result.done(), failure.isPresent());
  }
}
