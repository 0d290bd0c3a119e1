package org.perille.internal.partition;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.delivery.ConsumerController;
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
import org.perille.internal.feed.Feed;
import org.perille.internal.feed.JournalSeek;
import org.perille.internal.feed.PartitionJournal;
import org.perille.internal.feed.TailCache;
import org.perille.internal.log.ExactClock;
import org.perille.internal.log.PartitionClock;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.PartitionEvent.Activated;
import org.perille.internal.log.PartitionEvent.BatchAppended;
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
  public sealed interface LocalCommand extends Command {}

  /** The consumer controller that delivers batches, once the partition requests them. */
  public record UseConsumerController(
      ActorRef<ConsumerController.Start<PublishBatch>> consumerController)
      implements LocalCommand {}

  private record Deliver(ConsumerController.Delivery<PublishBatch> delivery)
      implements LocalCommand {}

  private record ReadTail(Feed.TailRequest request) implements LocalCommand {}

  private record FeedEnded(String subscription, Feeding feeding) implements LocalCommand {}

  private enum Activate implements LocalCommand {
    INSTANCE
  }

  private enum CheckFencing implements LocalCommand {
    INSTANCE
  }

  private enum ReadClock implements LocalCommand {
    INSTANCE
  }

  /** A quarter of the limit of the time between two readings. */
  private static final Duration CLOCK_INTERVAL = PartitionClock.MAX_STEP.dividedBy(4);

  /** Another partition owner has written at this sequence number. */
  private record Fenced(long sequenceNumber) implements LocalCommand {}

  private record Feeding(ActorRef<Feed.Command> feed, ActorRef<WorkerRequest> worker) {}

  private final ActorContext<Command> context;
  private final PartitionId id;
  private final PartitionSettings settings;
  private final PartitionJournal journal;
  private final Clock clock;
  private final LogLimits limits;
  private final TailCache tail;
  private final ActorRef<ConsumerController.Delivery<PublishBatch>> deliveries;
  private final ActorRef<Feed.TailRequest> tailRequests;

  private final Feeds<Feeding> feeds = new Feeds<>();
  private final Map<String, CursorReport> cursors = new HashMap<>();
  private final List<Feed.TailRequest> waiting = new ArrayList<>();
  private boolean active;
  private long checkedAt;
  private long feedsStarted;
  private long bytesSinceSnapshot;
  private long evictionsReported;
  private long evictionsReportedAtNanos;

  public static Behavior<Command> create(
      PartitionId id, PartitionSettings settings, PartitionJournal journal, Clock clock) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  timers.startTimerWithFixedDelay(
                      CheckFencing.INSTANCE, settings.fencingCheckInterval());
                  timers.startTimerWithFixedDelay(ReadClock.INSTANCE, CLOCK_INTERVAL);
                  return new Partition(context, id, settings, journal, clock);
                }));
  }

  private Partition(
      ActorContext<Command> context,
      PartitionId id,
      PartitionSettings settings,
      PartitionJournal journal,
      Clock clock) {
    super(PersistenceId.ofUniqueId(id.persistenceId()));
    this.context = context;
    this.id = id;
    this.settings = settings;
    this.journal = journal;
    this.clock = clock;
    this.limits =
        clock instanceof ExactClock ? settings.limits().withExactClock() : settings.limits();
    this.tail = new TailCache(settings.tailBytes(), settings.tailAge());
    this.deliveries = context.messageAdapter(ConsumerController.deliveryClass(), Deliver::new);
    this.tailRequests = context.messageAdapter(Feed.TailRequest.class, ReadTail::new);
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
        .onCommand(Activate.class, this::onActivate)
        .onCommand(CheckFencing.class, this::onCheckPlace)
        .onCommand(ReadClock.class, this::onReadClock)
        .onCommand(Fenced.class, this::onFenced)
        .onCommand(UseConsumerController.class, this::onUseConsumerController)
        .build();
  }

  @Override
  public EventHandler<PartitionLog, PartitionEvent> eventHandler() {
    return (log, event) -> {
      log.apply(event);
      return log;
    };
  }

  @Override
  public SignalHandler<PartitionLog> signalHandler() {
    return newSignalHandlerBuilder()
        .onSignal(RecoveryCompleted.instance(), this::onRecoveryCompleted)
        .build();
  }

  private void onRecoveryCompleted(PartitionLog log) {
    long stored = lastSequenceNumber(context);
    if (log.sequenceNumber() != stored) {
      throw new IllegalStateException(
          "INV-2 recovery is complete: the journal of partition %s ends at sequence number %d, and replay ended at %d"
              .formatted(id, stored, log.sequenceNumber()));
    }
    context.getSelf().tell(Activate.INSTANCE);
  }

  private Effect<PartitionEvent, PartitionLog> onActivate(PartitionLog log, Activate command) {
    return Effect()
        .persist(new Activated(clock.millis(), settings.node()))
        .thenRun(
            state -> {
              active = true;
              context
                  .getLog()
                  .info(
                      "Partition {} is active at offset {} on {}",
                      id,
                      state.nextOffset(),
                      settings.node());
            })
        .thenUnstashAll();
  }

  /**
   * Checks whether this partition was replaced. One that appends learns this from its journal; an
   * idle one must check.
   */
  private Effect<PartitionEvent, PartitionLog> onCheckPlace(
      PartitionLog log, CheckFencing command) {
    long next = log.sequenceNumber() + 1;
    if (active && next == checkedAt) {
      ActorRef<Command> self = context.getSelf();
      journal
          .readUpTo(id.persistenceId(), next, next)
          .thenAccept(
              found -> {
                if (!found.isEmpty()) {
                  self.tell(new Fenced(next));
                }
              });
    }
    checkedAt = next;
    return Effect().none();
  }

  /** Reads the clock, so that time counts while nothing is appended. */
  private Effect<PartitionEvent, PartitionLog> onReadClock(PartitionLog log, ReadClock command) {
    if (active) {
      log.readClock(clock.millis());
    }
    return Effect().none();
  }

  private Effect<PartitionEvent, PartitionLog> onFenced(PartitionLog log, Fenced taken) {
    if (taken.sequenceNumber <= log.sequenceNumber()) {
      return Effect().none();
    }
    context
        .getLog()
        .warn(
            "Partition {} on {} was replaced: another owner has written event {}; it stops, and"
                + " its successor continues from there",
            id,
            settings.node(),
            taken.sequenceNumber);
    return Effect().stop();
  }

  private Effect<PartitionEvent, PartitionLog> onUseConsumerController(
      PartitionLog log, UseConsumerController command) {
    if (!active) {
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
    tail.append(log.sequenceNumber(), append.event());
    answerWaiting(log);
    warnOfEarlyEvictions(log);
  }

  private void answerWaiting(PartitionLog log) {
    if (!waiting.isEmpty()) {
      List<Feed.TailRequest> requests = List.copyOf(waiting);
      waiting.clear();
      requests.forEach(request -> readTail(log, request));
    }
  }

  private void warnOfEarlyEvictions(PartitionLog log) {
    long now = System.nanoTime();
    if (log.idsEvictedEarly() > evictionsReported
        && (evictionsReported == 0
            || now - evictionsReportedAtNanos > TimeUnit.MINUTES.toNanos(1))) {
      context
          .getLog()
          .warn(
              "Partition {} forgot {} message ids inside the dedup window of {}, because more than"
                  + " {} arrived: a message published again under one of them is stored twice. The"
                  + " window is {} at this rate. Raise perille.partition.dedup-max-ids, or lower"
                  + " perille.partition.dedup-window",
              id,
              log.idsEvictedEarly() - evictionsReported,
              settings.limits().dedupWindow(),
              settings.limits().dedupMaxIds(),
              log.effectiveWindow());
      evictionsReported = log.idsEvictedEarly();
      evictionsReportedAtNanos = now;
    }
  }

  private Effect<PartitionEvent, PartitionLog> onReadTail(PartitionLog log, ReadTail command) {
    readTail(log, command.request);
    return Effect().none();
  }

  private void readTail(PartitionLog log, Feed.TailRequest request) {
    if (request.offset() >= log.nextOffset()) {
      waiting.removeIf(other -> other.feed().equals(request.feed()));
      waiting.add(request);
      return;
    }
    Optional<TailCache.Read> read = tail.read(request.offset(), request.limits());
    request
        .feed()
        .tell(
            read.isPresent()
                ? new Feed.TailAvailable(read.get())
                : new Feed.TailMissed(tail.firstSequenceNumber(log.sequenceNumber() + 1) - 1));
  }

  private Effect<PartitionEvent, PartitionLog> onAttach(PartitionLog log, Attach attach) {
    if (!active) {
      return Effect().stash();
    }
    Feeds.Decision<Feeding> decision =
        feeds.requested(
            attach.subscription(),
            attach.epoch(),
            attach.session(),
            attach.from(),
            log.nextOffset());
    if (decision instanceof Feeds.AnswerAgain<Feeding> again) {
      again.feed().feed.tell(Feed.AnswerAgain.INSTANCE);
    } else if (decision instanceof Feeds.Start<Feeding> start) {
      start.replaced().ifPresent(current -> context.stop(current.feed));
      startFeed(log, attach);
    }
    return Effect().none();
  }

  private void startFeed(PartitionLog log, Attach attach) {
    ActorRef<Feed.Command> feed =
        context.spawn(
            Feed.create(
                new Feed.Assignment(
                    id.persistenceId(),
                    attach.epoch(),
                    attach.session(),
                    attach.from(),
                    log.nextOffset(),
                    log.sequenceNumber(),
                    attach.worker(),
                    attach.consumerController()),
                journal,
                settings.feed(),
                tailRequests),
            "feed-" + attach.subscription() + "-" + ++feedsStarted);
    Feeding feeding = new Feeding(feed, attach.requests());
    context.watchWith(feed, new FeedEnded(attach.subscription(), feeding));
    feeds.started(attach.subscription(), attach.epoch(), attach.session(), feeding);
    // The position from which it reads isn't what it has finished, which the worker reports itself.
    cursors.remove(attach.subscription());
  }

  private Effect<PartitionEvent, PartitionLog> onFeedEnded(PartitionLog log, FeedEnded ended) {
    waiting.removeIf(request -> request.feed().equals(ended.feeding.feed));
    if (feeds.ended(ended.subscription, ended.feeding)) {
      cursors.remove(ended.subscription);
    }
    return Effect().none();
  }

  private Effect<PartitionEvent, PartitionLog> onCursorReport(
      PartitionLog log, CursorReport report) {
    CursorReport known = cursors.get(report.subscription());
    if (feeds.of(report.subscription()).isPresent()
        && (known == null || known.epoch() <= report.epoch())) {
      cursors.put(report.subscription(), report);
    }
    return Effect().none();
  }

  private Effect<PartitionEvent, PartitionLog> onDescribe(PartitionLog log, Describe describe) {
    if (!active) {
      return Effect().stash();
    }
    describe
        .replyTo()
        .tell(new PartitionRequest.Description(log.nextOffset(), List.copyOf(cursors.values())));
    return Effect().none();
  }

  /**
   * Passes a request to the worker that is fed now. The sender repeats a request for another one.
   */
  private Effect<PartitionEvent, PartitionLog> onForWorker(PartitionLog log, ForWorker command) {
    feeds.of(command.subscription()).ifPresent(feeding -> feeding.worker.tell(command.request()));
    return Effect().none();
  }

  private Effect<PartitionEvent, PartitionLog> onLocate(PartitionLog log, Locate command) {
    if (!active) {
      return Effect().stash();
    }
    new JournalSeek(journal, id.persistenceId(), log.nextOffset(), log.sequenceNumber())
        .place(command.from())
        .whenComplete(
            (place, failure) -> {
              // The sender repeats the request if there is no answer.
              if (failure == null) {
                command
                    .replyTo()
                    .tell(new PartitionRequest.Located(place.offset(), place.sequenceNumber()));
              }
            });
    return Effect().none();
  }

  @Override
  public boolean shouldSnapshot(PartitionLog log, PartitionEvent event, long sequenceNr) {
    if (event instanceof BatchAppended appended) {
      bytesSinceSnapshot += appended.sizeInBytes();
    }
    // The ids are the bulk of a snapshot. So a snapshot requires that as many bytes were appended
    // since.
    if (bytesSinceSnapshot < settings.snapshotBytes() + 100L * log.idsKnown()
        && sequenceNr % settings.snapshotEvents() != 0) {
      return false;
    }
    bytesSinceSnapshot = 0;
    return true;
  }

  @Override
  public SnapshotAdapter<PartitionLog> snapshotAdapter() {
    return new SnapshotAdapter<>() {
      @Override
      public Object toJournal(PartitionLog log) {
        return log.snapshot();
      }

      @Override
      public PartitionLog fromJournal(Object snapshot) {
        return PartitionLog.restore(limits, (PartitionSnapshot) snapshot);
      }
    };
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
