package org.perille.internal.cursor;

import java.time.Clock;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.Effect;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.RetentionCriteria;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;
import org.perille.internal.log.RecoveryCheck;
import org.perille.internal.settings.WorkerSettings;

/**
 * Owns the persistent cursor of one worker, in the journal.
 *
 * <p>It is an actor beside the worker, so that deliveries go on while it writes. A failed write
 * stops it. The worker then restarts with the cursor of the journal.
 */
public final class CursorLog
    extends EventSourcedBehavior<CursorLog.Command, CursorEvent, CursorSnapshot> {

  /** The commands of a cursor log. */
  public sealed interface Command {}

  /** Stores a cursor and answers with {@link Saved}. */
  public record Save(Cursor cursor) implements Command {}

  private enum Activate implements Command {
    INSTANCE
  }

  private enum HandOver implements Command {
    INSTANCE
  }

  /** The purpose for which the log is opened. */
  private enum Purpose {
    /** Use the cursor here. */
    OWN,
    /** Hand the cursor over to another store. */
    HAND_OVER,
    /** Read the cursor only. */
    READ
  }

  /** The answers of a cursor log. */
  public sealed interface Answer {}

  /** Recovery is complete: the worker may act. */
  public record Recovered(long epoch, Optional<Cursor> cursor, boolean handedOver)
      implements Answer {}

  /** A cursor is durable. */
  public record Saved(Cursor cursor) implements Answer {}

  /**
   * The number of events between two snapshots. It keeps the replay short at a start and for
   * queries about a key, and the number of snapshots small.
   */
  private static final int EVENTS_PER_SNAPSHOT = 50;

  private final ActorContext<Command> context;
  private final WorkerSettings settings;
  private final Clock clock;
  private final ActorRef<Answer> worker;
  private final Purpose purpose;

  public static Behavior<Command> create(
      String persistenceId, WorkerSettings settings, Clock clock, ActorRef<Answer> worker) {
    return Behaviors.setup(
        context -> new CursorLog(context, persistenceId, settings, clock, worker, Purpose.OWN));
  }

  /**
   * Returns the behavior that hands a cursor over to the store of a transactional handler.
   *
   * <p>It finds the cursor, and makes durable that no worker uses it here any more. If there is no
   * cursor it writes nothing. The epoch of its answer is that of the last worker here, or 0.
   */
  public static Behavior<Command> handOver(
      String persistenceId, WorkerSettings settings, Clock clock, ActorRef<Answer> worker) {
    return Behaviors.setup(
        context ->
            new CursorLog(context, persistenceId, settings, clock, worker, Purpose.HAND_OVER));
  }

  /**
   * Returns the behavior that only reads the stored cursor, beside a running worker. The epoch of
   * its answer has no meaning.
   */
  static Behavior<Command> read(
      String persistenceId, WorkerSettings settings, ActorRef<Answer> reader) {
    return Behaviors.setup(
        context ->
            new CursorLog(
                context, persistenceId, settings, Clock.systemUTC(), reader, Purpose.READ));
  }

  private CursorLog(
      ActorContext<Command> context,
      String persistenceId,
      WorkerSettings settings,
      Clock clock,
      ActorRef<Answer> worker,
      Purpose purpose) {
    super(PersistenceId.ofUniqueId(persistenceId));
    this.context = context;
    this.settings = settings;
    this.clock = clock;
    this.worker = worker;
    this.purpose = purpose;
  }

  @Override
  public CursorSnapshot emptyState() {
    return new CursorSnapshot(Optional.empty(), 0, false);
  }

  @Override
  public CommandHandler<Command, CursorEvent, CursorSnapshot> commandHandler() {
    return newCommandHandlerBuilder()
        .forAnyState()
        .onCommand(Save.class, this::onSave)
        .onCommand(Activate.class, this::onActivate)
        .onCommand(HandOver.class, this::onHandOver)
        .build();
  }

  @Override
  public EventHandler<CursorSnapshot, CursorEvent> eventHandler() {
    return (state, event) ->
        new CursorSnapshot(
            event instanceof CursorEvent.CursorAdvanced advanced
                ? Optional.of(advanced.cursor())
                : state.cursor(),
            state.sequenceNumber() + 1,
            state.handedOver() || event instanceof CursorEvent.HandedOver);
  }

  @Override
  public SignalHandler<CursorSnapshot> signalHandler() {
    return newSignalHandlerBuilder()
        .onSignal(RecoveryCompleted.instance(), this::onRecoveryCompleted)
        .build();
  }

  private void onRecoveryCompleted(CursorSnapshot state) {
    long stored = lastSequenceNumber(context);
    RecoveryCheck.requireComplete(persistenceId().id(), stored, state.sequenceNumber());
    if (purpose == Purpose.OWN) {
      requireOwn(state);
      context.getSelf().tell(Activate.INSTANCE);
    } else if (purpose == Purpose.READ || state.handedOver() || stored == 0) {
      tellRecovered(state, state.handedOver());
    } else {
      context.getSelf().tell(HandOver.INSTANCE);
    }
  }

  private void requireOwn(CursorSnapshot state) {
    if (state.handedOver()) {
      throw new IllegalStateException(
          "the cursor of '%s' was handed over to a JDBC handler, and this node still has the definition without one: give it the new definition, or stop it"
              .formatted(persistenceId().id()));
    }
  }

  private Effect<CursorEvent, CursorSnapshot> onHandOver(CursorSnapshot state, HandOver command) {
    return Effect()
        .persist(new CursorEvent.HandedOver(clock.millis(), settings.node()))
        .thenRun(after -> tellRecovered(after, false));
  }

  private void tellRecovered(CursorSnapshot state, boolean handedOver) {
    worker.tell(new Recovered(state.sequenceNumber(), state.cursor(), handedOver));
  }

  private Effect<CursorEvent, CursorSnapshot> onActivate(CursorSnapshot state, Activate command) {
    return Effect()
        .persist(new CursorEvent.Activated(clock.millis(), settings.node()))
        .thenRun(after -> tellRecovered(after, false));
  }

  private Effect<CursorEvent, CursorSnapshot> onSave(CursorSnapshot state, Save command) {
    Cursor cursor = command.cursor;
    state
        .cursor()
        .filter(before -> before.isAheadOf(cursor))
        .ifPresent(
            before -> {
              throw new IllegalStateException(
                  "INV-7 a cursor never goes back: from offset %d of generation %d to %d of %d"
                      .formatted(
                          before.nextOffset(),
                          before.generation().number(),
                          cursor.nextOffset(),
                          cursor.generation().number()));
            });
    return Effect()
        .persist(new CursorEvent.CursorAdvanced(cursor))
        .thenRun(after -> worker.tell(new Saved(cursor)));
  }

  @Override
  public RetentionCriteria retentionCriteria() {
    return RetentionCriteria.snapshotEvery(EVENTS_PER_SNAPSHOT, 1).withDeleteEventsOnSnapshot();
  }

  @Override
  public String journalPluginId() {
    return settings.journalPluginId();
  }

  @Override
  public String snapshotPluginId() {
    return settings.snapshotPluginId();
  }
}
