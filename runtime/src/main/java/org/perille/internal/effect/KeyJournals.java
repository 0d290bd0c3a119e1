package org.perille.internal.effect;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.pattern.CircuitBreakerOpenException;
import org.perille.StorageException;
import org.perille.internal.failure.UserCode;
import org.perille.internal.settings.EffectSettings;

/** The parent of keys' journals, which opens them on request. */
public final class KeyJournals extends AbstractBehavior<KeyJournals.Command> {

  /** A message to this actor. */
  public sealed interface Command {}

  /** A request to recover a key. The promise fails if that isn't possible. */
  public record Open(KeyJournal.Key key, CompletableFuture<CachedKey> opened) implements Command {}

  private record Recovered(
      Open open,
      KeyJournal.Reading reading,
      ActorRef<KeyJournal.Command> journal,
      KeyRecord memory,
      Throwable failure)
      implements Command {}

  private record Ended(ActorRef<KeyJournal.Command> journal, CompletableFuture<KeyRecord> recovered)
      implements Command {}

  private enum Sweep implements Command {
    INSTANCE
  }

  private final Runnable sweep;
  private final Map<ActorRef<KeyJournal.Command>, CachedKey> active = new HashMap<>();

  /**
   * Creates the parent of the journals of many keys.
   *
   * @param sweep evicts idle keys; called periodically
   */
  public static Behavior<Command> create(EffectSettings settings, Runnable sweep) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(timers -> new KeyJournals(context, timers, settings, sweep)));
  }

  private KeyJournals(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      EffectSettings settings,
      Runnable sweep) {
    super(context);
    this.sweep = sweep;
    timers.startTimerWithFixedDelay(Sweep.INSTANCE, settings.passivateAfter().dividedBy(4));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Open.class, open -> open(open, KeyJournal.Reading.LATEST))
        .onMessage(Recovered.class, this::onRecovered)
        .onMessage(Ended.class, this::onEnded)
        .onMessage(Sweep.class, message -> onSweep())
        .build();
  }

  private Behavior<Command> open(Open open, KeyJournal.Reading reading) {
    CompletableFuture<KeyRecord> recovered = new CompletableFuture<>();
    ActorRef<KeyJournal.Command> journal =
        getContext().spawnAnonymous(KeyJournal.create(open.key, reading, recovered));
    getContext().watchWith(journal, new Ended(journal, recovered));
    getContext()
        .pipeToSelf(
            recovered, (memory, failure) -> new Recovered(open, reading, journal, memory, failure));
    return this;
  }

  private Behavior<Command> onRecovered(Recovered message) {
    KeyJournal.Key key = message.open.key;
    if (message.failure == null) {
      boolean unread = message.reading == KeyJournal.Reading.NOTHING;
      CachedKey opened = new CachedKey(key.name(), message.journal, message.memory, unread);
      active.put(message.journal, opened);
      message.open.opened.complete(opened);
      return this;
    }
    // The journal is still alive if the application's code has failed.
    message.journal.tell(KeyJournal.Stop.INSTANCE);
    if (message.reading == KeyJournal.Reading.LATEST && isUnreadableSnapshot(message.failure)) {
      getContext()
          .getLog()
          .warn(
              "The snapshot of key '{}' can't be read; its state is rebuilt from all its events: {}",
              key.name(),
              message.failure.getMessage());
      return open(message.open, KeyJournal.Reading.ALL_EVENTS);
    }
    if (!key.logic().knowsStates()
        && message.reading != KeyJournal.Reading.NOTHING
        && !isOfStorage(message.failure)) {
      getContext()
          .getLog()
          .warn(
              "The events of key '{}' ('{}') can't be read, not even to determine which messages it has handled: {}",
              key.name(),
              key.persistenceId(),
              root(message.failure));
      return open(message.open, KeyJournal.Reading.NOTHING);
    }
    message.open.opened.completeExceptionally(unavailable(key, message.failure));
    return this;
  }

  /** Returns whether the storage has failed, which may succeed the next time. */
  private static boolean isOfStorage(Throwable failure) {
    return UserCode.find(
            failure,
            cause ->
                cause instanceof SQLException
                    || cause instanceof TimeoutException
                    || cause instanceof CircuitBreakerOpenException)
        .isPresent();
  }

  private static boolean isUnreadableSnapshot(Throwable failure) {
    return UserCode.find(failure, KeyJournal.UnreadableSnapshotException.class::isInstance)
        .isPresent();
  }

  private Behavior<Command> onEnded(Ended message) {
    CachedKey key = active.remove(message.journal);
    if (key != null) {
      key.ended();
    }
    // Whatever the reason: a key must never wait for a journal that has stopped.
    message.recovered.completeExceptionally(
        new IllegalStateException("its journal stopped; the log has the cause"));
    return this;
  }

  private Behavior<Command> onSweep() {
    sweep.run();
    return this;
  }

  /** Returns the failure of a key whose stored effects can't be read. No other key is affected. */
  private static StorageException unavailable(KeyJournal.Key key, Throwable cause) {
    return new StorageException(
        "the effects on key '%s' can't be read from the journal ('%s'): %s"
            .formatted(key.name(), key.persistenceId(), root(cause)),
        cause);
  }

  private static String root(Throwable failure) {
    Throwable cause =
        UserCode.find(failure, EffectCodec.UnreadableValueException.class::isInstance)
            .orElseGet(() -> UserCode.rootOf(failure));
    return cause instanceof Error ? UserCode.describe(cause) : UserCode.messageOf(cause);
  }
}
