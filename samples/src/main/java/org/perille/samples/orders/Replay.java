package org.perille.samples.orders;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.UniqueKillSwitch;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.perille.MessageId;
import org.perille.Perille;
import org.perille.PublishRefusedException;
import org.perille.PublishUnknownException;
import org.perille.Publisher;
import org.perille.SubscriptionStatus;

/**
 * Publishes the file in its order, on one node of the cluster at a time.
 *
 * <p>It waits until everything is handled, lets the operator handle the dead letters, and stores
 * what the reconciliation needs from Perille. It records its position and resumes there after a
 * restart, on the same node or another one. It publishes again what came after that position, under
 * the same ids, so each message is stored once.
 */
final class Replay extends AbstractBehavior<Replay.Command> {

  /** A command to the replay. */
  sealed interface Command {}

  private record Published(Optional<Throwable> failure) implements Command {}

  private record Asked(boolean allPublished, List<SubscriptionStatus> statuses)
      implements Command {}

  private record Followed(boolean allHandled, Optional<Throwable> failure) implements Command {}

  private enum Noted implements Command {
    INSTANCE
  }

  private enum Ask implements Command {
    INSTANCE
  }

  private enum Begin implements Command {
    INSTANCE
  }

  /** The parameters of a replay. */
  record Plan(
      Perille perille, Shop shop, Services services, InvoiceFile file, Optional<Integer> rate) {}

  private record Outcome(long line, Optional<String> refusal) {}

  private static final int IN_FLIGHT = 5_000;
  private static final Duration ASK_INTERVAL = Duration.ofMillis(300);
  private static final Duration BEGIN_AGAIN_AFTER = Duration.ofSeconds(1);

  private final Plan plan;
  private final Publisher<Order> publisher;
  private final Audit audit;
  private final Operator operator;
  private final ShopThread database = new ShopThread();
  private Optional<UniqueKillSwitch> running = Optional.empty();

  static Behavior<Command> create(Plan plan) {
    return Behaviors.setup(context -> new Replay(context, plan));
  }

  private Replay(ActorContext<Command> context, Plan plan) {
    super(context);
    this.plan = plan;
    this.audit = new Audit(plan.perille, plan.services, plan.shop, database);
    this.operator = new Operator(plan.perille, plan.services, plan.shop.decisions(), database);
    this.publisher = plan.perille.publisher(Services.ORDERS);
    context.getSelf().tell(Begin.INSTANCE);
    context.getSelf().tell(Ask.INSTANCE);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Begin.class, message -> onBegin())
        .onMessage(Published.class, this::onPublished)
        .onMessage(Ask.class, message -> onAsk())
        .onMessage(Asked.class, this::onAsked)
        .onMessage(Followed.class, this::onFollowed)
        .onMessage(Noted.class, message -> this)
        .onSignal(PostStop.class, signal -> onStop())
        .build();
  }

  private Behavior<Command> onBegin() {
    CompletionStage<Shop.Replayed> begin = database.ask(plan.shop::replayed);
    var stream =
        Source.completionStage(begin)
            .flatMapConcat(this::lines)
            .viaMat(KillSwitches.single(), Keep.right())
            .mapAsync(IN_FLIGHT, this::publish)
            .groupedWithin(1000, Duration.ofMillis(200))
            .mapAsync(1, this::note)
            .toMat(Sink.ignore(), Keep.both())
            .run(getContext().getSystem());
    running = Optional.of(stream.first());
    getContext()
        .pipeToSelf(
            stream.second(), (done, failure) -> new Published(Optional.ofNullable(failure)));
    return this;
  }

  private Source<InvoiceFile.Line, NotUsed> lines(Shop.Replayed begin) {
    Source<InvoiceFile.Line, NotUsed> lines =
        Source.fromIterator(() -> plan.file.linesAfter(begin.linesDone()));
    return plan.rate.map(rate -> lines.throttle(rate, Duration.ofSeconds(1))).orElse(lines);
  }

  private CompletionStage<Outcome> publish(InvoiceFile.Line line) {
    if (line instanceof InvoiceFile.Invalid invalid) {
      return CompletableFuture.completedStage(
          new Outcome(line.number(), Optional.of(invalid.reason())));
    }
    Order order = ((InvoiceFile.Valid) line).order();
    return publisher
        .publish(order, MessageId.of(order.id()))
        .thenApply(receipt -> new Outcome(line.number(), Optional.empty()))
        .exceptionallyCompose(failure -> onFailure(line, cause(failure)));
  }

  private CompletionStage<Outcome> onFailure(InvoiceFile.Line line, Throwable failure) {
    if (failure instanceof PublishUnknownException) {
      // The outcome is unknown. Publishing again under the same id is correct in both cases.
      return publish(line);
    }
    if (failure instanceof PublishRefusedException refused
        && refused.reason() == PublishRefusedException.Reason.INVALID_KEY) {
      return CompletableFuture.completedStage(
          new Outcome(line.number(), Optional.of("no customer")));
    }
    return CompletableFuture.failedStage(failure);
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  private CompletionStage<Done> note(List<Outcome> outcomes) {
    Map<Long, String> refusals = new TreeMap<>();
    outcomes.forEach(o -> o.refusal.ifPresent(reason -> refusals.put(o.line, reason)));
    return database.change(
        () -> plan.shop.replayedUpTo(outcomes.get(outcomes.size() - 1).line, refusals));
  }

  private Behavior<Command> onPublished(Published message) {
    if (message.failure.isPresent()) {
      getContext().getLog().warn("The replay restarts at its last position", message.failure.get());
      getContext().scheduleOnce(BEGIN_AGAIN_AFTER, getContext().getSelf(), Begin.INSTANCE);
    } else {
      getContext()
          .pipeToSelf(
              database.change(plan.shop::allPublished),
              (done, failure) ->
                  failure == null ? Noted.INSTANCE : new Published(Optional.of(failure)));
    }
    return this;
  }

  /**
   * Asks for the progress of the services. An answer from before the last line was published may be
   * outdated.
   */
  private Behavior<Command> onAsk() {
    getContext()
        .pipeToSelf(
            database.ask(plan.shop::replayed).thenCompose(this::ask),
            (answer, failure) ->
                failure == null ? answer : new Followed(false, Optional.of(failure)));
    return this;
  }

  private CompletionStage<Command> ask(Shop.Replayed replayed) {
    if (replayed.allHandled()) {
      // A replay before this one has recorded the end. The nodes may be about to stop.
      return CompletableFuture.completedStage(new Followed(true, Optional.empty()));
    }
    return statuses().thenApply(statuses -> new Asked(replayed.allPublished(), statuses));
  }

  /**
   * Asks for each status in the order of the chain of topics.
   *
   * <p>What a subscription has finished is published, so the next subscription has it or still
   * lags.
   */
  private CompletionStage<List<SubscriptionStatus>> statuses() {
    return Source.from(plan.services.subscriptions())
        .mapAsync(1, subscription -> plan.perille.subscription(subscription).status())
        .mapAsync(1, this::note)
        .runWith(Sink.seq(), getContext().getSystem());
  }

  private CompletionStage<SubscriptionStatus> note(SubscriptionStatus status) {
    return database.change(() -> plan.shop.follow(status)).thenApply(done -> status);
  }

  private Behavior<Command> onAsked(Asked message) {
    boolean quiet = message.allPublished && message.statuses.stream().allMatch(Replay::isQuiet);
    CompletionStage<Boolean> allHandled =
        quiet
            ? operator.tend().thenCompose(found -> conclude(message.statuses, found))
            : CompletableFuture.completedStage(false);
    getContext()
        .pipeToSelf(
            allHandled,
            (isHandled, failure) ->
                new Followed(failure == null && isHandled, Optional.ofNullable(failure)));
    return this;
  }

  /**
   * Returns whether all that isn't handled waits behind a dead letter, which only the operator can
   * resolve.
   */
  private static boolean isQuiet(SubscriptionStatus status) {
    return status.attached()
        && status.lag() == status.waiting()
        && status.partitions().stream().allMatch(p -> p.problems().retrying() == 0);
  }

  private CompletionStage<Boolean> conclude(List<SubscriptionStatus> statuses, long deadLetters) {
    boolean allHandled =
        deadLetters == 0 && statuses.stream().allMatch(s -> s.lag() == 0 && s.deadLetters() == 0);
    return allHandled || operator.isAtWitsEnd()
        ? audit
            .copy(plan.file)
            .thenCompose(done -> database.change(plan.shop::allHandled))
            .thenApply(done -> true)
        : CompletableFuture.completedStage(false);
  }

  private Behavior<Command> onFollowed(Followed message) {
    message.failure.ifPresent(
        failure ->
            getContext()
                .getLog()
                .warn("The status of the subscriptions isn't available; asking again", failure));
    if (message.failure.isPresent() || !message.allHandled) {
      getContext().scheduleOnce(ASK_INTERVAL, getContext().getSelf(), Ask.INSTANCE);
    }
    return this;
  }

  private Behavior<Command> onStop() {
    running.ifPresent(UniqueKillSwitch::shutdown);
    database.close();
    return this;
  }
}
