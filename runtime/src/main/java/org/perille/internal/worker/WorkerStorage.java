package org.perille.internal.worker;

import java.util.Optional;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.perille.StorageException;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.cursor.CursorLog;
import org.perille.internal.failure.FailureLog;
import org.perille.internal.handler.ClaimedPartition;
import org.perille.internal.log.PartitionId;
import org.perille.internal.partition.WorkerCommand;
import org.perille.spi.Processing;
import org.perille.spi.TransactionalHandler;

/**
 * Executes the actions of a worker that concern its storage.
 *
 * <p>The storage is the failure log and the cursor log, which are its children, and the claim on a
 * cursor beside the effects.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
final class WorkerStorage<T> {
  private final ActorContext<WorkerCommand> context;
  private final WorkerAssignment<T> assignment;
  private final WorkerCore core;
  private final WorkerEffects<T> effects;
  private final Function<WorkerInput, WorkerCommand> message;
  private Optional<ActorRef<FailureLog.Command>> failures = Optional.empty();
  private Optional<ActorRef<CursorLog.Command>> cursorLog = Optional.empty();

  /**
   * Creates the storage of a worker that has recovered nothing.
   *
   * @param message converts the result of an action to a message to the worker
   */
  WorkerStorage(
      ActorContext<WorkerCommand> context,
      WorkerAssignment<T> assignment,
      WorkerCore core,
      WorkerEffects<T> effects,
      Function<WorkerInput, WorkerCommand> message) {
    this.context = context;
    this.assignment = assignment;
    this.core = core;
    this.effects = effects;
    this.message = message;
  }

  /** Executes an action; returns false if it doesn't concern the storage. */
  boolean carryOut(WorkerAction action) {
    if (action instanceof WorkerAction.StoreCursor store) {
      store(store.cursor());
    } else if (action instanceof WorkerAction.StoreFailures store) {
      failures.orElseThrow().tell(new FailureLog.Save(store.changes()));
    } else if (action instanceof WorkerAction.RecoverFailures) {
      recoverFailures();
    } else if (action instanceof WorkerAction.RecoverCursor) {
      recoverCursor();
    } else if (action instanceof WorkerAction.ClaimPartition claim) {
      claim(claim.before());
    } else {
      return false;
    }
    return true;
  }

  private void store(Cursor cursor) {
    cursorLog.ifPresentOrElse(
        log -> log.tell(new CursorLog.Save(cursor)),
        // A cursor that is never durable counts as stored at once.
        () -> tell(new WorkerEvent.CursorStored(cursor)));
  }

  private void tell(WorkerEvent event) {
    context.getSelf().tell(message.apply(event));
  }

  private void recoverFailures() {
    failures =
        Optional.of(
            spawn(
                "failures",
                FailureLog.create(
                    new FailureLog.Storage(
                        assignment.ids().failures(),
                        assignment.settings().journalPluginId(),
                        assignment.settings().snapshotPluginId(),
                        assignment.settings().node()),
                    assignment.clock(),
                    context.messageAdapter(
                        FailureLog.Answer.class, answer -> message.apply(eventOf(answer)))),
                "its failure log could not be read or written; the node's log has the cause"));
  }

  private static WorkerEvent eventOf(FailureLog.Answer answer) {
    return answer instanceof FailureLog.Recovered recovered
        ? new WorkerEvent.FailuresRecovered(recovered.failures())
        : WorkerEvent.FailuresStored.INSTANCE;
  }

  private void recoverCursor() {
    if (!core.policy().outlivesWorker()) {
      tell(new WorkerEvent.CursorRecovered(assignment.clock().millis(), Optional.empty()));
      return;
    }
    String id = assignment.ids().cursor();
    ActorRef<CursorLog.Answer> answers =
        context.messageAdapter(CursorLog.Answer.class, answer -> message.apply(eventOf(answer)));
    cursorLog =
        Optional.of(
            spawn(
                "cursor",
                core.policy().isStoredWithEffect()
                    ? CursorLog.handOver(id, assignment.settings(), assignment.clock(), answers)
                    : CursorLog.create(id, assignment.settings(), assignment.clock(), answers),
                "its cursor could not be read or written; the node's log has the cause"));
  }

  private static WorkerEvent eventOf(CursorLog.Answer answer) {
    return answer instanceof CursorLog.Recovered recovered
        ? new WorkerEvent.CursorLogRecovered(recovered)
        : new WorkerEvent.CursorStored(((CursorLog.Saved) answer).cursor());
  }

  private <M> ActorRef<M> spawn(String name, Behavior<M> behavior, String whenItEnds) {
    ActorRef<M> child = context.spawn(behavior, name);
    context.watchWith(
        child, message.apply(new WorkerEvent.Failed(new StorageException(whenItEnds))));
    return child;
  }

  private void claim(CursorLog.Recovered before) {
    cursorLog.ifPresent(
        log -> {
          context.unwatch(log);
          context.stop(log);
        });
    TransactionalHandler<T> handler =
        ((Processing.Transactional<T>) assignment.processing()).handler();
    PartitionId partition = assignment.partition();
    ActorRef<WorkerCommand> self = context.getSelf();
    CursorHandOver handOver =
        new CursorHandOver(before, core.failures(), assignment.subscription(), partition);
    ClaimedPartition.claim(
            () ->
                handler.claim(
                    partition.topic(), assignment.name(), partition.partition(), before.epoch()),
            assignment.threads())
        .thenCompose(handOver::to)
        .whenComplete(
            (claimed, failure) -> {
              if (failure == null) {
                // The message below publishes it safely to the worker's thread.
                effects.claimed(claimed);
              }
              self.tell(
                  message.apply(
                      failure == null
                          ? new WorkerEvent.CursorRecovered(claimed.epoch(), claimed.cursor())
                          : new WorkerEvent.Failed(failure)));
            });
  }
}
