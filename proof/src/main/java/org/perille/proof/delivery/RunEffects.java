package org.perille.proof.delivery;

import java.util.concurrent.TimeUnit;
import org.perille.Subscription;
import org.perille.internal.handler.ClaimedPartition;
import org.perille.internal.handler.Deliveries;
import org.perille.internal.handler.FunctionInvoker;
import org.perille.internal.handler.Invoker;
import org.perille.internal.handler.WorkerTime;
import org.perille.internal.payload.PayloadCodec;
import org.perille.internal.worker.WorkerAction;
import org.perille.internal.worker.WorkerAssignment;
import org.perille.internal.worker.WorkerCore;
import org.perille.internal.worker.WorkerEffects;
import org.perille.internal.worker.WorkerEnd;
import org.perille.internal.worker.WorkerEvent;
import org.perille.internal.worker.WorkerInput;
import org.perille.spi.TransactionalHandler.ClaimLostException;
import org.slf4j.helpers.NOPLogger;

/** Carries out the actions of a run's core, through models of everything around a worker. */
final class RunEffects {
  private final Simulation scenario;
  private final ModelWorkerRun workerRun;
  private final WorkerCore core;
  private final WorkerEffects<String> effects;

  RunEffects(Simulation scenario, ModelWorkerRun workerRun) {
    this.scenario = scenario;
    this.workerRun = workerRun;
    this.core = workerRun.core();
    this.effects =
        new WorkerEffects<>(assignment(), core.marks(), NOPLogger.NOP_LOGGER, workerRun::inTurn);
  }

  private WorkerAssignment<String> assignment() {
    Subscription<String> subscription = scenario.setup().subscription();
    return new WorkerAssignment<>(
        subscription.name(),
        subscription,
        scenario.topic().id(),
        scenario.setup().settings(),
        codec(),
        workerRun.tasks()::add,
        request -> {},
        topic -> {
          throw new IllegalStateException("nothing is published here");
        },
        workerRun.reads(),
        workerRun.limiter(),
        workerRun.clock());
  }

  private PayloadCodec<String> codec() {
    return new PayloadCodec<>(scenario.system(), String.class);
  }

  /** Sets the claim on the partition. */
  void claimed(ClaimedPartition<String> claimed) {
    effects.claimed(claimed);
  }

  /** Returns the event for an input of the worker. */
  WorkerEvent toEvent(WorkerInput input) {
    return effects.toEvent(input);
  }

  void carryOut(WorkerAction action) {
    if (effects.carryOut(action)) {
      return;
    }
    if (action instanceof WorkerAction.WakeAt wake) {
      workerRun.timers().sleepUntil(wake.millis());
    } else if (action instanceof WorkerAction.FlushLater) {
      workerRun.timers().flushLater();
    } else if (action instanceof WorkerAction.RequestBatch) {
      workerRun.feed().next();
    } else if (action instanceof WorkerAction.StoreFailures store) {
      workerRun.failureWriter().begin(store.changes());
    } else if (action instanceof WorkerAction.StoreCursor store) {
      if (core.policy().outlivesWorker()) {
        workerRun.cursorWriter().begin(store.cursor());
      } else {
        workerRun.inTurn(new WorkerEvent.CursorStored(store.cursor()));
      }
    } else if (action instanceof WorkerAction.RecoverFailures) {
      workerRun.recovery().beginFailures();
    } else if (action instanceof WorkerAction.RecoverCursor) {
      workerRun.recovery().beginCursor();
    } else if (action instanceof WorkerAction.StartHandlers start) {
      workerRun.recovery().began(start.epoch(), start.cursor());
      effects.startHandlers(invoker());
    } else if (action instanceof WorkerAction.StartFeed start) {
      workerRun.feed().start(start.epoch(), start.cursor());
    } else if (action instanceof WorkerAction.StopFeed) {
      workerRun.feed().stop();
      workerRun.timers().endSoon();
    } else if (action instanceof WorkerAction.End end) {
      end(end.how());
    } else {
      throw new IllegalStateException("nothing carries out " + action);
    }
  }

  private Invoker invoker() {
    Deliveries<String> deliveries =
        new Deliveries<>(
            scenario.setup().subscription().name(),
            scenario.topic().id(),
            codec(),
            WorkerTime.of(workerRun.clock()));
    if (effects.claimed().isPresent()) {
      return effects.claimed().get().invoker(deliveries, core.marks(), core::passedBeforeNow);
    }
    ModelHandler handler = workerRun.handler();
    return scenario.setup().async()
        ? FunctionInvoker.async(deliveries, handler::handleLater)
        : FunctionInvoker.blocking(deliveries, handler::handle);
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
    scenario.workers().ended(workerRun, end);
  }

  /** Returns the event of a check at which all running handlers have missed their deadline. */
  WorkerEvent missedDeadlines() {
    return effects.checkDeadlines(System.nanoTime() + TimeUnit.DAYS.toNanos(2));
  }

  void close() {
    effects.close();
  }
}
