package org.perille.internal.worker;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import org.perille.SubscriptionStatus.PartitionProblems;
import org.perille.Topic;
import org.perille.internal.cursor.SequenceIndex;
import org.perille.internal.feed.MessageReader;
import org.perille.internal.handler.AttemptOutcome;
import org.perille.internal.handler.ClaimedPartition;
import org.perille.internal.handler.HandlerPool;
import org.perille.internal.handler.Invocation;
import org.perille.internal.handler.Invoker;
import org.perille.internal.handler.PendingDelivery;
import org.perille.internal.partition.PartitionRequest;
import org.slf4j.Logger;

/**
 * Executes the actions of a worker that need no actor.
 *
 * <p>They concern its handlers, the cursor beside their effects, reading, forwarding, answers and
 * the log.
 *
 * <p><b>Threading</b>: used by the worker alone. Results may arrive on any thread.
 */
public final class WorkerEffects<T> {
  private final WorkerAssignment<T> assignment;
  private final SequenceIndex marks;
  private final Consumer<WorkerInput> inTurn;
  private final WorkerLog log;
  private final WorkerReports reports;
  private final MessageReader reader;
  private final Forwarding forwarding;
  private Optional<HandlerPool> pool = Optional.empty();
  private Optional<ClaimedPartition<T>> claimed = Optional.empty();

  /**
   * Creates the effects of a worker.
   *
   * @param inTurn passes results to the worker, on any thread
   */
  public WorkerEffects(
      WorkerAssignment<T> assignment,
      SequenceIndex marks,
      Logger log,
      Consumer<WorkerInput> inTurn) {
    this.assignment = assignment;
    this.marks = marks;
    this.inTurn = inTurn;
    this.log = new WorkerLog(assignment.subscription(), assignment.partition(), log);
    this.reports = new WorkerReports(assignment);
    this.reader =
        new MessageReader(
            assignment.journal(),
            assignment.partition().persistenceId(),
            assignment.settings().decompressor());
    this.forwarding =
        new Forwarding(
            assignment.subscription().deadLetterTopic().map(Topic::name),
            assignment.chainPublishers());
  }

  /** Sets the partition whose cursor is stored beside the effects. */
  public void claimed(ClaimedPartition<T> partition) {
    claimed = Optional.of(partition);
  }

  /** Returns the partition whose cursor is stored beside the effects. */
  public Optional<ClaimedPartition<T>> claimed() {
    return claimed;
  }

  /** Sets the invoker that handles messages from now on. */
  public void startHandlers(Invoker invoker) {
    pool =
        Optional.of(
            new HandlerPool(
                assignment.threads(),
                invoker,
                new HandlerPool.PoolLimits(
                    assignment.subscription().parallelism(),
                    assignment.limiter(),
                    assignment.subscription().deadline()),
                () -> inTurn.accept(PoolSignal.OUTCOMES_READY)));
  }

  /** Executes an action; returns false if it needs an actor. */
  public boolean carryOut(WorkerAction action) {
    if (action instanceof WorkerAction.Handle handle) {
      handlers().add(handle.deliveries());
    } else if (action instanceof WorkerAction.Report report) {
      report(report);
    } else if (action instanceof WorkerAction.Note note) {
      log.write(note.note());
      reports.report(note.note());
    } else if (action instanceof WorkerAction.Reply reply) {
      reply.reply().send();
    } else if (action instanceof WorkerAction.ReadMessages read) {
      whenDone(
          reader.read(read.wanted()), found -> new WorkerEvent.MessagesRead(read.batch(), found));
    } else if (action instanceof WorkerAction.Forward forward) {
      whenDone(
          forwarding.forward(forward.letter(), forward.shown(), forward.entry()),
          receipt -> new WorkerEvent.DeadLetterForwarded(forward.letter().offset()));
    } else {
      return carryOutInPool(action) || changeCursor(action);
    }
    return true;
  }

  private boolean carryOutInPool(WorkerAction action) {
    if (action instanceof WorkerAction.ReleaseKey release) {
      handlers().skip(release.group());
    } else if (action instanceof WorkerAction.WithdrawKey withdraw) {
      handlers().withdraw(withdraw.group());
    } else if (action instanceof WorkerAction.ConfirmGivingUp confirm) {
      if (!handlers().giveUp(confirm.delivery(), confirm.cause(), confirm.decision())) {
        throw new IllegalStateException("no effects are kept of which to confirm " + confirm);
      }
    } else if (action instanceof WorkerAction.PauseHandlers pause) {
      handlers().pause(pause.paused());
    } else if (action instanceof WorkerAction.HoldFailedKeys) {
      handlers().holdForGood();
    } else if (action instanceof WorkerAction.StopHandlers stop) {
      (stop.drains() ? handlers().drain() : handlers().close())
          .whenComplete((quiet, ignored) -> inTurn.accept(PoolSignal.QUIET));
    } else {
      return false;
    }
    return true;
  }

  /** Changes the cursor beside the effects; returns false if there is none. */
  private boolean changeCursor(WorkerAction action) {
    if (claimed.isEmpty()) {
      return false;
    }
    ClaimedPartition<T> partition = claimed.get();
    if (action instanceof WorkerAction.StoreCursor store) {
      whenDone(partition.begin(store.cursor()), WorkerEvent.CursorStored::new);
    } else if (action instanceof WorkerAction.PassInCursor pass) {
      whenDone(
          partition.change(cursor -> cursor.finish(pass.offsets(), marks)),
          WorkerEvent.CursorStored::new);
    } else if (action instanceof WorkerAction.ReopenCursor reopen) {
      whenDone(
          partition.change(cursor -> cursor.reopen(reopen.offsets())),
          stored -> new WorkerEvent.CursorReopened(reopen.batch()));
    } else if (action instanceof WorkerAction.MarkCursor mark) {
      whenDone(
          partition.change(
              cursor -> cursor.mark().isPresent() ? cursor : cursor.marked(mark.mark())),
          stored -> WorkerEvent.CursorMarked.INSTANCE);
    } else {
      return false;
    }
    return true;
  }

  private <R> void whenDone(CompletionStage<R> stage, Function<R, WorkerEvent> event) {
    stage.whenComplete(
        (result, failure) ->
            inTurn.accept(failure == null ? event.apply(result) : new WorkerEvent.Failed(failure)));
  }

  private void report(WorkerAction.Report report) {
    PartitionProblems problems = report.problems();
    String limited = assignment.limiter().describe();
    if (problems.paused().isEmpty() && !limited.isEmpty()) {
      problems = problems.withPaused(limited);
    }
    assignment
        .partitionRequests()
        .accept(
            new PartitionRequest.CursorReport(
                assignment.name(),
                report.epoch(),
                report.nextOffset(),
                report.finishedAbove(),
                report.refusal().map(problems::withPaused).orElse(problems)));
  }

  /** Returns the number of calls of the handler that run. */
  int calls() {
    return pool.map(HandlerPool::calls).orElse(0);
  }

  private HandlerPool handlers() {
    return pool.orElseThrow();
  }

  /** Converts an input of the worker to an event, in the worker's turn. */
  public WorkerEvent toEvent(WorkerInput input) {
    if (input instanceof WorkerEvent event) {
      return event;
    }
    return switch ((PoolSignal) input) {
      case OUTCOMES_READY -> outcomes();
      case QUIET -> stopped(true);
      case STOP_TIMED_OUT -> stopped(false);
      case CHECK_DEADLINES -> checkDeadlines(assignment.time().nanoClock().getAsLong());
    };
  }

  private WorkerEvent.HandlersEnded outcomes() {
    List<AttemptOutcome> outcomes = handlers().takeOutcomes();
    Map<String, List<PendingDelivery>> behind = Map.of();
    for (AttemptOutcome outcome : outcomes) {
      Optional<PendingDelivery> failed = failed(outcome);
      if (failed.isPresent()) {
        behind = behind.isEmpty() ? new HashMap<>() : behind;
        behind.put(failed.get().group(), handlers().behind(failed.get().group()));
      }
    }
    return new WorkerEvent.HandlersEnded(outcomes, behind);
  }

  private static Optional<PendingDelivery> failed(AttemptOutcome outcome) {
    if (outcome instanceof AttemptOutcome.Done) {
      return Optional.empty();
    } else if (outcome instanceof AttemptOutcome.Failed failed) {
      return Optional.of(failed.delivery());
    } else if (outcome instanceof AttemptOutcome.GivenUp givenUp) {
      return Optional.of(givenUp.delivery());
    } else if (outcome instanceof AttemptOutcome.NotGivenUp open) {
      return Optional.of(open.delivery());
    }
    return Optional.empty();
  }

  private WorkerEvent.HandlersStopped stopped(boolean all) {
    WorkerEvent.HandlersEnded ended = outcomes();
    return new WorkerEvent.HandlersStopped(
        all, handlers().hasAbandoned(), ended, handlers().takeUntried());
  }

  /** Returns whether the handlers have nothing to do, so that none can miss its deadline. */
  boolean areHandlersIdle() {
    return pool.map(HandlerPool::isIdle).orElse(true);
  }

  /** Abandons the invocations that have missed their deadline, and counts hanging attempts. */
  public WorkerEvent checkDeadlines(long nowNanos) {
    if (pool.isEmpty()) {
      return new WorkerEvent.AttemptsHang(0);
    }
    handlers().abandonOverdue(nowNanos);
    List<Invocation.Hanging> hanging =
        handlers().hanging(nowNanos, assignment.settings().hangingAfter());
    hanging.stream().filter(Invocation.Hanging::isNew).forEach(log::hangs);
    return new WorkerEvent.AttemptsHang(hanging.size());
  }

  /** Closes the pool: no further handler starts. */
  public void close() {
    pool.ifPresent(HandlerPool::leave);
  }
}
