package org.perille.sharding.internal.publisher;

import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.delivery.ConsumerController.SequencedMessage;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.cluster.sharding.typed.ShardingEnvelope;
import org.apache.pekko.cluster.sharding.typed.delivery.ShardingProducerController;
import org.perille.PublishRefusedException;
import org.perille.PublishRefusedException.Reason;
import org.perille.Receipt;
import org.perille.internal.compression.CompressionSettings;
import org.perille.internal.compression.Compressor;
import org.perille.internal.effect.ChainPublisher;
import org.perille.internal.feed.PartitionJournal;
import org.perille.internal.hook.Hooks;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.publish.Admission;
import org.perille.internal.publish.PendingPublish;
import org.perille.internal.publish.SendBuffer;
import org.perille.internal.publish.Submission;
import org.perille.internal.publish.Turn;
import org.perille.internal.publish.Turns;
import org.perille.internal.settings.PublisherSettings;

/**
 * Sends one topic's messages of this node through reliable delivery, until they have receipts.
 *
 * <p>Each partition has at most one batch in flight. Reliable delivery confirms that a batch was
 * accepted, without offsets. A separate receipt has the offsets. If the receipt is lost, the actor
 * sends the batch again under its number, which the partition recognises.
 */
public final class PublisherActor extends AbstractBehavior<PublisherActor.Command> {

  /** A message to this actor. */
  public sealed interface Command {}

  /** Publishes a message. */
  public record Submit(Submission submission) implements Command {}

  /** Adds the turn of a transaction, behind what was submitted before. */
  public record AddTurn(Turn turn) implements Command {}

  /** Ends the turn of a transaction. */
  public record EndTurn(Turn turn) implements Command {}

  /** Finishes the submitted messages, or fails them after the time-out, and stops. */
  public record Close(Duration timeout, ActorRef<Done> replyTo) implements Command {}

  private record Durable(BatchReceipt receipt) implements Command {}

  private record Wanted(ShardingProducerController.RequestNext<PublishBatch> next)
      implements Command {}

  /** A read of the log has ended. */
  private record LogRead(ConditionReads reads, ConditionReads.Done done) implements Command {}

  private enum Tick implements Command {
    INSTANCE
  }

  private enum DeliveryEnded implements Command {
    INSTANCE
  }

  private enum TimeoutExpired implements Command {
    INSTANCE
  }

  /** The topic, settings and collaborators of a publisher actor. */
  public record Assignment(
      String topic,
      int partitions,
      PublisherSettings settings,
      CompressionSettings.OfTopic compression,
      Admission admission,
      Executor callbacks,
      ActorRef<ShardingEnvelope<SequencedMessage<PublishBatch>>> region,
      PartitionJournal journal,
      Hooks hooks) {}

  private static final Duration TICK = Duration.ofMillis(500);

  private final TimerScheduler<Command> timers;
  private final Assignment assignment;
  private final PublisherSettings settings;
  private final Callbacks callbacks;
  private final SendBuffer<CompletableFuture<Receipt>> sendBuffer;
  private final Turns<CompletableFuture<Receipt>> turns;

  /**
   * The turns that haven't ended. Those that have come outlive a failure of this actor: their
   * transactions go on, and nothing may overtake them.
   */
  private final Set<Turn> openTurns;

  private final BatchContents contents;
  private final ConditionReads reads;
  private final long[] sentAtNanos;
  private final ActorRef<BatchReceipt> receipts;
  private final BatchDelivery delivery;
  private final String epoch = UUID.randomUUID().toString();

  /**
   * The publisher id for each partition. A new one replaces it when the partition has forgotten it.
   */
  private final String[] publishers;

  private Optional<ActorRef<Done>> closing = Optional.empty();

  /** True while there are messages that may expire, or need to be sent again. */
  private boolean ticking;

  public static Behavior<Command> create(Assignment assignment) {
    Set<Turn> openTurns = new LinkedHashSet<>();
    return Behaviors.supervise(
            Behaviors.<Command>setup(
                context ->
                    Behaviors.withTimers(
                        timers -> new PublisherActor(context, timers, assignment, openTurns))))
        .onFailure(SupervisorStrategy.restart());
  }

  private PublisherActor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Assignment assignment,
      Set<Turn> openTurns) {
    super(context);
    this.timers = timers;
    this.assignment = assignment;
    this.settings = assignment.settings;
    this.callbacks =
        new Callbacks(
            assignment.topic,
            assignment.callbacks,
            assignment.admission,
            context.getSystem().executionContext(),
            new PublishReports(assignment.topic, assignment.hooks.listeners(), settings.timeout()));
    this.sendBuffer =
        new SendBuffer<>(assignment.partitions, settings.batchMessages(), settings.batchBytes());
    this.turns = new Turns<>(sendBuffer);
    this.openTurns = openTurns;
    openTurns.forEach(turns::add);
    this.contents =
        new BatchContents(assignment.partitions, new Compressor(assignment.compression));
    this.reads =
        new ConditionReads(
            assignment,
            turns,
            callbacks,
            (from, read) -> context.pipeToSelf(read, (done, none) -> new LogRead(from, done)),
            this::sendNext);
    this.sentAtNanos = new long[assignment.partitions];
    this.publishers = new String[assignment.partitions];
    Arrays.fill(publishers, epoch);
    this.receipts = context.messageAdapter(BatchReceipt.class, Durable::new);
    this.delivery =
        new BatchDelivery(
            context,
            assignment,
            epoch,
            context.messageAdapter(ShardingProducerController.requestNextClass(), Wanted::new),
            DeliveryEnded.INSTANCE);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Submit.class, this::onSubmit)
        .onMessage(AddTurn.class, this::onAddTurn)
        .onMessage(EndTurn.class, this::onEndTurn)
        .onMessage(Wanted.class, this::onWanted)
        .onMessage(Durable.class, this::onDurable)
        .onMessage(LogRead.class, this::onLogRead)
        .onMessage(Tick.class, message -> onTick())
        .onMessage(DeliveryEnded.class, message -> onDeliveryEnded())
        .onMessage(Close.class, this::onClose)
        .onMessage(TimeoutExpired.class, message -> end())
        .onSignal(PreRestart.class, signal -> onPreRestart())
        .onSignal(PostStop.class, signal -> onPostStop())
        .build();
  }

  private Behavior<Command> onSubmit(Submit message) {
    Submission submission = message.submission;
    if (submission.take()) {
      if (submission.pending().producer().filter(ChainPublisher.Producer::hasFailed).isPresent()) {
        callbacks.failed(
            List.of(new SendBuffer.Expired<>(submission.pending(), false)),
            false,
            Reason.NOT_SENT,
            "because an earlier one of its producer failed");
        return this;
      }
      if (!ticking) {
        ticking = true;
        timers.startTimerWithFixedDelay(Tick.INSTANCE, TICK);
      }
      turns.add(submission.partition(), submission.pending());
      sendNext(submission.partition());
    }
    return this;
  }

  private Behavior<Command> onAddTurn(AddTurn message) {
    openTurns.add(message.turn);
    turns.add(message.turn);
    return this;
  }

  private Behavior<Command> onEndTurn(EndTurn message) {
    openTurns.remove(message.turn);
    turns.end(message.turn).forEach(this::sendNext);
    return orEnd();
  }

  private void sendNext(int partition) {
    if (delivery.isReady()) {
      sendBuffer.next(partition).ifPresent(this::send);
    }
  }

  /**
   * Sends a batch. At most one batch is in flight for each partition, far fewer than reliable
   * delivery buffers, so no demand is needed before each.
   */
  private void send(SendBuffer.Batch<CompletableFuture<Receipt>> batch) {
    sentAtNanos[batch.partition()] = System.nanoTime();
    delivery.send(
        new PublishBatch(
            assignment.topic,
            batch.partition(),
            publishers[batch.partition()],
            batch.number(),
            contents.of(batch),
            BatchContents.conditionsOf(batch),
            WorkerReports.of(batch),
            receipts));
  }

  private Behavior<Command> onWanted(Wanted message) {
    if (delivery.requested(message.next)) {
      for (int partition = 0; partition < assignment.partitions; partition++) {
        // A batch that an earlier delivery has lost is sent again before any new one.
        int one = partition;
        sendBuffer.underWay(one).ifPresentOrElse(this::send, () -> sendNext(one));
      }
    }
    return this;
  }

  private Behavior<Command> onDurable(Durable message) {
    BatchReceipt receipt = message.receipt;
    if (!receipt.publisher().equals(publishers[receipt.partition()])) {
      return this;
    }
    if (receipt.forgotten()) {
      sendBuffer.forgotten(receipt.partition(), receipt.number()).ifPresent(this::onForgotten);
    } else {
      sendBuffer
          .durable(receipt.partition(), receipt.number())
          .ifPresent(batch -> onStored(batch, receipt));
    }
    return orEnd();
  }

  private void onStored(SendBuffer.Batch<CompletableFuture<Receipt>> batch, BatchReceipt receipt) {
    contents.forget(batch);
    List<PendingPublish<CompletableFuture<Receipt>>> decided = reads.decided(batch, receipt);
    turns.settled(decided).forEach(this::sendNext);
    sendNext(receipt.partition());
    callbacks.stored(batch, receipt, decided);
  }

  private Behavior<Command> onLogRead(LogRead message) {
    reads.done(message.reads, message.done);
    return orEnd();
  }

  private void onForgotten(SendBuffer.Batch<CompletableFuture<Receipt>> batch) {
    contents.forget(batch);
    turns.settled(batch.messages()).forEach(this::sendNext);
    publishers[batch.partition()] = UUID.randomUUID().toString();
    callbacks.failed(
        batch.messages().stream().map(pending -> new SendBuffer.Expired<>(pending, true)).toList(),
        false,
        Reason.NOT_SENT,
        "that states its outcome");
    sendNext(batch.partition());
  }

  private Behavior<Command> onTick() {
    long now = System.nanoTime();
    List<SendBuffer.Expired<CompletableFuture<Receipt>>> expired = expired(now);
    if (!expired.isEmpty()) {
      getContext()
          .getLog()
          .warn(
              "{} messages for topic '{}' have no receipt after {}",
              expired.size(),
              assignment.topic,
              settings.timeout());
      // A message in flight retains its space until it is known to be durable.
      callbacks.failed(expired, true, Reason.NOT_SENT, "within " + settings.timeout());
    }
    if (delivery.isReady()) {
      for (int partition = 0; partition < assignment.partitions; partition++) {
        Optional<SendBuffer.Batch<CompletableFuture<Receipt>>> batch =
            sendBuffer.underWay(partition);
        if (batch.isPresent()
            && now - sentAtNanos[partition] > settings.receiptTimeout().toNanos()
            && !delivery.isBuffered(partition)) {
          send(batch.get());
        }
      }
      endStalledDelivery(now);
    }
    if (sendBuffer.isEmpty() && turns.isSettled()) {
      ticking = false;
      timers.cancel(Tick.INSTANCE);
    }
    return orEnd();
  }

  private List<SendBuffer.Expired<CompletableFuture<Receipt>>> expired(long nowNanos) {
    List<SendBuffer.Expired<CompletableFuture<Receipt>>> expired = sendBuffer.expire(nowNanos);
    turns
        .settled(
            expired.stream().filter(one -> !one.sent()).map(SendBuffer.Expired::pending).toList())
        .forEach(this::sendNext);
    expired.addAll(turns.expire(nowNanos));
    return expired;
  }

  /**
   * Restarts reliable delivery if it makes no progress for a partition.
   *
   * <p>Reliable delivery has an actor for each partition, and doesn't notice when one of them
   * fails. It then waits for demand without end. The same happens for a partition that no node
   * runs; a new delivery does no harm in that case.
   */
  private void endStalledDelivery(long now) {
    for (int partition = 0; partition < assignment.partitions; partition++) {
      if (delivery.isBuffered(partition)
          && sendBuffer.underWay(partition).isPresent()
          && now - sentAtNanos[partition] > settings.timeout().toNanos()) {
        getContext()
            .getLog()
            .warn(
                "Reliable delivery has sent nothing to partition {} of topic '{}' for {}; restarting it",
                partition,
                assignment.topic,
                settings.timeout());
        delivery.stop();
        return;
      }
    }
  }

  private Behavior<Command> onDeliveryEnded() {
    getContext()
        .getLog()
        .warn("Reliable delivery for topic '{}' has stopped; restarting it", assignment.topic);
    delivery.start();
    return this;
  }

  private Behavior<Command> onClose(Close message) {
    assignment.admission.close();
    closing = Optional.of(message.replyTo);
    timers.startSingleTimer(TimeoutExpired.INSTANCE, message.timeout);
    return orEnd();
  }

  /** Stops if this publisher is closing and nobody waits for it. */
  private Behavior<Command> orEnd() {
    return closing.isPresent() && sendBuffer.isSettled() && turns.isSettled() ? end() : this;
  }

  private Behavior<Command> end() {
    giveUp();
    closing.ifPresent(replyTo -> replyTo.tell(Done.getInstance()));
    return Behaviors.stopped();
  }

  /** Uses NOT_SENT, not STOPPED: a worker that receives STOPPED would wait for its own end. */
  private Behavior<Command> onPreRestart() {
    giveUp(Reason.NOT_SENT, "before its publisher failed");
    openTurns.removeIf(turn -> !turn.hasCome());
    return this;
  }

  private Behavior<Command> onPostStop() {
    giveUp();
    return this;
  }

  private void giveUp() {
    giveUp(Reason.STOPPED, "before Perille stopped on this node");
  }

  private void giveUp(Reason reason, String when) {
    List<SendBuffer.Expired<CompletableFuture<Receipt>>> left = sendBuffer.clear();
    left.addAll(
        turns.clear(
            new PublishRefusedException(
                reason,
                "a transaction with messages for topic '%s' was not sent %s and is not stored"
                    .formatted(assignment.topic, when))));
    left.forEach(one -> one.pending().producer().ifPresent(ChainPublisher.Producer::failed));
    callbacks.failed(left, false, reason, when);
  }
}
