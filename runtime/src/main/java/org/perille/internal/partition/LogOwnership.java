package org.perille.internal.partition;

import java.time.Clock;
import java.time.Duration;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.perille.internal.feed.PartitionJournal;
import org.perille.internal.log.ExactClock;
import org.perille.internal.log.PartitionClock;
import org.perille.internal.log.PartitionEvent.Activated;
import org.perille.internal.log.PartitionId;
import org.perille.internal.log.RecoveryCheck;
import org.perille.internal.partition.Partition.Command;
import org.perille.internal.partition.Partition.LocalCommand;
import org.perille.internal.settings.LogLimits;
import org.perille.internal.settings.PartitionSettings;

/**
 * The ownership of a log, as an actor has it: a partition, or a log of transactions.
 *
 * <p>The actor takes over with an event, its first action after the recovery. From then on it reads
 * its clock, and finds out when another owner has replaced it.
 */
public final class LogOwnership {
  /** The recovery is complete: time to take over. */
  public enum Activate implements LocalCommand {
    INSTANCE
  }

  /** A duty of an owner besides its work; see {@link #remains}. */
  public sealed interface Upkeep extends LocalCommand {}

  private enum CheckFencing implements Upkeep {
    INSTANCE
  }

  private enum ReadClock implements Upkeep {
    INSTANCE
  }

  /** Another owner has written at this sequence number. */
  private record Fenced(long sequenceNumber) implements Upkeep {}

  /** A quarter of the limit of the time between two readings. */
  private static final Duration CLOCK_INTERVAL = PartitionClock.MAX_STEP.dividedBy(4);

  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private final String kind;
  private final PartitionId id;
  private final PartitionSettings settings;
  private final Clock clock;
  private final FencingCheck fencing;
  private boolean active;

  /**
   * Creates the ownership of a log that isn't taken over yet.
   *
   * @param kind the kind of log, human-readable
   */
  public LogOwnership(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      String kind,
      PartitionId id,
      PartitionSettings settings,
      PartitionJournal journal,
      Clock clock) {
    this.context = context;
    this.timers = timers;
    this.kind = kind;
    this.id = id;
    this.settings = settings;
    this.clock = clock;
    this.fencing = new FencingCheck(journal, id.persistenceId());
  }

  /** Returns the limits of the log under the owner's clock. */
  public LogLimits limits() {
    return clock instanceof ExactClock ? settings.limits().withExactClock() : settings.limits();
  }

  /**
   * Asks the actor to take over.
   *
   * @param stored the highest sequence number in the storage
   * @throws IllegalStateException if the recovery wasn't complete
   */
  public void recovered(OwnedLog log, long stored) {
    RecoveryCheck.requireComplete(id.persistenceId(), stored, log.sequenceNumber());
    context.getSelf().tell(Activate.INSTANCE);
  }

  /** Returns the event that takes the log over. */
  public Activated takeOver() {
    return new Activated(clock.millis(), settings.node());
  }

  /** Records that this event is stored. */
  public void begin() {
    active = true;
    timers.startTimerWithFixedDelay(ReadClock.INSTANCE, CLOCK_INTERVAL);
    checkFencingLater();
  }

  /** Returns whether the actor has taken over. */
  public boolean isActive() {
    return active;
  }

  /** Does what is due, and returns whether the actor remains the owner. Otherwise it must stop. */
  public boolean remains(OwnedLog log, Upkeep upkeep) {
    if (upkeep instanceof Fenced fenced) {
      return isOwnEvent(log, fenced.sequenceNumber);
    }
    if (upkeep instanceof ReadClock) {
      // So that time counts while nothing is appended.
      log.readClock(clock.millis());
    } else {
      ActorRef<Command> self = context.getSelf();
      fencing.check(log.sequenceNumber() + 1, successor -> self.tell(new Fenced(successor)));
      checkFencingLater();
    }
    return true;
  }

  private void checkFencingLater() {
    timers.startSingleTimer(
        CheckFencing.INSTANCE,
        FencingCheck.untilNext(settings.fencingCheckInterval(), System.nanoTime()));
  }

  private boolean isOwnEvent(OwnedLog log, long sequenceNumber) {
    if (sequenceNumber <= log.sequenceNumber()) {
      return true;
    }
    context
        .getLog()
        .warn(
            "{} {} on {} was replaced: another owner has written event {}; it stops, and its successor continues from there",
            kind,
            id,
            settings.node(),
            sequenceNumber);
    return false;
  }
}
