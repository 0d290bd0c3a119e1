package org.perille.internal.effect;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.RecoveryFailed;
import org.apache.pekko.persistence.typed.SnapshotAdapter;
import org.apache.pekko.persistence.typed.SnapshotSelectionCriteria;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.Effect;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.Recovery;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;
import org.perille.internal.failure.UserCode;
import org.perille.internal.log.RecoveryCheck;
import org.perille.internal.settings.EffectSettings;

/**
 * The owner of a key's events: the effects and the fact that a message was handled are one event.
 *
 * <p>It is alive while the key is active.
 *
 * <p>It needs no event to fence a predecessor. The first writer takes the sequence number. The
 * other one fails, restarts, and reads what was handled.
 *
 * <p>A failed write or recovery stops it. Its next recovery determines what was written.
 */
public final class KeyJournal
    extends EventSourcedBehavior<KeyJournal.Command, EffectsRecorded, KeyRecord> {

  /** A message to this actor. */
  public sealed interface Command {}

  /**
   * A request to make an event durable. If the write fails, the only answer is that the journal
   * stops.
   */
  public record Write(EffectsRecorded event, KeyRecord after, CompletableFuture<KeyRecord> durable)
      implements Command {}

  /** A request to stop, because no run needs the key at the moment. */
  enum Stop implements Command {
    INSTANCE
  }

  /** The extent of a recovery. */
  enum Reading {
    /** The latest snapshot, and the events after it. */
    LATEST,
    /** All events, where the snapshot can't be read. */
    ALL_EVENTS,
    /** Nothing but the last sequence number, where the events can't be read either. */
    NOTHING
  }

  /** A key, with its persistence id and its subscription. */
  public record Key(
      String persistenceId,
      String name,
      KeyBehavior<?> logic,
      EffectCodec codec,
      EffectSettings settings) {}

  private final ActorContext<Command> context;
  private final Key key;
  private final Reading reading;
  private final CompletableFuture<KeyRecord> recovered;

  /** The key's record after the event that is being written; computed by the decision. */
  private Optional<KeyRecord> decided = Optional.empty();

  /** True if the recovery has failed, so that replayed events have no result. */
  private boolean unreadable;

  /**
   * Creates a key's journal.
   *
   * @param recovered completes with the key's record; fails if it can't be read in this way
   */
  static Behavior<Command> create(
      Key key, Reading reading, CompletableFuture<KeyRecord> recovered) {
    return Behaviors.setup(context -> new KeyJournal(context, key, reading, recovered));
  }

  private KeyJournal(
      ActorContext<Command> context,
      Key key,
      Reading reading,
      CompletableFuture<KeyRecord> recovered) {
    super(PersistenceId.ofUniqueId(key.persistenceId));
    this.context = context;
    this.key = key;
    this.reading = reading;
    this.recovered = recovered;
  }

  @Override
  public KeyRecord emptyState() {
    return make(() -> KeyRecord.empty(key.logic), KeyRecord.empty(KeyBehavior.Opaque.INSTANCE));
  }

  /**
   * Calls the application's code. Any exception fails the recovery of this key.
   *
   * <p>No exception may escape, because it would stop this actor, and some would stop the JVM.
   */
  private KeyRecord make(Supplier<KeyRecord> memory, KeyRecord otherwise) {
    try {
      return memory.get();
    } catch (Throwable e) {
      fail(new UnmadeStateException(e));
      return otherwise;
    } finally {
      UserCode.clearInterrupt();
    }
  }

  /** Fails the recovery. Further replayed events have no result. */
  private void fail(RuntimeException failure) {
    unreadable = true;
    recovered.completeExceptionally(failure);
  }

  @Override
  public Recovery recovery() {
    return switch (reading) {
      case LATEST -> super.recovery();
      case ALL_EVENTS -> Recovery.withSnapshotSelectionCriteria(SnapshotSelectionCriteria.none());
      case NOTHING -> Recovery.disabled();
    };
  }

  @Override
  public CommandHandler<Command, EffectsRecorded, KeyRecord> commandHandler() {
    return newCommandHandlerBuilder()
        .forAnyState()
        .onCommand(Write.class, this::onWrite)
        .onCommand(Stop.class, (memory, stop) -> Effect().stop())
        .build();
  }

  private Effect<EffectsRecorded, KeyRecord> onWrite(KeyRecord memory, Write command) {
    decided = Optional.of(command.after);
    return Effect().persist(command.event).thenRun(command.durable::complete);
  }

  @Override
  public EventHandler<KeyRecord, EffectsRecorded> eventHandler() {
    return (memory, event) -> {
      if (unreadable) {
        return memory;
      }
      KeyRecord after =
          decided.orElseGet(() -> make(() -> memory.apply(event, key.logic, key.codec), memory));
      decided = Optional.empty();
      return after;
    };
  }

  @Override
  public SignalHandler<KeyRecord> signalHandler() {
    return newSignalHandlerBuilder()
        .onSignal(RecoveryCompleted.instance(), this::onRecoveryCompleted)
        .onSignal(
            RecoveryFailed.class,
            (memory, failed) -> recovered.completeExceptionally(failed.getFailure()))
        .build();
  }

  private void onRecoveryCompleted(KeyRecord memory) {
    if (unreadable) {
      return;
    }
    try {
      if (reading != Reading.NOTHING) {
        RecoveryCheck.requireComplete(
            key.persistenceId, lastSequenceNumber(context), memory.sequenceNumber());
      }
      recovered.complete(memory);
    } catch (IllegalStateException violation) {
      recovered.completeExceptionally(violation);
      throw violation;
    }
  }

  /** Events aren't deleted: they are the key's history, from which a changed state is rebuilt. */
  @Override
  public boolean shouldSnapshot(KeyRecord memory, EffectsRecorded event, long sequenceNr) {
    return key.logic.knowsStates() && sequenceNr % key.settings.snapshotEvents() == 0;
  }

  @Override
  public SnapshotAdapter<KeyRecord> snapshotAdapter() {
    return new SnapshotAdapter<>() {
      @Override
      public Object toJournal(KeyRecord memory) {
        return memory.snapshot(key.logic, key.codec);
      }

      @Override
      public KeyRecord fromJournal(Object snapshot) {
        try {
          return KeyRecord.restore((KeySnapshot) snapshot, key.logic, key.codec);
        } catch (Throwable e) {
          // Not thrown: an exception would end the journal as a failure, without a signal.
          fail(new UnreadableSnapshotException(e));
          return KeyRecord.empty(KeyBehavior.Opaque.INSTANCE);
        } finally {
          UserCode.clearInterrupt();
        }
      }
    };
  }

  @Override
  public String journalPluginId() {
    return key.settings.journalPluginId();
  }

  @Override
  public String snapshotPluginId() {
    return key.settings.snapshotPluginId();
  }

  /** The failure of a snapshot. The state can be rebuilt from the events. */
  static final class UnreadableSnapshotException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnreadableSnapshotException(Throwable cause) {
      super(UserCode.messageOf(cause), UserCode.loggable(cause));
    }
  }

  /** The failure of the application's code to build the state from the events. */
  static final class UnmadeStateException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnmadeStateException(Throwable cause) {
      super(UserCode.describe(cause), UserCode.loggable(cause));
    }
  }
}
