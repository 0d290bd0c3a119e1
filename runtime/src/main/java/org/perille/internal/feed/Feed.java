package org.perille.internal.feed;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.delivery.ConsumerController;
import org.apache.pekko.actor.typed.delivery.ProducerController;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.perille.internal.feed.PartitionJournal.Stored;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMark;
import org.perille.internal.log.PartitionEvent.BatchAppended;
import org.perille.internal.settings.FeedLimits;

/**
 * Streams a partition's log to one subscriber, on its demand for each batch.
 *
 * <p>It reads from the partition's tail while the subscriber keeps up, and from the journal when it
 * is behind. A subscriber whose position isn't in this log receives a reason at each demand, and
 * nothing else.
 *
 * <p>A feed lives as long as both its subscriber's worker and its partition. It has no state that
 * the worker doesn't also have.
 */
public final class Feed extends AbstractBehavior<Feed.Command> {

  /** A message to this actor. */
  public sealed interface Command {}

  /** The partition's answer to a {@link TailRequest}, with the next messages. */
  public record TailAvailable(TailCache.Read read) implements Command {}

  /**
   * The partition's answer to a {@link TailRequest} if the next messages are only in the journal.
   *
   * @param lastSequenceNumber the sequence number of the last event to read there
   */
  public record TailMissed(long lastSequenceNumber) implements Command {}

  /** The worker has repeated its request, because the answer may have been lost. */
  public enum AnswerAgain implements Command {
    INSTANCE
  }

  private record Demand(ProducerController.RequestNext<FeedBatch> next) implements Command {}

  private record Decided(FeedStart.Decision decision, Throwable failure) implements Command {}

  private record JournalRead(List<Stored> events, Throwable failure) implements Command {}

  private enum ReadAgain implements Command {
    INSTANCE
  }

  /** Requests the messages from an offset on. The partition answers when there are some. */
  public record TailRequest(long offset, FeedLimits limits, ActorRef<Command> feed) {}

  /**
   * The parameters of a feed.
   *
   * @param endOffset the end offset of the partition when the worker attached
   * @param lastSequenceNumber the last sequence number of the partition when the worker attached
   */
  public record Assignment(
      String persistenceId,
      long epoch,
      long session,
      ReadFrom from,
      long endOffset,
      long lastSequenceNumber,
      ActorRef<FeedAnswer> worker,
      ActorRef<ConsumerController.Command<FeedBatch>> consumerController) {}

  /** The limit of events in one read: 12 MiB with the largest batches. */
  private static final int MAX_EVENTS_PER_READ = 100;

  /** The target size of one read of the journal. */
  private static final long READ_TARGET_BYTES = 512 * 1024;

  private static final Duration READ_AGAIN_AFTER = Duration.ofSeconds(1);

  private final Assignment assignment;
  private final PartitionJournal journal;
  private final FeedLimits limits;
  private final ActorRef<TailRequest> partition;
  private final TimerScheduler<Command> timers;
  private final ArrayDeque<FeedBatch> ready = new ArrayDeque<>();

  private Optional<ProducerController.RequestNext<FeedBatch>> demand = Optional.empty();
  private Optional<FeedAnswer.Attached> begun = Optional.empty();
  private boolean reading;
  private long offset;
  private long sequenceNumber;
  private long journalReadUpTo;
  private int eventsPerRead = 8;

  public static Behavior<Command> create(
      Assignment assignment,
      PartitionJournal journal,
      FeedLimits limits,
      ActorRef<TailRequest> partition) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> new Feed(context, timers, assignment, journal, limits, partition)));
  }

  private Feed(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Assignment assignment,
      PartitionJournal journal,
      FeedLimits limits,
      ActorRef<TailRequest> partition) {
    super(context);
    this.timers = timers;
    this.assignment = assignment;
    this.journal = journal;
    this.limits = limits;
    this.partition = partition;
    context.watch(assignment.worker);
    decide();
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Decided.class, this::onDecided)
        .onMessage(AnswerAgain.class, this::onAnswerAgain)
        .onMessage(Demand.class, this::onDemand)
        .onMessage(TailAvailable.class, this::onTailAvailable)
        .onMessage(TailMissed.class, this::onTailMissed)
        .onMessage(JournalRead.class, this::onJournalRead)
        .onMessage(ReadAgain.class, message -> readJournal())
        .onSignal(Terminated.class, signal -> Behaviors.stopped())
        .build();
  }

  private void decide() {
    getContext()
        .pipeToSelf(
            new FeedStart(
                    journal,
                    assignment.persistenceId,
                    assignment.endOffset,
                    assignment.lastSequenceNumber)
                .decide(assignment.from),
            Decided::new);
  }

  private Behavior<Command> onDecided(Decided message) {
    if (begun.isPresent()) {
      return this;
    }
    if (message.failure != null) {
      // The worker repeats its request, which starts a new feed.
      getContext()
          .getLog()
          .warn(
              "The start position of a feed can't be read from the journal of '{}'; its worker asks again",
              assignment.persistenceId,
              message.failure);
      return Behaviors.stopped();
    }
    if (message.decision instanceof FeedStart.At start) {
      begin(start);
    } else {
      // The feed remains: through it the partition knows to which worker it passes a reset.
      assignment.worker.tell(
          new FeedAnswer.Refused(
              assignment.epoch,
              assignment.session,
              ((FeedStart.Refused) message.decision).reason()));
    }
    return this;
  }

  private void begin(FeedStart.At start) {
    offset = start.place().offset();
    sequenceNumber = start.place().sequenceNumber();
    FeedAnswer.Attached answer =
        new FeedAnswer.Attached(
            assignment.epoch,
            assignment.session,
            offset,
            sequenceNumber,
            start.mark(),
            getContext().getSelf().unsafeUpcast());
    begun = Optional.of(answer);
    assignment.worker.tell(answer);
    ActorRef<ProducerController.Command<FeedBatch>> producer =
        getContext()
            .spawn(
                ProducerController.create(
                    FeedBatch.class, getContext().getSelf().path().name(), Optional.empty()),
                "producer");
    getContext().watch(producer);
    producer.tell(
        new ProducerController.Start<>(
            getContext().messageAdapter(ProducerController.requestNextClass(), Demand::new)));
    producer.tell(new ProducerController.RegisterConsumer<>(assignment.consumerController));
  }

  private Behavior<Command> onAnswerAgain(AnswerAgain message) {
    begun.ifPresentOrElse(assignment.worker::tell, this::decide);
    return this;
  }

  private Behavior<Command> onDemand(Demand message) {
    demand = Optional.of(message.next);
    return proceed();
  }

  /** Sends if a batch is ready and there is demand. Reads if none is ready. */
  private Behavior<Command> proceed() {
    if (demand.isPresent()) {
      if (!ready.isEmpty()) {
        demand.get().sendNextTo().tell(ready.poll());
        demand = Optional.empty();
      } else if (!reading) {
        reading = true;
        partition.tell(new TailRequest(offset, limits, getContext().getSelf()));
      }
    }
    return this;
  }

  private Behavior<Command> onTailAvailable(TailAvailable message) {
    reading = false;
    FeedBatch batch = message.read.batch();
    if (batch.firstOffset() != offset) {
      throw new IllegalStateException(
          "INV-4 a feed has no gaps: offset %d was expected, and the tail returned %d"
              .formatted(offset, batch.firstOffset()));
    }
    ready.add(batch);
    offset = batch.endOffset();
    sequenceNumber = message.read.nextSequenceNumber();
    return proceed();
  }

  private Behavior<Command> onTailMissed(TailMissed message) {
    journalReadUpTo = message.lastSequenceNumber;
    return readJournal();
  }

  private Behavior<Command> readJournal() {
    long to = Math.min(journalReadUpTo, sequenceNumber + eventsPerRead - 1);
    getContext()
        .pipeToSelf(journal.read(assignment.persistenceId, sequenceNumber, to), JournalRead::new);
    return this;
  }

  private Behavior<Command> onJournalRead(JournalRead message) {
    if (message.failure != null) {
      getContext()
          .getLog()
          .warn("Can't read the journal; next attempt in {}", READ_AGAIN_AFTER, message.failure);
      timers.startSingleTimer(ReadAgain.INSTANCE, READ_AGAIN_AFTER);
      return this;
    }
    long bytes = 0;
    FeedBatchBuilder batch = new FeedBatchBuilder(limits);
    for (Stored stored : message.events) {
      if (stored.event() instanceof BatchAppended event) {
        bytes += event.sizeInBytes();
        List<LogEntry> entries = event.entries();
        LogMark mark = LogMark.of(stored.sequenceNumber(), event);
        while (!batch.add(mark, entries, offset)) {
          batch = addReady(batch);
        }
      }
    }
    if (!batch.isEmpty()) {
      addReady(batch);
    }
    sequenceNumber = message.events.get(message.events.size() - 1).sequenceNumber() + 1;
    long average = Math.max(1, bytes / message.events.size());
    eventsPerRead = (int) Math.max(1, Math.min(MAX_EVENTS_PER_READ, READ_TARGET_BYTES / average));
    if (ready.isEmpty() && sequenceNumber <= journalReadUpTo) {
      return readJournal();
    }
    reading = false;
    return proceed();
  }

  private FeedBatchBuilder addReady(FeedBatchBuilder builder) {
    FeedBatch batch = builder.build();
    if (batch.firstOffset() != offset) {
      throw new IllegalStateException(
          "INV-4 a feed has no gaps: offset %d was expected, and the journal returned %d"
              .formatted(offset, batch.firstOffset()));
    }
    ready.add(batch);
    offset = batch.endOffset();
    return new FeedBatchBuilder(limits);
  }
}
