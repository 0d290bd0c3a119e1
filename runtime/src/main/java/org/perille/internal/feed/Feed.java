package org.perille.internal.feed;

import java.time.Duration;
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
import org.perille.internal.settings.FeedLimits;

/**
 * Streams a partition's log to one subscriber, on its demand for each batch.
 *
 * <p>Its {@link FeedReader} decides. This actor executes the actions. A subscriber whose position
 * isn't in this log receives a reason at each request, and nothing else.
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

  private static final Duration READ_AGAIN_AFTER = Duration.ofSeconds(1);

  private final Assignment assignment;
  private final PartitionJournal journal;
  private final FeedLimits limits;
  private final ActorRef<TailRequest> partition;
  private final TimerScheduler<Command> timers;
  private final FeedReader reader;

  private Optional<ProducerController.RequestNext<FeedBatch>> demand = Optional.empty();

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
    this.reader = new FeedReader(limits);
    context.watch(assignment.worker);
    carryOut(reader.begin());
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Decided.class, this::onDecided)
        .onMessage(AnswerAgain.class, message -> carryOut(reader.requestRepeated()))
        .onMessage(Demand.class, this::onDemand)
        .onMessage(TailAvailable.class, message -> carryOut(reader.tailAvailable(message.read)))
        .onMessage(
            TailMissed.class, message -> carryOut(reader.tailMissed(message.lastSequenceNumber)))
        .onMessage(JournalRead.class, this::onJournalRead)
        .onMessage(ReadAgain.class, message -> carryOut(reader.readAgain()))
        .onSignal(Terminated.class, signal -> Behaviors.stopped())
        .build();
  }

  private Behavior<Command> onDecided(Decided message) {
    return carryOut(
        message.failure == null
            ? reader.startDecided(message.decision)
            : reader.startFailed(message.failure));
  }

  private Behavior<Command> onDemand(Demand message) {
    demand = Optional.of(message.next);
    return carryOut(reader.demanded());
  }

  private Behavior<Command> onJournalRead(JournalRead message) {
    return carryOut(
        message.failure == null
            ? reader.journalRead(message.events)
            : reader.readFailed(message.failure));
  }

  private Behavior<Command> carryOut(List<FeedReader.Action> actions) {
    for (FeedReader.Action action : actions) {
      if (action instanceof FeedReader.Stop stop) {
        getContext()
            .getLog()
            .warn(
                "The start position of a feed can't be read from the journal of '{}'; its worker asks again",
                assignment.persistenceId,
                stop.cause());
        return Behaviors.stopped();
      }
      if (!read(action)) {
        answer(action);
      }
    }
    return this;
  }

  private boolean read(FeedReader.Action action) {
    if (action instanceof FeedReader.DecideStart) {
      getContext()
          .pipeToSelf(
              new FeedStart(
                      journal,
                      assignment.persistenceId,
                      assignment.endOffset,
                      assignment.lastSequenceNumber)
                  .decide(assignment.from),
              Decided::new);
    } else if (action instanceof FeedReader.RequestTail request) {
      partition.tell(new TailRequest(request.offset(), limits, getContext().getSelf()));
    } else if (action instanceof FeedReader.ReadJournal read) {
      getContext()
          .pipeToSelf(
              journal.read(assignment.persistenceId, read.from(), read.to()), JournalRead::new);
    } else if (action instanceof FeedReader.ReadAgainLater later) {
      getContext()
          .getLog()
          .warn("Can't read the journal; next attempt in {}", READ_AGAIN_AFTER, later.cause());
      timers.startSingleTimer(ReadAgain.INSTANCE, READ_AGAIN_AFTER);
    } else {
      return false;
    }
    return true;
  }

  private void answer(FeedReader.Action action) {
    if (action instanceof FeedReader.Send send) {
      demand.orElseThrow().sendNextTo().tell(send.batch());
      demand = Optional.empty();
    } else if (action instanceof FeedReader.Attach attach) {
      FeedStart.At start = attach.start();
      assignment.worker.tell(
          new FeedAnswer.Attached(
              assignment.epoch,
              assignment.session,
              start.place().offset(),
              start.place().sequenceNumber(),
              start.mark(),
              getContext().getSelf().unsafeUpcast()));
    } else if (action instanceof FeedReader.StartSending) {
      startSending();
    } else if (action instanceof FeedReader.Refuse refuse) {
      assignment.worker.tell(
          new FeedAnswer.Refused(assignment.epoch, assignment.session, refuse.reason()));
    } else {
      throw new IllegalStateException("nothing carries out " + action);
    }
  }

  private void startSending() {
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
}
