package org.perille.internal.subscribe;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.perille.Guarantee;
import org.perille.StartPosition;
import org.perille.Subscription;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.feed.ReadFrom;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.PartitionId;
import org.perille.internal.partition.PartitionRequest;
import org.perille.internal.wire.PayloadCodec;

/**
 * Handles one partition of one subscription, wherever the cluster puts it: recovers its cursor, is
 * fed from there, gets the messages handled, and makes durable what is finished, before or after,
 * as the guarantee says.
 *
 * <p>Whatever it can't go on after (a write that failed, a successor that acts) ends it once its
 * running handlers have ended; it then begins anew with what is durable.
 *
 * @param <T> the messages
 */
public final class Worker<T> extends AbstractBehavior<Worker.Command> {

  /** What a worker is told. */
  public sealed interface Command {}

  /** Hand over: begin nothing new, finish what runs, make it durable, end. */
  public enum Stop implements Command {
    INSTANCE
  }

  private record Recovered(long incarnation, Optional<Cursor> cursor, Invoker invoker)
      implements Command {}

  private record Claimed<T>(ClaimedPartition<T> partition, Invoker invoker) implements Command {}

  private record Saved(Cursor cursor) implements Command {}

  private record Begins(Intake.Begins at) implements Command {}

  private record Received(FeedBatch batch) implements Command {}

  private enum OutcomesReady implements Command {
    INSTANCE
  }

  private record RetryDue(String key) implements Command {}

  private enum Flush implements Command {
    INSTANCE
  }

  private record CantGoOn(Throwable cause) implements Command {}

  private enum Ended implements Command {
    INSTANCE
  }

  /**
   * What a worker is made for.
   *
   * @param name the subscription's name for the partition: that of the subscription, or of this
   *     node's share of an ephemeral one
   * @param partitionRequests takes what is asked of the partition
   */
  public record Assignment<T>(
      String name,
      Subscription<T> subscription,
      PartitionId partition,
      WorkerSettings settings,
      PayloadCodec<T> codec,
      HandlerThreads threads,
      Consumer<PartitionRequest> partitionRequests,
      Clock clock) {}

  /** Offsets that one write promises not to have been attempted before. */
  private static final int ATTEMPTS_RESERVED = 20_000;

  private final TimerScheduler<Command> timers;
  private final Assignment<T> assignment;
  private final Guarantee guarantee;
  private final WorkerSettings settings;
  private final BatchMarks marks = new BatchMarks();

  /** Makes a cursor durable, then tells this worker. */
  private Consumer<Cursor> store;

  private Optional<HandlerPool> pool = Optional.empty();
  private Optional<ActorRef<Intake.Command>> intake = Optional.empty();
  private Optional<Cursor> cursor = Optional.empty();
  private Optional<FeedBatch> untilSaved = Optional.empty();
  private Optional<Throwable> failure = Optional.empty();
  private long incarnation;
  private long redeliveredBelow;
  private long attemptedBelow;
  private int inFlightMessages;
  private long inFlightBytes;
  private boolean nextAsked;
  private boolean saving;
  private boolean dirty;
  private boolean stopRequested;
  private boolean ending;
  private boolean ended;

  public static <T> Behavior<Command> create(Assignment<T> assignment) {
    return Behaviors.supervise(
            Behaviors.<Command>setup(
                context ->
                    Behaviors.withTimers(timers -> new Worker<>(context, timers, assignment))))
        .onFailure(
            SupervisorStrategy.restartWithBackoff(
                Duration.ofMillis(200), Duration.ofSeconds(10), 0.2));
  }

  private Worker(
      ActorContext<Command> context, TimerScheduler<Command> timers, Assignment<T> assignment) {
    super(context);
    this.timers = timers;
    this.assignment = assignment;
    this.guarantee = assignment.subscription.guarantee();
    this.settings = assignment.settings;
    ActorRef<Command> self = context.getSelf();
    this.store = unchanged -> self.tell(new Saved(unchanged));
    recover();
  }

  /** Takes the partition over and finds the cursor, where the guarantee keeps it. */
  private void recover() {
    Subscription<T> subscription = assignment.subscription;
    Deliveries<T> deliveries =
        new Deliveries<>(subscription.name(), assignment.partition, assignment.codec);
    if (subscription.processing() instanceof Subscription.Processing.Transactional<T> handler) {
      PartitionId partition = assignment.partition;
      getContext()
          .pipeToSelf(
              ClaimedPartition.claim(
                  () ->
                      handler
                          .handler()
                          .claim(partition.topic(), assignment.name, partition.partition()),
                  assignment.threads),
              (claimed, failed) ->
                  failed == null
                      ? new Claimed<>(claimed, claimed.invoker(deliveries, marks))
                      : new CantGoOn(failed));
    } else if (guarantee == Guarantee.EPHEMERAL) {
      getContext()
          .getSelf()
          .tell(new Recovered(assignment.clock.millis(), Optional.empty(), function(deliveries)));
    } else {
      recoverFromJournal(function(deliveries));
    }
  }

  private Invoker function(Deliveries<T> deliveries) {
    Subscription.Processing<T> processing = assignment.subscription.processing();
    return processing instanceof Subscription.Processing.Async<T> async
        ? FunctionInvoker.async(deliveries, async.handler())
        : FunctionInvoker.blocking(
            deliveries, ((Subscription.Processing.Blocking<T>) processing).handler());
  }

  private void recoverFromJournal(Invoker invoker) {
    ActorRef<ProgressLog.Answer> answers =
        getContext()
            .messageAdapter(
                ProgressLog.Answer.class,
                answer ->
                    answer instanceof ProgressLog.Recovered recovered
                        ? new Recovered(recovered.incarnation(), recovered.cursor(), invoker)
                        : new Saved(((ProgressLog.Saved) answer).cursor()));
    ActorRef<ProgressLog.Command> log =
        getContext()
            .spawn(
                ProgressLog.create(
                    "perille-subscription|"
                        + assignment.partition.entityId()
                        + "~"
                        + assignment.name,
                    settings,
                    assignment.clock,
                    answers),
                "progress");
    getContext()
        .watchWith(
            log,
            new CantGoOn(
                new IllegalStateException(
                    "its cursor could not be read or written; the log has the cause")));
    store = newCursor -> log.tell(new ProgressLog.Save(newCursor));
  }

  private Behavior<Command> onClaimed(Claimed<?> message) {
    ActorRef<Command> self = getContext().getSelf();
    store =
        newCursor ->
            message
                .partition
                .begin(newCursor)
                .whenComplete(
                    (saved, failed) ->
                        self.tell(failed == null ? new Saved(saved) : new CantGoOn(failed)));
    return onRecovered(
        new Recovered(
            message.partition.incarnation(), message.partition.cursor(), message.invoker));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Recovered.class, this::onRecovered)
        .onMessage(Claimed.class, this::onClaimed)
        .onMessage(Begins.class, this::onBegins)
        .onMessage(Received.class, this::onReceived)
        .onMessage(OutcomesReady.class, message -> onOutcomesReady())
        .onMessage(RetryDue.class, this::onRetryDue)
        .onMessage(Flush.class, message -> onFlush())
        .onMessage(Saved.class, this::onSaved)
        .onMessage(CantGoOn.class, this::onCantGoOn)
        .onMessage(Stop.class, message -> onStop())
        .onMessage(Ended.class, message -> onEnded())
        .onSignal(PreRestart.class, signal -> closePool())
        .onSignal(PostStop.class, signal -> closePool())
        .build();
  }

  private Behavior<Command> onRecovered(Recovered message) {
    if (ending) {
      return this;
    }
    incarnation = message.incarnation;
    cursor = message.cursor;
    redeliveredBelow =
        guarantee == Guarantee.AT_LEAST_ONCE ? cursor.map(Cursor::attemptedBelow).orElse(0L) : 0;
    attemptedBelow = redeliveredBelow;
    ActorRef<Command> self = getContext().getSelf();
    pool =
        Optional.of(
            new HandlerPool(
                assignment.threads,
                message.invoker,
                assignment.subscription.parallelism(),
                () -> self.tell(OutcomesReady.INSTANCE)));
    ReadFrom from =
        cursor
            .<ReadFrom>map(c -> new ReadFrom.Resume(c.nextOffset(), c.sequenceNumber()))
            .orElseGet(() -> begin(assignment.subscription.start()));
    intake =
        Optional.of(
            getContext()
                .spawn(
                    Intake.create(
                        new Intake.Subscriber(
                            assignment.name,
                            incarnation,
                            cursor.map(Cursor::finishedAbove).orElse(0L)),
                        from,
                        settings.window(),
                        assignment.partitionRequests,
                        getContext().messageAdapter(Intake.Event.class, Worker::intakeEvent)),
                    "intake"));
    getContext()
        .getLog()
        .info(
            "{} works on partition {} from offset {}",
            assignment.subscription,
            assignment.partition,
            cursor.map(c -> Long.toString(c.nextOffset())).orElse("of its start position"));
    if (cursor.isPresent()) {
      askForMore();
    }
    return this;
  }

  private static Command intakeEvent(Intake.Event event) {
    return event instanceof Intake.Begins begins
        ? new Begins(begins)
        : new Received(((Intake.Batch) event).batch());
  }

  private static ReadFrom begin(StartPosition start) {
    if (start instanceof StartPosition.Earliest) {
      return new ReadFrom.Earliest();
    }
    if (start instanceof StartPosition.Latest) {
      return new ReadFrom.Latest();
    }
    if (start instanceof StartPosition.Offset at) {
      return new ReadFrom.Offset(at.offset());
    }
    return new ReadFrom.Timestamp(((StartPosition.Timestamp) start).timestamp().toEpochMilli());
  }

  /** Where a new subscription begins must be durable before it acts: "latest" moves on. */
  private Behavior<Command> onBegins(Begins message) {
    if (cursor.isEmpty() && !ending) {
      cursor = Optional.of(Cursor.startingAt(message.at.offset(), message.at.sequenceNumber()));
      save();
    }
    return this;
  }

  private Behavior<Command> onReceived(Received message) {
    nextAsked = false;
    FeedBatch batch = message.batch;
    if (ending) {
      return this;
    }
    if (guarantee == Guarantee.AT_MOST_ONCE) {
      untilSaved = Optional.of(batch);
      cursor =
          cursor.map(
              c ->
                  new Cursor(
                      batch.endOffset(), batch.sequenceNumber(), List.of(), batch.endOffset()));
      save();
    } else if (guarantee == Guarantee.AT_LEAST_ONCE && batch.endOffset() > attemptedBelow) {
      untilSaved = Optional.of(batch);
      cursor = cursor.map(c -> c.attemptingBelow(batch.endOffset() + ATTEMPTS_RESERVED));
      save();
    } else {
      accept(batch);
    }
    return this;
  }

  private void accept(FeedBatch batch) {
    marks.add(batch.firstOffset(), batch.sequenceNumber());
    List<Work> works = new ArrayList<>(batch.entries().size());
    for (LogEntry entry : batch.entries()) {
      if (guarantee == Guarantee.AT_MOST_ONCE || !cursor.orElseThrow().isFinished(entry.offset())) {
        works.add(new Work(entry, entry.offset() < redeliveredBelow));
        inFlightMessages++;
        inFlightBytes += entry.message().sizeInBytes();
      }
    }
    pool.orElseThrow().add(works);
    askForMore();
  }

  private void askForMore() {
    if (!nextAsked
        && untilSaved.isEmpty()
        && inFlightMessages < settings.maxInFlightMessages()
        && inFlightBytes < settings.maxInFlightBytes()) {
      nextAsked = true;
      intake.orElseThrow().tell(Intake.Next.INSTANCE);
    }
  }

  private Behavior<Command> onOutcomesReady() {
    takeOutcomes();
    if (!ending && cursor.isPresent()) {
      askForMore();
    }
    return this;
  }

  private void takeOutcomes() {
    List<Long> finished = new ArrayList<>();
    for (HandlerPool.Outcome outcome : pool.orElseThrow().takeOutcomes()) {
      if (outcome instanceof HandlerPool.Done done) {
        finish(done.work(), finished);
      } else if (outcome instanceof HandlerPool.Failed failed) {
        onAttemptFailed(failed, finished);
      } else if (outcome instanceof HandlerPool.Broken broken) {
        getContext().getSelf().tell(new CantGoOn(broken.cause()));
      }
    }
    if (!finished.isEmpty() && guarantee != Guarantee.AT_MOST_ONCE) {
      cursor = cursor.map(c -> c.finish(finished, marks::sequenceNumberAt));
      cursor.ifPresent(c -> marks.forgetBefore(c.nextOffset()));
      dirty = true;
      flushLater();
    }
  }

  private void finish(Work work, List<Long> finished) {
    inFlightMessages--;
    inFlightBytes -= work.entry().message().sizeInBytes();
    finished.add(work.entry().offset());
  }

  private void onAttemptFailed(HandlerPool.Failed failed, List<Long> finished) {
    Work work = failed.work();
    boolean again = guarantee == Guarantee.AT_LEAST_ONCE || guarantee == Guarantee.EFFECTIVELY_ONCE;
    getContext()
        .getLog()
        .warn(
            "{} failed to handle {} offset {} (key '{}') at attempt {}; {}",
            assignment.subscription,
            assignment.partition,
            work.entry().offset(),
            work.key(),
            work.attempts(),
            again
                ? "trying again in " + assignment.subscription.retryDelay()
                : "its guarantee allows no second attempt, so the message is skipped",
            failed.cause());
    if (again) {
      timers.startSingleTimer(
          "retry " + work.key(), new RetryDue(work.key()), assignment.subscription.retryDelay());
    } else {
      finish(work, finished);
      pool.orElseThrow().skip(work.key());
    }
  }

  private Behavior<Command> onRetryDue(RetryDue message) {
    pool.orElseThrow().retry(message.key);
    return this;
  }

  private void flushLater() {
    if (!timers.isTimerActive(Flush.INSTANCE)) {
      timers.startSingleTimer(Flush.INSTANCE, settings.cursorInterval());
    }
  }

  private Behavior<Command> onFlush() {
    if (dirty && !saving) {
      dirty = false;
      if (guarantee == Guarantee.AT_LEAST_ONCE) {
        save();
      } else {
        report(cursor.orElseThrow());
      }
    }
    return this;
  }

  private void save() {
    saving = true;
    store.accept(cursor.orElseThrow());
  }

  private Behavior<Command> onSaved(Saved message) {
    saving = false;
    attemptedBelow = Math.max(attemptedBelow, message.cursor.attemptedBelow());
    report(message.cursor);
    if (ending) {
      return ended ? onEnded() : this;
    }
    Optional<FeedBatch> batch = untilSaved;
    if (batch.filter(b -> b.endOffset() <= attemptedBelow).isPresent()) {
      untilSaved = Optional.empty();
      accept(batch.get());
    } else if (batch.isPresent()) {
      save();
    } else {
      askForMore();
    }
    if (dirty) {
      flushLater();
    }
    return this;
  }

  private void report(Cursor durable) {
    assignment.partitionRequests.accept(
        new PartitionRequest.CursorReport(
            assignment.name, incarnation, durable.nextOffset(), durable.finishedAbove()));
  }

  private Behavior<Command> onCantGoOn(CantGoOn message) {
    getContext()
        .getLog()
        .warn(
            "{} can't go on with partition {} and begins anew with what is durable: {}",
            assignment.subscription,
            assignment.partition,
            message.cause.toString());
    failure = Optional.of(message.cause);
    // What an ending worker waits for may never come now.
    return ended ? end() : beginEnding();
  }

  private Behavior<Command> onStop() {
    stopRequested = true;
    return beginEnding();
  }

  private Behavior<Command> beginEnding() {
    if (ending) {
      return this;
    }
    ending = true;
    intake.ifPresent(getContext()::stop);
    ActorRef<Command> self = getContext().getSelf();
    pool.map(HandlerPool::close)
        .orElseGet(() -> CompletableFuture.completedFuture(null))
        .whenComplete((done, ignored) -> self.tell(Ended.INSTANCE));
    timers.startSingleTimer(Ended.INSTANCE, settings.stopTimeout());
    return this;
  }

  private Behavior<Command> onEnded() {
    ended = true;
    if (pool.isPresent()) {
      takeOutcomes();
    }
    if (failure.isEmpty() && guarantee == Guarantee.AT_LEAST_ONCE) {
      if (saving) {
        return this;
      }
      if (dirty) {
        dirty = false;
        save();
        return this;
      }
    }
    return end();
  }

  private Behavior<Command> end() {
    if (stopRequested) {
      return Behaviors.stopped();
    }
    throw new WorkerFailedException(failure.orElseThrow());
  }

  private Behavior<Command> closePool() {
    pool.ifPresent(HandlerPool::close);
    return this;
  }

  /** Makes the supervisor start the worker anew. */
  private static final class WorkerFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    WorkerFailedException(Throwable cause) {
      super(cause.toString(), cause);
    }
  }
}
