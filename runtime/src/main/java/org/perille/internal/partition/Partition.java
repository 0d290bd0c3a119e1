package org.perille.internal.partition;

import java.time.Clock;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.delivery.ConsumerController;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.SnapshotAdapter;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.Effect;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;
import org.perille.internal.feed.Feed;
import org.perille.internal.feed.PartitionJournal;
import org.perille.internal.hook.Listeners;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.PartitionId;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.partition.PartitionRequest.Attach;
import org.perille.internal.partition.PartitionRequest.CursorReport;
import org.perille.internal.partition.PartitionRequest.Describe;
import org.perille.internal.partition.PartitionRequest.ForWorker;
import org.perille.internal.partition.PartitionRequest.Locate;
import org.perille.internal.settings.LogLimits;
import org.perille.internal.settings.PartitionSettings;

/**
 * The owner of the ordered streams of all keys that hash to a partition.
 *
 * <p>It stores batches, one journal event each, answers with receipts once they are durable, and
 * has a feed for every subscriber.
 *
 * <p>Before its first action it stores that it took over. A predecessor that is still alive can't
 * write any more then, because its next sequence number is taken.
 *
 * <p>A failed write or recovery stops it. Its parent restarts it, and it recovers its state from
 * the journal.
 */
public final class Partition
    extends EventSourcedBehavior<Partition.Command, PartitionEvent, PartitionLog> {

  /** A message to this actor. */
  public sealed interface Command permits PartitionRequest, LocalCommand {}

  /** A message that only local actors may send to the partition. */
  public non-sealed interface LocalCommand extends Command {}

  /** The consumer controller that delivers batches, once the partition requests them. */
  public record UseConsumerController(
      ActorRef<ConsumerController.Start<PublishBatch>> consumerController)
      implements LocalCommand {}

  private record Deliver(ConsumerController.Delivery<PublishBatch> delivery)
      implements LocalCommand {}

  private record ReadTail(Feed.TailRequest request) implements LocalCommand {}

  /** A feed has stopped. */
  record FeedEnded(String subscription, PartitionFeeds.Feeding feeding) implements LocalCommand {}

  private enum ReportLag implements LocalCommand {
    INSTANCE
  }

  private enum WakeWorkers implements LocalCommand {
    INSTANCE
  }

  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private final PartitionId id;
  private final PartitionSettings settings;
  private final Clock clock;
  private final LogLimits limits;
  private final ActorRef<ConsumerController.Delivery<PublishBatch>> deliveries;
  private final PartitionFeeds feeds;
  private final EarlyEvictions earlyEvictions;
  private final LogSnapshots<PartitionLog, PartitionSnapshot> snapshots;
  private final LogOwnership ownership;
  private final LagReports lag;
  private final WorkerWaking waking;

  public static Behavior<Command> create(
      PartitionId id,
      PartitionSettings settings,
      PartitionJournal journal,
      Clock clock,
      Listeners listeners,
      SubscribedWorkers workers) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  if (!listeners.areNone()) {
                    timers.startTimerWithFixedDelay(ReportLag.INSTANCE, LagReports.INTERVAL);
                  }
                  return new Partition(
                      context, timers, id, settings, journal, clock, listeners, workers);
                }));
  }

  private Partition(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      PartitionId id,
      PartitionSettings settings,
      PartitionJournal journal,
      Clock clock,
      Listeners listeners,
      SubscribedWorkers workers) {
    super(PersistenceId.ofUniqueId(id.persistenceId()));
    this.context = context;
    this.timers = timers;
    this.id = id;
    this.settings = settings;
    this.clock = clock;
    this.ownership = new LogOwnership(context, timers, "Partition", id, settings, journal, clock);
    this.limits = ownership.limits();
    this.earlyEvictions = new EarlyEvictions(context.getLog(), id, limits);
    this.snapshots =
        new LogSnapshots<>(PartitionSnapshot.class, PartitionLog::restore, limits, settings);
    this.lag = new LagReports(id, listeners);
    this.waking = new WorkerWaking(id, workers);
    this.deliveries = context.messageAdapter(ConsumerController.deliveryClass(), Deliver::new);
    this.feeds =
        new PartitionFeeds(
            context,
            id,
            settings,
            journal,
            context.messageAdapter(Feed.TailRequest.class, ReadTail::new));
  }

  @Override
  public PartitionLog emptyState() {
    return PartitionLog.empty(id.partition(), limits);
  }

  @Override
  public CommandHandler<Command, PartitionEvent, PartitionLog> commandHandler() {
    return newCommandHandlerBuilder()
        .forAnyState()
        .onCommand(Deliver.class, this::onDeliver)
        .onCommand(ReadTail.class, this::onReadTail)
        .onCommand(CursorReport.class, this::onCursorReport)
        .onCommand(Attach.class, this::onAttach)
        .onCommand(FeedEnded.class, this::onFeedEnded)
        .onCommand(Describe.class, this::onDescribe)
        .onCommand(ForWorker.class, this::onForWorker)
        .onCommand(Locate.class, this::onLocate)
        .onCommand(LogOwnership.Activate.class, this::onActivate)
        .onCommand(LogOwnership.Upkeep.class, this::onUpkeep)
        .onCommand(ReportLag.class, this::onReportLag)
        .onCommand(WakeWorkers.class, this::onWakeWorkers)
        .onCommand(UseConsumerController.class, this::onUseConsumerController)
        .build();
  }

  @Override
  public EventHandler<PartitionLog, PartitionEvent> eventHandler() {
    return (log, event) -> {
      log.apply(event);
      lag.see(event);
      return log;
    };
  }

  @Override
  public SignalHandler<PartitionLog> signalHandler() {
    return newSignalHandlerBuilder()
        .onSignal(RecoveryCompleted.instance(), this::onRecoveryCompleted)
        .onSignal(PostStop.class, (log, signal) -> lag.ended())
        .build();
  }

  private void onRecoveryCompleted(PartitionLog log) {
    ownership.recovered(log, lastSequenceNumber(context));
  }

  private Effect<PartitionEvent, PartitionLog> onActivate(
      PartitionLog log, LogOwnership.Activate command) {
    return Effect()
        .persist(ownership.takeOver())
        .thenRun(
            state -> {
              ownership.begin();
              lag.activated();
              wakeWorkers(state);
              context
                  .getLog()
                  .debug(
                      "Partition {} is active at offset {} on {}",
                      id,
                      state.nextOffset(),
                      settings.node());
            })
        .thenUnstashAll();
  }

  private Effect<PartitionEvent, PartitionLog> onUpkeep(
      PartitionLog log, LogOwnership.Upkeep upkeep) {
    if (!ownership.remains(log, upkeep)) {
      return Effect().stop();
    }
    wakeWorkers(log);
    return Effect().none();
  }

  private Effect<PartitionEvent, PartitionLog> onWakeWorkers(
      PartitionLog log, WakeWorkers command) {
    wakeWorkers(log);
    return Effect().none();
  }

  /** Wakes the workers that aren't fed, unless that was done a moment ago. */
  private void wakeWorkers(PartitionLog log) {
    if (!timers.isTimerActive(WakeWorkers.INSTANCE)
        && waking.wake(log.nextOffset(), feeds::isFed)) {
      timers.startSingleTimer(WakeWorkers.INSTANCE, WorkerWaking.INTERVAL);
    }
  }

  private Effect<PartitionEvent, PartitionLog> onReportLag(PartitionLog log, ReportLag command) {
    if (ownership.isActive()) {
      lag.report(log.nextOffset(), clock.millis());
    }
    return Effect().none();
  }

  private Effect<PartitionEvent, PartitionLog> onUseConsumerController(
      PartitionLog log, UseConsumerController command) {
    if (!ownership.isActive()) {
      return Effect().stash();
    }
    command.consumerController.tell(new ConsumerController.Start<>(deliveries));
    return Effect().none();
  }

  private Effect<PartitionEvent, PartitionLog> onDeliver(PartitionLog log, Deliver command) {
    PublishBatch batch = command.delivery.message();
    PartitionLog.Decision decision = log.decide(batch, clock.millis());
    if (decision instanceof PartitionLog.Append append) {
      return Effect()
          .persist(append.event())
          .thenRun(state -> onAppended(state, append, command.delivery));
    }
    if (decision instanceof PartitionLog.Repeat repeat) {
      batch.replyTo().tell(repeat.receipt());
    } else if (decision instanceof PartitionLog.Forgotten forgotten) {
      context
          .getLog()
          .warn(
              "Partition {} can't tell whether batch {} of publisher {} is stored: too many others have published since, and it was forgotten. The callers get an unknown outcome",
              id,
              batch.number(),
              batch.publisher());
      batch.replyTo().tell(forgotten.receipt());
    }
    command.delivery.confirmTo().tell(ConsumerController.confirmed());
    return Effect().none();
  }

  private void onAppended(
      PartitionLog log,
      PartitionLog.Append append,
      ConsumerController.Delivery<PublishBatch> delivery) {
    delivery.message().replyTo().tell(append.receipt());
    delivery.confirmTo().tell(ConsumerController.confirmed());
    feeds.appended(log, append.event());
    wakeWorkers(log);
    earlyEvictions.warn(log);
  }

  private Effect<PartitionEvent, PartitionLog> onReadTail(PartitionLog log, ReadTail command) {
    feeds.readTail(log, command.request);
    return Effect().none();
  }

  private Effect<PartitionEvent, PartitionLog> onAttach(PartitionLog log, Attach attach) {
    if (!ownership.isActive()) {
      return Effect().stash();
    }
    feeds.attach(log, attach);
    return Effect().none();
  }

  private Effect<PartitionEvent, PartitionLog> onFeedEnded(PartitionLog log, FeedEnded ended) {
    feeds.ended(ended);
    return Effect().none();
  }

  private Effect<PartitionEvent, PartitionLog> onCursorReport(
      PartitionLog log, CursorReport report) {
    if (feeds.report(report)) {
      lag.hear(report);
    }
    return Effect().none();
  }

  private Effect<PartitionEvent, PartitionLog> onDescribe(PartitionLog log, Describe describe) {
    if (!ownership.isActive()) {
      return Effect().stash();
    }
    describe.replyTo().tell(new PartitionRequest.Description(log.nextOffset(), feeds.reports()));
    return Effect().none();
  }

  /**
   * Passes a request to the worker that is fed now. If there is none, it is woken, and the sender
   * repeats the request.
   */
  private Effect<PartitionEvent, PartitionLog> onForWorker(PartitionLog log, ForWorker command) {
    if (!feeds.pass(command)) {
      waking.wake(command.subscription());
    }
    return Effect().none();
  }

  private Effect<PartitionEvent, PartitionLog> onLocate(PartitionLog log, Locate command) {
    if (!ownership.isActive()) {
      return Effect().stash();
    }
    feeds.locate(log, command);
    return Effect().none();
  }

  @Override
  public boolean shouldSnapshot(PartitionLog log, PartitionEvent event, long sequenceNr) {
    return snapshots.isDue(log, event, sequenceNr);
  }

  @Override
  public SnapshotAdapter<PartitionLog> snapshotAdapter() {
    return snapshots;
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
