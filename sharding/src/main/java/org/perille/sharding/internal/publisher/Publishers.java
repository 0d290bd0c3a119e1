package org.perille.sharding.internal.publisher;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.delivery.ConsumerController.SequencedMessage;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.cluster.sharding.typed.ShardingEnvelope;
import org.perille.Message;
import org.perille.Receipt;
import org.perille.Topic;
import org.perille.internal.compression.CompressionSettings;
import org.perille.internal.effect.ChainPublisher;
import org.perille.internal.feed.PartitionJournal;
import org.perille.internal.hook.Hooks;
import org.perille.internal.hook.NodeHooks;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.log.TransactionMessage;
import org.perille.internal.outbox.OutboxEncoder;
import org.perille.internal.payload.PayloadCodec;
import org.perille.internal.publish.Admission;
import org.perille.internal.publish.BatchingPublisher;
import org.perille.internal.publish.Partitioner;
import org.perille.internal.publish.Turn;
import org.perille.internal.settings.PerilleSettings;
import org.perille.internal.settings.PublisherSettings;
import org.perille.internal.transaction.TransactionLogs;
import org.perille.internal.transaction.TransactionRelay;

/**
 * The publishers of this node, one for each topic.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
public final class Publishers {
  private record Started(BatchingPublisher<?> publisher, ActorRef<PublisherActor.Command> actor) {}

  private final ActorSystem<?> system;
  private final PublisherSettings settings;
  private final CompressionSettings compression;
  private final ActorRef<ShardingEnvelope<SequencedMessage<PublishBatch>>> batches;
  private final PartitionJournal journal;
  private final Clock clock;
  private final Hooks hooks;
  private final CallbackThreads callbackThreads = new CallbackThreads();
  private final Map<String, Started> publishers = new HashMap<>();

  /** The publishers of relayed transactions, by topic. */
  private final Map<String, EncodedPublisher> relays = new HashMap<>();

  private Optional<EncodedPublisher> transactions = Optional.empty();
  private final List<ActorRef<PublisherActor.Command>> actors = new ArrayList<>();
  private Optional<CompletionStage<Done>> closed = Optional.empty();

  /**
   * Creates an empty set of publishers.
   *
   * @param batches the destination of their batches
   * @param journal reads the logs for messages with conditions
   */
  public Publishers(
      ActorSystem<?> system,
      PerilleSettings settings,
      ActorRef<ShardingEnvelope<SequencedMessage<PublishBatch>>> batches,
      PartitionJournal journal,
      Clock clock) {
    this.system = system;
    this.settings = settings.publisher();
    this.compression = settings.compression();
    this.batches = batches;
    this.journal = journal;
    this.clock = clock;
    this.hooks = NodeHooks.of(system);
  }

  /** Returns the publisher of a topic. After {@link #close} it refuses all messages. */
  @SuppressWarnings("unchecked") // stored under its topic, whose class the caller has checked
  public <T> BatchingPublisher<T> of(Topic<T> topic) {
    return (BatchingPublisher<T>) started(topic).publisher;
  }

  private synchronized Started started(Topic<?> topic) {
    return publishers.computeIfAbsent(topic.name(), name -> start(topic));
  }

  private <T> Started start(Topic<T> topic) {
    Admission admission = admission();
    ActorRef<PublisherActor.Command> actor =
        start(
            "perille-publisher-" + topic.name(),
            topic.name(),
            topic.partitions(),
            compression.of(topic),
            admission);
    return new Started(
        new BatchingPublisher<>(
            topic,
            PayloadCodec.of(system, topic),
            settings,
            admission,
            submission -> actor.tell(new PublisherActor.Submit(submission)),
            clock,
            hooks),
        actor);
  }

  private Admission admission() {
    Admission admission = new Admission(settings.bufferMessages(), settings.bufferBytes());
    if (closed.isPresent()) {
      admission.close();
    }
    return admission;
  }

  private ActorRef<PublisherActor.Command> start(
      String name,
      String topic,
      int partitions,
      CompressionSettings.OfTopic ofTopic,
      Admission admission) {
    ActorRef<PublisherActor.Command> actor =
        system.systemActorOf(
            PublisherActor.create(
                new PublisherActor.Assignment(
                    topic,
                    partitions,
                    settings,
                    ofTopic,
                    admission,
                    callbacks(topic),
                    batches,
                    journal,
                    hooks)),
            name,
            Props.empty());
    actors.add(actor);
    return actor;
  }

  /** Returns an executor for one kind of callbacks of the application. */
  public Executor callbacks(String name) {
    return callbackThreads.of(name, settings.callbackThreads());
  }

  private EncodedPublisher startEncoded(String name, String topic, int partitions) {
    Admission admission = admission();
    return new EncodedPublisher(
        topic,
        start(name, topic, partitions, CompressionSettings.NONE.of(topic), admission),
        admission);
  }

  /**
   * Returns an encoder for messages that others publish.
   *
   * @param registered throws if a topic isn't registered on this node
   */
  public OutboxEncoder encoder(Consumer<Topic<?>> registered) {
    return new OutboxEncoder() {
      @Override
      public <T> LogMessage encode(Topic<T> topic, Message<T> message) {
        registered.accept(topic);
        return of(topic).encode(message);
      }
    };
  }

  /** Adds a transaction's turn to the publisher of a topic, behind all earlier calls. */
  public void addTurn(Topic<?> topic, Turn turn) {
    started(topic).actor.tell(new PublisherActor.AddTurn(turn));
  }

  /** Ends a transaction's turn. */
  public void endTurn(Topic<?> topic, Turn turn) {
    started(topic).actor.tell(new PublisherActor.EndTurn(turn));
  }

  /**
   * Commits a transaction: publishes it to the log of transactions with its id.
   *
   * <p>The stage fails if the outcome is unknown. Commit it again then.
   *
   * @throws org.perille.PublishRefusedException if this node is stopping
   */
  public CompletionStage<Receipt> commit(LogMessage transaction) {
    return transactions()
        .publish(TransactionLogs.logOf(transaction.id()), transaction, Optional.empty());
  }

  private synchronized EncodedPublisher transactions() {
    if (transactions.isEmpty()) {
      transactions =
          Optional.of(
              startEncoded(
                  "perille-publisher-" + TransactionLogs.TOPIC,
                  TransactionLogs.TOPIC,
                  TransactionLogs.COUNT));
    }
    return transactions.get();
  }

  /**
   * Publishes a message of a transaction, as {@link TransactionRelay.Target} says. Its topic
   * needn't be registered on this node.
   */
  public CompletionStage<Receipt> relay(
      TransactionMessage message, ChainPublisher.Producer producer) {
    return relayOf(message)
        .publish(Partitioner.partitionOf(message), message.message(), Optional.of(producer));
  }

  private synchronized EncodedPublisher relayOf(TransactionMessage message) {
    return relays.computeIfAbsent(
        message.topic(),
        topic -> startEncoded("perille-relay-" + topic, topic, message.partitions()));
  }

  /**
   * Closes all publishers. They refuse further messages, and finish the submitted ones within the
   * time-out. Safe to repeat.
   */
  public synchronized CompletionStage<Done> close(Duration timeout) {
    if (closed.isEmpty()) {
      CompletableFuture<?>[] all =
          actors.stream()
              .map(
                  actor ->
                      AskPattern.<PublisherActor.Command, Done>ask(
                              actor,
                              replyTo -> new PublisherActor.Close(timeout, replyTo),
                              timeout.plusSeconds(1),
                              system.scheduler())
                          .toCompletableFuture())
              .toArray(CompletableFuture[]::new);
      closed = Optional.of(CompletableFuture.allOf(all).thenApply(done -> Done.getInstance()));
    }
    return closed.get();
  }
}
