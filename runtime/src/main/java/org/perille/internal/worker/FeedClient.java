package org.perille.internal.worker;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.delivery.ConsumerController;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.perille.internal.NodeProblems;
import org.perille.internal.feed.FeedAnswer;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.feed.ReadFrom;
import org.perille.internal.log.LogMark;
import org.perille.internal.partition.PartitionRequest;
import org.perille.internal.partition.WorkerRequest;

/**
 * Keeps a worker attached to its partition, wherever the partition runs.
 *
 * <p>It asks until the partition feeds the worker. When the feed is gone it asks again, from the
 * current position. It hands over a batch whenever the worker requests one.
 */
final class FeedClient extends AbstractBehavior<FeedClient.Command> {

  /** The commands of a feed client. */
  sealed interface Command {}

  /** The worker requests another batch. */
  enum Next implements Command {
    INSTANCE
  }

  private record Answered(FeedAnswer answer) implements Command {}

  private record Delivered(ConsumerController.Delivery<FeedBatch> delivery) implements Command {}

  /** The feed or its consumer controller has stopped. */
  private record Gone(long session) implements Command {}

  private enum Ask implements Command {
    INSTANCE
  }

  /** The events that a feed client sends to its worker. */
  sealed interface Event {}

  /**
   * The position at which the first batch begins.
   *
   * @param mark of the log before that offset; empty if there is none
   */
  record Begins(long offset, long sequenceNumber, Optional<LogMark> mark) implements Event {}

  /** The partition refuses to feed the worker. The client asks again later. */
  record Refused(String reason) implements Event {}

  /** A partition feeds the worker. This partition doesn't know the worker's progress yet. */
  enum Attached implements Event {
    INSTANCE
  }

  /** A batch of messages, in order. There are no gaps between batches. */
  record Batch(FeedBatch batch) implements Event {}

  /** The worker to be fed. */
  record Subscriber(
      String name, long epoch, ActorRef<WorkerRequest> requests, String description) {}

  private static final Duration ASK_AGAIN_AFTER = Duration.ofSeconds(1);
  private static final Duration ASK_AGAIN_AFTER_REFUSAL = Duration.ofSeconds(10);

  /**
   * The number of unanswered requests before a problem is reported. By then a partition whose node
   * has died runs on another node.
   */
  private static final int ASKED_IN_VAIN = 20;

  /** The validity of a reported problem. It is longer than the interval of reports. */
  private static final Duration PROBLEM_VALID_FOR = Duration.ofSeconds(60);

  private final TimerScheduler<Command> timers;
  private final Subscriber subscriber;
  private final int window;
  private final Consumer<PartitionRequest> partition;
  private final ActorRef<Event> worker;
  private final NodeProblems problems;
  private final ActorRef<FeedAnswer> answers;
  private final ActorRef<ConsumerController.Delivery<FeedBatch>> deliveries;

  private ReadFrom from;
  private long session;
  private boolean attached;
  private int asked;
  private boolean begun;
  private boolean wanted;
  private ActorRef<ConsumerController.Command<FeedBatch>> controller;
  private Optional<ConsumerController.Delivery<FeedBatch>> deferred = Optional.empty();

  static Behavior<Command> create(
      Subscriber subscriber,
      ReadFrom from,
      int window,
      Consumer<PartitionRequest> partition,
      ActorRef<Event> worker) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers ->
                    new FeedClient(context, timers, subscriber, from, window, partition, worker)));
  }

  private FeedClient(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Subscriber subscriber,
      ReadFrom from,
      int window,
      Consumer<PartitionRequest> partition,
      ActorRef<Event> worker) {
    super(context);
    this.timers = timers;
    this.subscriber = subscriber;
    this.from = from;
    this.window = window;
    this.partition = partition;
    this.worker = worker;
    this.problems = NodeProblems.of(context.getSystem());
    this.answers = context.messageAdapter(FeedAnswer.class, Answered::new);
    this.deliveries = context.messageAdapter(ConsumerController.deliveryClass(), Delivered::new);
    this.controller = newSession();
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Delivered.class, this::onDelivered)
        .onMessage(Next.class, this::onNext)
        .onMessage(Ask.class, message -> onAsk())
        .onMessage(Answered.class, this::onAnswered)
        .onMessage(Gone.class, this::onGone)
        .onSignal(PostStop.class, signal -> onStop())
        .build();
  }

  private ActorRef<ConsumerController.Command<FeedBatch>> newSession() {
    session++;
    attached = false;
    ActorRef<ConsumerController.Command<FeedBatch>> next =
        getContext()
            .spawn(
                ConsumerController.create(
                    ConsumerController.Settings$.MODULE$
                        .create(getContext().getSystem())
                        .withFlowControlWindow(window)),
                "session-" + session);
    getContext().watchWith(next, new Gone(session));
    next.tell(new ConsumerController.Start<>(deliveries));
    getContext().getSelf().tell(Ask.INSTANCE);
    return next;
  }

  private Behavior<Command> onAsk() {
    if (!attached) {
      if (asked++ >= ASKED_IN_VAIN) {
        problems.report(
            subscriber.description,
            "its partition has not answered for %d s: look for errors of the partition and its database in the logs"
                .formatted(asked * ASK_AGAIN_AFTER.toSeconds()),
            PROBLEM_VALID_FOR);
      }
      partition.accept(
          new PartitionRequest.Attach(
              subscriber.name,
              subscriber.epoch,
              session,
              from,
              answers,
              controller,
              subscriber.requests));
      timers.startSingleTimer(Ask.INSTANCE, ASK_AGAIN_AFTER);
    }
    return this;
  }

  private Behavior<Command> onAnswered(Answered message) {
    FeedAnswer answer = message.answer;
    if (attached || answer.epoch() != subscriber.epoch || answer.session() != session) {
      return this;
    }
    if (answer instanceof FeedAnswer.Attached feed) {
      attached = true;
      asked = 0;
      problems.withdraw(subscriber.description);
      timers.cancel(Ask.INSTANCE);
      getContext().watchWith(feed.feed(), new Gone(session));
      if (!begun) {
        begun = true;
        from = new ReadFrom.Resume(feed.offset(), feed.sequenceNumber(), feed.mark());
        worker.tell(new Begins(feed.offset(), feed.sequenceNumber(), feed.mark()));
      }
      worker.tell(Attached.INSTANCE);
      return handOver();
    }
    if (answer instanceof FeedAnswer.Refused refused) {
      problems.report(
          subscriber.description, "it can't be fed: " + refused.reason(), PROBLEM_VALID_FOR);
      worker.tell(new Refused(refused.reason()));
      timers.startSingleTimer(Ask.INSTANCE, ASK_AGAIN_AFTER_REFUSAL);
    }
    return this;
  }

  /**
   * Withdraws the reported problem: the worker has ended or moved, and the next one reports for
   * itself.
   */
  private Behavior<Command> onStop() {
    problems.withdraw(subscriber.description);
    return this;
  }

  private Behavior<Command> onGone(Gone message) {
    return message.session == session ? beginAnew() : this;
  }

  /**
   * Starts a new session behind the last batch that was handed over. A batch that is held comes
   * again.
   */
  private Behavior<Command> beginAnew() {
    getContext().stop(controller);
    deferred = Optional.empty();
    controller = newSession();
    return this;
  }

  private Behavior<Command> onDelivered(Delivered message) {
    if (!message.delivery.confirmTo().equals(controller)) {
      return this;
    }
    deferred = Optional.of(message.delivery);
    return handOver();
  }

  private Behavior<Command> onNext(Next message) {
    wanted = true;
    return handOver();
  }

  private Behavior<Command> handOver() {
    if (wanted && begun && deferred.isPresent()) {
      FeedBatch batch = deferred.get().message();
      if (!follows(batch)) {
        return beginAnew();
      }
      deferred.get().confirmTo().tell(ConsumerController.confirmed());
      deferred = Optional.empty();
      wanted = false;
      from = new ReadFrom.Resume(batch.endOffset(), batch.sequenceNumber(), batch.mark());
      worker.tell(new Batch(batch));
    }
    return this;
  }

  /**
   * Returns whether a batch follows the last one that was handed over.
   *
   * <p>It doesn't if a second feed has served the session from the first one's start: the partition
   * restarted after the first feed had sent batches, but before its answer had arrived.
   */
  private boolean follows(FeedBatch batch) {
    return from instanceof ReadFrom.Resume at && at.offset() == batch.firstOffset();
  }
}
