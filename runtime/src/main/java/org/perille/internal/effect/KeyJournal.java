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

/**
 * Owns what a key has done, in the journal: the effects and the fact that a message was handled are
 * one event. Alive while the key is active.
 *
 * <p>It needs no event to fence a predecessor. Whoever writes first takes the sequence number, and
 * the other one fails, begins anew, and finds what was handled.
 *
 * <p>A failed write or recovery stops it: whether something was written is found out by recovering.
 */
final class KeyJournal
    extends EventSourcedBehavior<KeyJournal.Command, EffectsRecorded, KeyMemory> {

  /** What a key's journal is told. */
  sealed interface Command {}

  /** Make this durable; nothing is said if that fails, but that the journal ends. */
  record Write(EffectsRecorded event, KeyMemory after, CompletableFuture<KeyMemory> durable)
      implements Command {}

  /** Nobody needs the key at the moment. */
  enum Stop implements Command {
    INSTANCE
  }

  /** How much of a key is read. */
  enum Reading {
    /** The latest snapshot, and the events after it. */
    LATEST,
    /** All events, where the snapshot can't be read. */
    ALL_EVENTS,
    /** Nothing but the last sequence number, where the events can't be read either. */
    NOTHING
  }

  /** Which key of which subscription, and how it is stored. */
  record Key(
      String persistenceId,
      String name,
      KeyLogic<?> logic,
      EffectCodec codec,
      EffectSettings settings) {}

  private final ActorContext<Command> context;
  private final Key key;
  private final Reading reading;
  private final CompletableFuture<KeyMemory> recovered;

  /** What the event that is being written makes of the key; computed when it was decided. */
  private Optional<KeyMemory> decided = Optional.empty();

  /** The recovery has failed, and what is replayed makes nothing. */
  private boolean unreadable;

  /**
   * Creates a key's journal.
   *
   * @param recovered completes with what is known of the key; fails if it can't be read so
   */
  static Behavior<Command> create(
      Key key, Reading reading, CompletableFuture<KeyMemory> recovered) {
    return Behaviors.setup(context -> new KeyJournal(context, key, reading, recovered));
  }

  private KeyJournal(
      ActorContext<Command> context,
      Key key,
      Reading reading,
      CompletableFuture<KeyMemory> recovered) {
    super(PersistenceId.ofUniqueId(key.persistenceId));
    this.context = context;
    this.key = key;
    this.reading = reading;
    this.recovered = recovered;
  }

  @Override
  public KeyMemory emptyState() {
    return make(() -> KeyMemory.empty(key.logic), KeyMemory.empty(KeyLogic.Opaque.INSTANCE));
  }

  /**
   * Calls the application's code. What it throws fails the recovery of this key: nothing may come
   * out of it, for it would end this actor, and some of it the JVM.
   */
  private KeyMemory make(Supplier<KeyMemory> memory, KeyMemory otherwise) {
    try {
      return memory.get();
    } catch (Throwable e) {
      fail(new UnmadeStateException(e));
      return otherwise;
    } finally {
      UserCode.clearInterrupt();
    }
  }

  /** Whatever is replayed from now on makes nothing. */
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
  public CommandHandler<Command, EffectsRecorded, KeyMemory> commandHandler() {
    return newCommandHandlerBuilder()
        .forAnyState()
        .onCommand(Write.class, this::onWrite)
        .onCommand(Stop.class, (memory, stop) -> Effect().stop())
        .build();
  }

  private Effect<EffectsRecorded, KeyMemory> onWrite(KeyMemory memory, Write command) {
    decided = Optional.of(command.after);
    return Effect().persist(command.event).thenRun(command.durable::complete);
  }

  @Override
  public EventHandler<KeyMemory, EffectsRecorded> eventHandler() {
    return (memory, event) -> {
      if (unreadable) {
        return memory;
      }
      KeyMemory after =
          decided.orElseGet(() -> make(() -> memory.apply(event, key.logic, key.codec), memory));
      decided = Optional.empty();
      return after;
    };
  }

  @Override
  public SignalHandler<KeyMemory> signalHandler() {
    return newSignalHandlerBuilder()
        .onSignal(RecoveryCompleted.instance(), this::onRecoveryCompleted)
        .onSignal(
            RecoveryFailed.class,
            (memory, failed) -> recovered.completeExceptionally(failed.getFailure()))
        .build();
  }

  private void onRecoveryCompleted(KeyMemory memory) {
    if (unreadable) {
      return;
    }
    long stored = lastSequenceNumber(context);
    if (memory.sequenceNumber() == stored || reading == Reading.NOTHING) {
      recovered.complete(memory);
      return;
    }
    IllegalStateException violation =
        new IllegalStateException(
            "INV-2 recovery is complete: the journal of '%s' ends at sequence number %d, and replay ended at %d"
                .formatted(key.persistenceId, stored, memory.sequenceNumber()));
    recovered.completeExceptionally(violation);
    throw violation;
  }

  /** Events stay: they are the key's history, and what a changed state is made anew from. */
  @Override
  public boolean shouldSnapshot(KeyMemory memory, EffectsRecorded event, long sequenceNr) {
    return key.logic.knowsStates() && sequenceNr % key.settings.snapshotEvents() == 0;
  }

  @Override
  public SnapshotAdapter<KeyMemory> snapshotAdapter() {
    return new SnapshotAdapter<>() {
      @Override
      public Object toJournal(KeyMemory memory) {
        return memory.snapshot(key.logic, key.codec);
      }

      @Override
      public KeyMemory fromJournal(Object snapshot) {
        try {
          return KeyMemory.restore((KeySnapshot) snapshot, key.logic, key.codec);
        } catch (Throwable e) {
          // Nothing is thrown: that would end the journal as a failure, without a signal.
          fail(new UnreadableSnapshotException(e));
          return KeyMemory.empty(KeyLogic.Opaque.INSTANCE);
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

  /** The state can be made anew from the events. */
  static final class UnreadableSnapshotException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnreadableSnapshotException(Throwable cause) {
      super(UserCode.messageOf(cause), UserCode.loggable(cause));
    }
  }

  /** The application's code can't make the state of the events. */
  static final class UnmadeStateException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnmadeStateException(Throwable cause) {
      super(UserCode.describe(cause), UserCode.loggable(cause));
    }
  }
}
