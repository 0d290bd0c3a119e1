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
import org.perille.internal.log.RecoveryCheck;

/**
 * Owns the persistent failure state of one worker, in the journal.
 *
 * <p>It is an actor beside the worker, so that deliveries go on while it writes. It is separate
 * from the cursor log because its state may be large and changes seldom, while a cursor is small
 * and changes all the time.
 *
 * <p>A failed write stops it. The worker then restarts with the state of the journal. With each
 * snapshot the storage deletes the events before the last but one.
 */
public final class FailureLog
    extends EventSourcedBehavior<FailureLog.Command, FailureLogEvent, FailureState> {

  /** The commands of a failure log. */
  public sealed interface Command {}

  /** Stores events and answers with {@link Saved}. Only one may be under way at a time. */
  public record Save(List<FailureEvent> changes) implements Command {}

  private enum Activate implements Command {
    INSTANCE
  }

  /** The answers of a failure log. */
  public sealed interface Answer {}

  /** Recovery is complete: the worker may act, and no predecessor can write any more. */
  public record Recovered(long epoch, FailureSnapshot failures) implements Answer {}

  /** The events of a {@link Save} are durable. */
  public enum Saved implements Answer {
    INSTANCE
  }

  /** The storage of a failure log: its persistence id and plugins. */
  public record Storage(
      String persistenceId, String journalPluginId, String snapshotPluginId, String node) {}

  /**
   * The minimum number of events between two snapshots. Replaying that many takes some tens of
   * milliseconds.
   */
  static final int LEAST_CHANGES_PER_SNAPSHOT = 5_000;

  /**
   * Additional events per stored message before the next snapshot. It keeps the cost of a snapshot
   * to a fraction of that of the events it covers.
   */
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
      // Replayed events count, too: the replay stays short, however often a worker restarts.
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
    RecoveryCheck.requireComplete(
        storage.persistenceId, lastSequenceNumber(context), failures.sequenceNumber());
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
    int stored = failures.deferred().size() + failures.letters().size();
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
