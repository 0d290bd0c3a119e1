package org.perille.internal.transaction;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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
import org.perille.internal.failure.UserCode;
import org.perille.internal.feed.PartitionJournal;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.PartitionEvent.TransactionsFinished;
import org.perille.internal.log.PartitionId;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.log.StoredTransaction;
import org.perille.internal.partition.LogOwnership;
import org.perille.internal.partition.LogSnapshots;
import org.perille.internal.partition.Partition;
import org.perille.internal.partition.Partition.UseConsumerController;
import org.perille.internal.partition.PartitionLog;
import org.perille.internal.partition.PartitionRequest.AwaitTransaction;
import org.perille.internal.partition.PartitionRequest.Describe;
import org.perille.internal.partition.PartitionRequest.Description;
import org.perille.internal.partition.PartitionRequest.TransactionAnswer;
import org.perille.internal.partition.TransactionSnapshot;
import org.perille.internal.partition.TransactionSnapshot.Unfinished;
import org.perille.internal.settings.LogLimits;
import org.perille.internal.settings.PartitionSettings;

/**
 * The owner of a log of transactions.
 *
 * <p>It commits transactions, a batch of them by one journal event, and relays each into its
 * topics. When all messages of a transaction have receipts, it answers who waits for them, and
 * records that it is finished. A successor relays the unfinished ones again, which partitions
 * recognise by their origins.
 *
 * <p>Any failure, and any unknown outcome, stops it. Its parent restarts it under a later epoch.
 */
public final class TransactionPartition
    extends EventSourcedBehavior<Partition.Command, PartitionEvent, TransactionLog> {

  private record Deliver(ConsumerController.Delivery<PublishBatch> delivery)
      implements Partition.LocalCommand {}

  private record Relayed(TransactionRelay.Outcome outcome) implements Partition.LocalCommand {}

  private enum RecordFinished implements Partition.LocalCommand {
    INSTANCE
  }

  private enum ReportProgress implements Partition.LocalCommand {
    INSTANCE
  }

  /**
   * The time until finished transactions are recorded, so that one event has many. Who waits is
   * answered before.
   */
  private static final Duration RECORD_AFTER = Duration.ofMillis(20);

  /** The number of finished transactions that are recorded at once. */
  private static final int MAX_RECORDED = 1_000;

  /** The limit of waiting requests for one transaction; more replace the oldest. */
  private static final int MAX_WAITING = 4;

  private final ActorContext<Partition.Command> context;
  private final TimerScheduler<Partition.Command> timers;
  private final PartitionId id;
  private final PartitionSettings settings;
  private final TransactionRelay.Target target;
  private final TransactionReports reports;
  private final Clock clock;
  private final LogOwnership ownership;
  private final LogLimits limits;
  private final LogSnapshots<TransactionLog, TransactionSnapshot> snapshots;
  private final ActorRef<ConsumerController.Delivery<PublishBatch>> deliveries;

  /** The transactions whose messages are all stored, and that aren't recorded as finished. */
  private final TreeMap<Long, StoredTransaction> received = new TreeMap<>();

  private final Map<Long, Deque<ActorRef<TransactionAnswer>>> waiting = new HashMap<>();

  /** A batch for which the log had no room. */
  private Optional<Deliver> held = Optional.empty();

  /** The relay of this epoch; empty until this owner is active. */
  private Optional<TransactionRelay> relay = Optional.empty();

  /**
   * Creates the behavior.
   *
   * @param target publishes the messages of transactions
   * @param reports shows the progress to operators
   */
  public static Behavior<Partition.Command> create(
      PartitionId id,
      PartitionSettings settings,
      PartitionJournal journal,
      Clock clock,
      TransactionRelay.Target target,
      TransactionReports reports) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers ->
                    new TransactionPartition(
                        context, timers, id, settings, journal, clock, target, reports)));
  }

  private TransactionPartition(
      ActorContext<Partition.Command> context,
      TimerScheduler<Partition.Command> timers,
      PartitionId id,
      PartitionSettings settings,
      PartitionJournal journal,
      Clock clock,
      TransactionRelay.Target target,
      TransactionReports reports) {
    super(PersistenceId.ofUniqueId(id.persistenceId()));
    this.context = context;
    this.timers = timers;
    this.id = id;
    this.settings = settings;
    this.target = target;
    this.reports = reports;
    this.clock = clock;
    this.ownership =
        new LogOwnership(context, timers, "Log of transactions", id, settings, journal, clock);
    this.limits = ownership.limits();
    this.snapshots =
        new LogSnapshots<>(TransactionSnapshot.class, TransactionLog::restore, limits, settings);
    this.deliveries = context.messageAdapter(ConsumerController.deliveryClass(), Deliver::new);
  }

  @Override
  public TransactionLog emptyState() {
    return TransactionLog.empty(id.partition(), limits);
  }

  @Override
  public CommandHandler<Partition.Command, PartitionEvent, TransactionLog> commandHandler() {
    return newCommandHandlerBuilder()
        .forAnyState()
        .onCommand(Deliver.class, this::onDeliver)
        .onCommand(Relayed.class, this::onRelayed)
        .onCommand(RecordFinished.class, this::onRecord)
        .onCommand(ReportProgress.class, this::onReport)
        .onCommand(AwaitTransaction.class, this::onAwait)
        .onCommand(Describe.class, this::onDescribe)
        .onCommand(LogOwnership.Activate.class, this::onActivate)
        .onCommand(LogOwnership.Upkeep.class, this::onUpkeep)
        .onCommand(UseConsumerController.class, this::onUseConsumerController)
        .build();
  }

  @Override
  public EventHandler<TransactionLog, PartitionEvent> eventHandler() {
    return (log, event) -> {
      log.apply(event);
      return log;
    };
  }

  @Override
  public SignalHandler<TransactionLog> signalHandler() {
    return newSignalHandlerBuilder()
        .onSignal(RecoveryCompleted.instance(), this::onRecoveryCompleted)
        .onSignal(PostStop.class, (log, signal) -> onStopped())
        .build();
  }

  private void onRecoveryCompleted(TransactionLog log) {
    ownership.recovered(log, lastSequenceNumber(context));
  }

  private Effect<PartitionEvent, TransactionLog> onActivate(
      TransactionLog log, LogOwnership.Activate command) {
    return Effect().persist(ownership.takeOver()).thenRun(this::activated).thenUnstashAll();
  }

  private void activated(TransactionLog log) {
    ownership.begin();
    ActorRef<Partition.Command> self = context.getSelf();
    TransactionRelay started =
        new TransactionRelay(
            id.entityId(),
            log.sequenceNumber(),
            target,
            outcome -> self.tell(new Relayed(outcome)),
            log.finishedBelow());
    relay = Optional.of(started);
    context
        .getLog()
        .debug(
            "Log of transactions {} is active at offset {} on {}, with {} unfinished transactions",
            id,
            log.nextOffset(),
            settings.node(),
            log.unfinished().size());
    log.unfinished().values().forEach(one -> started.relay(one.offset(), one.message()));
    report(log);
    timers.startTimerWithFixedDelay(ReportProgress.INSTANCE, TransactionReports.INTERVAL);
  }

  private Effect<PartitionEvent, TransactionLog> onReport(
      TransactionLog log, ReportProgress command) {
    report(log);
    return Effect().none();
  }

  private void report(TransactionLog log) {
    reports.progress(
        id, log.unfinished().size(), log.ageOfUnfinished(clock.millis()), () -> oldest(log));
  }

  private TransactionReports.Oldest oldest(TransactionLog log) {
    Unfinished oldest = log.unfinished().firstEntry().getValue();
    return new TransactionReports.Oldest(
        oldest.message().id(), relay.orElseThrow().waitingFor(oldest.offset()));
  }

  private void onStopped() {
    if (relay.isPresent()) {
      reports.ended(id);
    }
  }

  private Effect<PartitionEvent, TransactionLog> onUpkeep(
      TransactionLog log, LogOwnership.Upkeep upkeep) {
    return ownership.remains(log, upkeep) ? Effect().none() : Effect().stop();
  }

  private Effect<PartitionEvent, TransactionLog> onUseConsumerController(
      TransactionLog log, UseConsumerController command) {
    if (relay.isEmpty()) {
      return Effect().stash();
    }
    command.consumerController().tell(new ConsumerController.Start<>(deliveries));
    return Effect().none();
  }

  private Effect<PartitionEvent, TransactionLog> onDeliver(TransactionLog log, Deliver command) {
    if (!log.hasRoom()) {
      // Reliable delivery sends no other batch before this one is confirmed.
      held = Optional.of(command);
      return Effect().none();
    }
    PublishBatch batch = command.delivery.message();
    PartitionLog.Decision decision = log.decide(batch, clock.millis());
    if (decision instanceof PartitionLog.Append append) {
      return Effect()
          .persist(append.event())
          .thenRun(state -> onCommitted(append, command.delivery));
    }
    if (decision instanceof PartitionLog.Repeat repeat) {
      batch.replyTo().tell(repeat.receipt());
    } else if (decision instanceof PartitionLog.Forgotten forgotten) {
      // The publisher commits its transactions again, which have ids.
      batch.replyTo().tell(forgotten.receipt());
    }
    command.delivery.confirmTo().tell(ConsumerController.confirmed());
    return Effect().none();
  }

  private void onCommitted(
      PartitionLog.Append append, ConsumerController.Delivery<PublishBatch> delivery) {
    delivery.message().replyTo().tell(append.receipt());
    delivery.confirmTo().tell(ConsumerController.confirmed());
    long offset = append.event().firstOffset();
    for (LogMessage transaction : append.event().messages()) {
      relay.orElseThrow().relay(offset++, transaction);
    }
  }

  private Effect<PartitionEvent, TransactionLog> onRelayed(TransactionLog log, Relayed relayed) {
    if (relayed.outcome.failure().isPresent()) {
      Throwable cause = UserCode.unwrap(relayed.outcome.failure().get());
      context
          .getLog()
          .info(
              "Log of transactions {} on {} begins again, because a message of a transaction has no receipt: {}",
              id,
              settings.node(),
              UserCode.describe(cause));
      return Effect().stop();
    }
    StoredTransaction stored = relayed.outcome.stored().orElseThrow();
    received.put(stored.offset(), stored);
    Deque<ActorRef<TransactionAnswer>> asking = waiting.remove(stored.offset());
    if (asking != null) {
      asking.forEach(replyTo -> replyTo.tell(new TransactionAnswer(Optional.of(stored))));
    }
    if (received.size() >= MAX_RECORDED) {
      return onRecord(log, RecordFinished.INSTANCE);
    }
    if (!timers.isTimerActive(RecordFinished.INSTANCE)) {
      timers.startSingleTimer(RecordFinished.INSTANCE, RECORD_AFTER);
    }
    return Effect().none();
  }

  private Effect<PartitionEvent, TransactionLog> onRecord(
      TransactionLog log, RecordFinished command) {
    if (received.isEmpty()) {
      return Effect().none();
    }
    return Effect()
        .persist(new TransactionsFinished(List.copyOf(received.values())))
        .thenRun(this::onRecorded);
  }

  private void onRecorded(TransactionLog log) {
    // Nothing was added meanwhile: commands wait for the write.
    received.clear();
    relay.orElseThrow().finishedBelow(log.finishedBelow());
    if (reports.isOverdue(id)) {
      report(log);
    }
    if (log.hasRoom()) {
      held.ifPresent(context.getSelf()::tell);
      held = Optional.empty();
    }
  }

  private Effect<PartitionEvent, TransactionLog> onAwait(
      TransactionLog log, AwaitTransaction await) {
    if (relay.isEmpty()) {
      return Effect().stash();
    }
    long offset = await.offset();
    if (offset >= log.nextOffset()) {
      // A successor has committed it. It will answer, because the question is repeated.
      return Effect().none();
    }
    Optional<StoredTransaction> stored =
        Optional.ofNullable(received.get(offset)).or(() -> log.stored(offset));
    if (stored.isEmpty() && log.isUnfinished(offset)) {
      Deque<ActorRef<TransactionAnswer>> asking =
          waiting.computeIfAbsent(offset, first -> new ArrayDeque<>(1));
      if (asking.size() == MAX_WAITING) {
        asking.removeFirst();
      }
      asking.addLast(await.replyTo());
    } else {
      await.replyTo().tell(new TransactionAnswer(stored));
    }
    return Effect().none();
  }

  private Effect<PartitionEvent, TransactionLog> onDescribe(TransactionLog log, Describe describe) {
    if (relay.isEmpty()) {
      return Effect().stash();
    }
    describe.replyTo().tell(new Description(log.nextOffset(), List.of()));
    return Effect().none();
  }

  @Override
  public boolean shouldSnapshot(TransactionLog log, PartitionEvent event, long sequenceNr) {
    return snapshots.isDue(log, event, sequenceNr);
  }

  @Override
  public SnapshotAdapter<TransactionLog> snapshotAdapter() {
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
