package org.perille.internal.worker;

import java.time.Duration;
import java.util.List;
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
import org.perille.ConfigurationException;
import org.perille.internal.NodeProblems;
import org.perille.internal.compression.Decompressor;
import org.perille.internal.feed.FeedAnswer;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.feed.ReadFrom;
import org.perille.internal.partition.PartitionRequest;
import org.perille.internal.partition.WorkerRequest;

/**
 * Keeps a worker attached to its partition, wherever the partition runs.
 *
 * <p>It asks until the partition feeds the worker. When the feed is gone it asks again, from the
 * current position. It hands over a batch whenever the worker requests one. Its {@link FeedSession}
 * decides. This actor executes the actions.
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

  /** The worker to be fed. */
  record Subscriber(
      String name, long epoch, ActorRef<WorkerRequest> requests, String description) {}

  /** The validity of a reported problem. It is longer than the interval of reports. */
  private static final Duration PROBLEM_VALID_FOR = Duration.ofSeconds(60);

  private final TimerScheduler<Command> timers;
  private final Subscriber subscriber;
  private final int window;
  private final Decompressor decompressor;
  private final Consumer<PartitionRequest> partition;
  private final ActorRef<WorkerEvent> worker;
  private final NodeProblems problems;
  private final ActorRef<FeedAnswer> answers;
  private final ActorRef<ConsumerController.Delivery<FeedBatch>> deliveries;

  private final FeedSession session;

  private Optional<ActorRef<ConsumerController.Command<FeedBatch>>> controller = Optional.empty();
  private Optional<ConsumerController.Delivery<FeedBatch>> delivered = Optional.empty();

  static Behavior<Command> create(
      Subscriber subscriber,
      ReadFrom from,
      int window,
      Decompressor decompressor,
      Consumer<PartitionRequest> partition,
      ActorRef<WorkerEvent> worker) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers ->
                    new FeedClient(
                        context,
                        timers,
                        subscriber,
                        from,
                        window,
                        decompressor,
                        partition,
                        worker)));
  }

  private FeedClient(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Subscriber subscriber,
      ReadFrom from,
      int window,
      Decompressor decompressor,
      Consumer<PartitionRequest> partition,
      ActorRef<WorkerEvent> worker) {
    super(context);
    this.timers = timers;
    this.subscriber = subscriber;
    this.session = new FeedSession(subscriber.epoch, from);
    this.window = window;
    this.decompressor = decompressor;
    this.partition = partition;
    this.worker = worker;
    this.problems = NodeProblems.of(context.getSystem());
    this.answers = context.messageAdapter(FeedAnswer.class, Answered::new);
    this.deliveries = context.messageAdapter(ConsumerController.deliveryClass(), Delivered::new);
    carryOut(session.begin());
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Delivered.class, this::onDelivered)
        .onMessage(Next.class, message -> carryOut(session.next()))
        .onMessage(Ask.class, message -> carryOut(session.ask()))
        .onMessage(Answered.class, message -> carryOut(session.answered(message.answer)))
        .onMessage(Gone.class, message -> carryOut(session.gone(message.session)))
        .onSignal(PostStop.class, signal -> onStop())
        .build();
  }

  private Behavior<Command> onDelivered(Delivered message) {
    // The controller of an earlier session was stopped, and its batches come again.
    if (controller.filter(message.delivery.confirmTo()::equals).isEmpty()) {
      return this;
    }
    FeedBatch batch;
    try {
      batch = message.delivery.message().decompressed(decompressor);
    } catch (ConfigurationException e) {
      getContext()
          .getLog()
          .warn(
              "{} can't read the batch at offset {}, and doesn't go on: {}",
              subscriber.description,
              message.delivery.message().firstOffset(),
              e.getMessage());
      return carryOut(session.deliveredInVain(e.getMessage()));
    }
    delivered = Optional.of(message.delivery);
    return carryOut(session.delivered(batch));
  }

  /**
   * Withdraws the reported problem: the worker has ended or moved, and the next one reports for
   * itself.
   */
  private Behavior<Command> onStop() {
    withdrawProblem();
    return this;
  }

  private Behavior<Command> carryOut(List<FeedSession.Action> actions) {
    actions.forEach(this::carryOut);
    return this;
  }

  private void carryOut(FeedSession.Action action) {
    if (action instanceof FeedSession.StartSession start) {
      startSession(start.session());
    } else if (action instanceof FeedSession.AskPartition ask) {
      partition.accept(
          new PartitionRequest.Attach(
              subscriber.name,
              subscriber.epoch,
              ask.session(),
              ask.from(),
              answers,
              controller.orElseThrow(),
              subscriber.requests));
    } else if (action instanceof FeedSession.AskAfter ask) {
      timers.startSingleTimer(Ask.INSTANCE, ask.delay());
    } else if (action instanceof FeedSession.AskNoMore) {
      timers.cancel(Ask.INSTANCE);
    } else if (action instanceof FeedSession.WatchFeed watch) {
      getContext().watchWith(watch.answer().feed(), new Gone(watch.session()));
    } else if (action instanceof FeedSession.Confirm) {
      delivered.orElseThrow().confirmTo().tell(ConsumerController.confirmed());
      delivered = Optional.empty();
    } else if (action instanceof FeedSession.Notify notify) {
      worker.tell(notify.event());
    } else if (action instanceof FeedSession.ReportProblem report) {
      problems.report(subscriber.description, report.problem(), PROBLEM_VALID_FOR);
    } else if (action instanceof FeedSession.WithdrawProblem) {
      withdrawProblem();
    } else {
      throw new IllegalStateException("nothing carries out " + action);
    }
  }

  private void withdrawProblem() {
    problems.withdraw(subscriber.description);
  }

  private void startSession(long number) {
    controller.ifPresent(getContext()::stop);
    delivered = Optional.empty();
    ActorRef<ConsumerController.Command<FeedBatch>> next =
        getContext()
            .spawn(
                ConsumerController.create(
                    ConsumerController.Settings$.MODULE$
                        .create(getContext().getSystem())
                        .withFlowControlWindow(window)),
                "session-" + number);
    getContext().watchWith(next, new Gone(number));
    next.tell(new ConsumerController.Start<>(deliveries));
    controller = Optional.of(next);
  }
}
