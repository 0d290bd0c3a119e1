package org.perille.internal;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.delivery.ConsumerController;
import org.apache.pekko.actor.typed.delivery.ProducerController;
import org.perille.internal.feed.PartitionJournal;
import org.perille.internal.hook.Listeners;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PartitionEvent.BatchAppended;
import org.perille.internal.log.PartitionId;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.partition.Partition;
import org.perille.internal.partition.PartitionRequest;
import org.perille.internal.partition.SubscribedWorkers;
import org.perille.internal.settings.PartitionSettings;

/**
 * A partition and its publisher.
 *
 * <p>It may be started again while an earlier epoch is still alive, as on a node that was cut off.
 * Workers' requests reach the one that was started last.
 */
public final class PartitionHarness {

  /** One epoch of the partition, with its own channel for batches. */
  public final class Epoch {
    private final ActorRef<Partition.Command> actor;
    private final ActorRef<PublishBatch> batches;

    private Epoch() {
      actor = node.spawn(owner.get());
      ActorRef<ConsumerController.Command<PublishBatch>> consumer =
          node.spawn(ConsumerController.<PublishBatch>create());
      batches = sender(consumer);
      actor.tell(new Partition.UseConsumerController(consumer.unsafeUpcast()));
    }

    public ActorRef<Partition.Command> actor() {
      return actor;
    }

    public TestProbe<BatchReceipt> send(String publisher, long number, LogMessage... messages) {
      return send(publisher, number, List.of(messages));
    }

    public TestProbe<BatchReceipt> send(String publisher, long number, List<LogMessage> messages) {
      TestProbe<BatchReceipt> receipt = node.kit().createTestProbe(BatchReceipt.class);
      batches.tell(
          new PublishBatch(
              id.topic(),
              id.partition(),
              publisher,
              number,
              messages,
              List.of(),
              receipt.getRef()));
      return receipt;
    }
  }

  private static final Duration ANSWER_WITHIN = Duration.ofMinutes(3);

  private final OneNode node;
  private final PartitionId id;
  private final Supplier<Behavior<Partition.Command>> owner;
  private final PartitionJournal journal;
  private final AtomicReference<Epoch> current = new AtomicReference<>();
  private volatile UnaryOperator<PartitionRequest> network = request -> request;
  private long batchNumber;
  private int published;

  PartitionHarness(OneNode node, PartitionId id, PartitionSettings settings) {
    this(
        node,
        id,
        () ->
            Partition.create(
                id,
                settings,
                node.readJournal(),
                Clock.systemUTC(),
                Listeners.NONE,
                SubscribedWorkers.NONE));
  }

  /**
   * Creates a partition of another kind that isn't started.
   *
   * @param owner returns the behavior of each epoch
   */
  PartitionHarness(OneNode node, PartitionId id, Supplier<Behavior<Partition.Command>> owner) {
    this.node = node;
    this.id = id;
    this.owner = owner;
    this.journal = node.readJournal();
  }

  public PartitionId id() {
    return id;
  }

  /** Returns the faults of its writes. */
  public FencedJournal.Faults faults() {
    return FencedJournal.faults(id.persistenceId());
  }

  public Epoch start() {
    Epoch started = new Epoch();
    current.set(started);
    return started;
  }

  public Epoch current() {
    return current.get();
  }

  public void crash() {
    node.crash(current.get().actor);
  }

  public void restart() {
    crash();
    start();
  }

  /** Sets a function that changes the requests to the partition, or drops one by returning null. */
  public void setNetwork(UnaryOperator<PartitionRequest> network) {
    this.network = network;
  }

  /** Returns the channel of workers' requests to their partition. */
  public Consumer<PartitionRequest> requests() {
    return request -> {
      PartitionRequest arrived = network.apply(request);
      Epoch to = current.get();
      if (arrived != null && to != null) {
        to.actor.tell(arrived);
      }
    };
  }

  /** Appends one batch, and returns when it is durable. */
  public BatchReceipt append(LogMessage... messages) {
    return current.get().send("publisher", ++batchNumber, messages).receiveMessage(ANSWER_WITHIN);
  }

  /** Appends this many messages, each numbered by its offset, in batches of three. */
  public void append(int count) {
    List<LogMessage> batch = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      batch.add(node.message("key-" + published % 5, published));
      published++;
      if (batch.size() == 3 || i == count - 1) {
        append(batch.toArray(LogMessage[]::new));
        batch.clear();
      }
    }
  }

  /** Returns its description, once it is active. */
  public PartitionRequest.Description describe() {
    TestProbe<PartitionRequest.Description> answer =
        node.kit().createTestProbe(PartitionRequest.Description.class);
    return await()
        .atMost(180, SECONDS)
        .until(
            () -> {
              current.get().actor.tell(new PartitionRequest.Describe(answer.getRef()));
              try {
                return Optional.of(answer.receiveMessage(Duration.ofMillis(500)));
              } catch (AssertionError notActiveYet) {
                return Optional.<PartitionRequest.Description>empty();
              }
            },
            Optional::isPresent)
        .orElseThrow();
  }

  /** Returns everything in the journal, in order. */
  public List<LogEntry> stored() {
    List<LogEntry> entries = new ArrayList<>();
    for (long sequenceNumber = 1; ; sequenceNumber++) {
      CompletableFuture<List<PartitionJournal.Stored>> read =
          journal.read(id.persistenceId(), sequenceNumber, sequenceNumber).toCompletableFuture();
      if (read.handle((events, missing) -> missing != null).join()) {
        return entries;
      }
      if (read.join().get(0).event() instanceof BatchAppended batch) {
        entries.addAll(batch.entries());
      }
    }
  }

  private ActorRef<PublishBatch> sender(
      ActorRef<ConsumerController.Command<PublishBatch>> consumer) {
    ActorRef<ProducerController.Command<PublishBatch>> producer =
        node.spawn(
            ProducerController.create(
                PublishBatch.class, "producer-" + System.nanoTime(), Optional.empty()));
    ActorRef<Object> sender = node.spawn(DemandedSender.create());
    producer.tell(new ProducerController.Start<>(sender.unsafeUpcast()));
    producer.tell(new ProducerController.RegisterConsumer<>(consumer));
    return sender.unsafeUpcast();
  }
}
