package org.perille.internal.failure;

import java.time.Clock;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.SnapshotAdapter;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.Effect;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;

/**
 * Owns what a worker knows of failures, in the journal. It is an actor beside the worker so that
 * deliveries go on while it writes, and apart from the cursor because it may be large and seldom
 * changes, while a cursor is small and changes all the time.
 *
 * <p>A failed write stops it: the worker restarts with what is true in the journal. With each
 * snapshot the storage deletes the events before the last but one.
 */
public final class FailureLog
    extends EventSourcedBehavior<FailureLog.Command, FailureLogEvent, FailureState> {

  /** What a failure log is told. */
  public sealed interface Command {}

  /** Make this durable, then answer; only one at a time. */
  public record Save(List<FailureEvent> changes) implements Command {}

  private enum Activate implements Command {
    INSTANCE
  }

  /** What a failure log answers. */
  public sealed interface Answer {}

  /**
   * This worker may act now, and no predecessor can write any more.
   *
   * @param epoch larger than that of every predecessor
   */
  public record Recovered(long epoch, FailureSnapshot failures) implements Answer {}

  /** The changes are durable. */
  public enum Saved implements Answer {
    INSTANCE
  }

  /**
   * Where it is stored.
   *
   * @param node the address of this node, human-readable
   */
  public record Storage(
      String persistenceId, String journalPluginId, String snapshotPluginId, String node) {}

  /** The replay of so many changes takes some tens of milliseconds. */
  static final int LEAST_CHANGES_PER_SNAPSHOT = 5_000;

  /** A snapshot costs a fraction of what the changes did that it covers. */
  static final int CHANGES_PER_STORED_MESSAGE = 4;

  private final ActorContext<Command> context;
  private final Storage storage;
  private final Clock clock;
  private final ActorRef<Answer> worker;
  private int changesSinceSnapshot;

  public static Behavior<Command> create(Storage storage, Clock clock, ActorRef<Answer> worker) {
    return Behaviors.setup(context -> new FailureLog(context, storage, clock, worker));
  }

  private FailureLog(
      ActorContext<Command> context, Storage storage, Clock clock, ActorRef<Answer> worker) {
    super(PersistenceId.ofUniqueId(storage.persistenceId));
    this.context = context;
    this.storage = storage;
    this.clock = clock;
    this.worker = worker;
  }

  @Override
  public FailureState emptyState() {
    return new FailureState();
  }

  @Override
  public CommandHandler<Command, FailureLogEvent, FailureState> commandHandler() {
    return newCommandHandlerBuilder()
        .forAnyState()
        .onCommand(Save.class, this::onSave)
        .onCommand(Activate.class, this::onActivate)
        .build();
  }

  @Override
  public EventHandler<FailureState, FailureLogEvent> eventHandler() {
    return (failures, event) -> {
      failures.apply(event);
      // Also when it is replayed: however often a worker restarts, the replay stays short.
      changesSinceSnapshot += event instanceof FailureLogEvent.Changed c ? c.changes().size() : 1;
      return failures;
    };
  }

  @Override
  public SignalHandler<FailureState> signalHandler() {
    return newSignalHandlerBuilder()
        .onSignal(RecoveryCompleted.instance(), this::onRecoveryCompleted)
        .build();
  }

  private void onRecoveryCompleted(FailureState failures) {
    long stored = lastSequenceNumber(context);
    if (failures.sequenceNumber() != stored) {
      throw new IllegalStateException(
          "INV-2 recovery is complete: the journal of '%s' ends at sequence number %d, and replay ended at %d"
              .formatted(storage.persistenceId, stored, failures.sequenceNumber()));
    }
    context.getSelf().tell(Activate.INSTANCE);
  }

  private Effect<FailureLogEvent, FailureState> onActivate(
      FailureState failures, Activate command) {
    return Effect()
        .persist(new FailureLogEvent.Activated(clock.millis(), storage.node))
        .thenRun(after -> worker.tell(new Recovered(after.sequenceNumber(), after.snapshot())));
  }

  private Effect<FailureLogEvent, FailureState> onSave(FailureState failures, Save command) {
    return Effect()
        .persist(new FailureLogEvent.Changed(command.changes))
        .thenRun(after -> worker.tell(Saved.INSTANCE));
  }

  @Override
  public boolean shouldSnapshot(FailureState failures, FailureLogEvent event, long sequenceNr) {
    int stored = failures.deferredMessages() + failures.letters().size();
    if (changesSinceSnapshot < LEAST_CHANGES_PER_SNAPSHOT + CHANGES_PER_STORED_MESSAGE * stored) {
      return false;
    }
    changesSinceSnapshot = 0;
    return true;
  }

  @Override
  public SnapshotAdapter<FailureState> snapshotAdapter() {
    return new SnapshotAdapter<>() {
      @Override
      public Object toJournal(FailureState failures) {
        return failures.snapshot();
      }

      @Override
      public FailureState fromJournal(Object snapshot) {
        return FailureState.restore((FailureSnapshot) snapshot);
      }
    };
  }

  @Override
  public String journalPluginId() {
    return storage.journalPluginId;
  }

  @Override
  public String snapshotPluginId() {
    return storage.snapshotPluginId;
  }
}
