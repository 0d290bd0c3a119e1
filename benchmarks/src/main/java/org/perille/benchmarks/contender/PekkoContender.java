package org.perille.benchmarks.contender;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongConsumer;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.delivery.ConsumerController;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.cluster.sharding.typed.ShardingEnvelope;
import org.apache.pekko.cluster.sharding.typed.delivery.ShardingConsumerController;
import org.apache.pekko.cluster.sharding.typed.delivery.ShardingProducerController;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityTypeKey;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.persistence.jdbc.testkit.javadsl.SchemaUtils;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;

/**
 * Plain Pekko: reliable delivery to an event-sourced entity for each key.
 *
 * <p>The entity stores an event for each message and then confirms the message.
 */
final class PekkoContender implements Contender {
  static final Set<Job> JOBS =
      Collections.unmodifiableSet(EnumSet.of(Job.PUBLISH, Job.EVENT_EFFECT));

  private static final EntityTypeKey<ConsumerController.SequencedMessage<Parcel>> KEY =
      EntityTypeKey.create(ShardingConsumerController.entityTypeKeyClass(), "counting");

  private static final Duration CONFIRMATION_TIMEOUT = Duration.ofMinutes(1);

  private final Stand stand = Stand.start();
  private ActorSystem<Object> system;
  private Job job;
  private LongConsumer done;

  /** A parcel that isn't stored yet. */
  private record Waiting(Parcel parcel, CompletableFuture<Done> stored) {}

  @Override
  public void begin(Work work, LongConsumer done) throws Exception {
    this.job = work.job();
    this.done = done;
    system = ActorSystem.create(Behaviors.setup(PekkoContender::sending), "pekko", config());
    SchemaUtils.createIfNotExists(system).toCompletableFuture().get();
    Cluster.get(system).manager().tell(Join.create(Cluster.get(system).selfMember().address()));
  }

  /** Returns the settings of a cluster of one node with a journal in PostgreSQL. */
  private Config config() {
    return stand
        .journalConfig()
        .withFallback(
            ConfigFactory.parseString(
                """
                pekko.actor.provider = cluster
                pekko.remote.artery.canonical { hostname = 127.0.0.1, port = 0 }
                jdbc-journal {
                  use-shared-db = slick
                  # "Must be bigger than the number of persistent actors that are actively persisting"
                  bufferSize = 20000
                }
                pekko-persistence-jdbc.shared-databases.slick.db.queueSize = 20000
                jdbc-snapshot-store.use-shared-db = slick
                pekko.persistence.journal.plugin = jdbc-journal
                pekko.persistence.snapshot-store.plugin = jdbc-snapshot-store
                """))
        .withFallback(ConfigFactory.load());
  }

  private static Behavior<Object> sending(ActorContext<Object> context) {
    ActorRef<ShardingEnvelope<ConsumerController.SequencedMessage<Parcel>>> region =
        ClusterSharding.get(context.getSystem())
            .init(
                Entity.of(
                    KEY,
                    entity ->
                        ShardingConsumerController.create(
                            start -> counting(entity.getEntityId(), start))));
    ActorRef<ShardingProducerController.Command<Parcel>> producer =
        context.spawn(
            ShardingProducerController.create(Parcel.class, "sender", region, Optional.empty()),
            "producer");
    producer.tell(
        new ShardingProducerController.Start<>(
            context.messageAdapter(ShardingProducerController.requestNextClass(), next -> next)));
    return new Sending(context);
  }

  /** Sends one parcel at a time, on each request of reliable delivery. */
  private static final class Sending extends AbstractBehavior<Object> {
    private final Queue<Waiting> waiting = new ArrayDeque<>();
    private Optional<ShardingProducerController.RequestNext<Parcel>> next = Optional.empty();

    private Sending(ActorContext<Object> context) {
      super(context);
    }

    @Override
    @SuppressWarnings("unchecked") // there is one producer
    public Receive<Object> createReceive() {
      return newReceiveBuilder()
          .onMessage(
              Waiting.class,
              parcel -> {
                waiting.add(parcel);
                return sendNext();
              })
          .onMessage(
              ShardingProducerController.RequestNext.class,
              asked -> {
                next = Optional.of(asked);
                return sendNext();
              })
          .build();
    }

    private Behavior<Object> sendNext() {
      if (next.isPresent() && !waiting.isEmpty()) {
        Waiting first = waiting.remove();
        ActorRef<ShardingProducerController.MessageWithConfirmation<Parcel>> to =
            next.get().askNextTo();
        next = Optional.empty();
        AskPattern.<ShardingProducerController.MessageWithConfirmation<Parcel>, Done>ask(
                to,
                replyTo ->
                    new ShardingProducerController.MessageWithConfirmation<>(
                        first.parcel.key(), first.parcel, replyTo),
                CONFIRMATION_TIMEOUT,
                getContext().getSystem().scheduler())
            .whenComplete(
                (confirmed, failure) -> {
                  if (failure == null) {
                    first.stored.complete(confirmed);
                  } else {
                    first.stored.completeExceptionally(failure);
                  }
                });
      }
      return this;
    }
  }

  private static Behavior<ConsumerController.Delivery<Parcel>> counting(
      String key, ActorRef<ConsumerController.Start<Parcel>> start) {
    return Behaviors.setup(
        context -> {
          start.tell(new ConsumerController.Start<>(context.getSelf()));
          return new Counting(PersistenceId.of("counting", key));
        });
  }

  private static final class Counting
      extends EventSourcedBehavior<ConsumerController.Delivery<Parcel>, Parcel, Long> {
    private Counting(PersistenceId id) {
      super(id);
    }

    @Override
    public Long emptyState() {
      return 0L;
    }

    @Override
    public CommandHandler<ConsumerController.Delivery<Parcel>, Parcel, Long> commandHandler() {
      return (count, delivery) ->
          Effect()
              .persist(delivery.message())
              .thenRun(now -> delivery.confirmTo().tell(ConsumerController.confirmed()));
    }

    @Override
    public EventHandler<Long, Parcel> eventHandler() {
      return (count, parcel) -> count + 1;
    }
  }

  @Override
  public CompletionStage<?> send(Parcel parcel) {
    CompletableFuture<Done> stored = new CompletableFuture<>();
    system.tell(new Waiting(parcel, stored));
    return job == Job.PUBLISH
        ? stored
        : stored.thenRun(() -> done.accept(Parcel.dueNanos(parcel.bytes())));
  }

  @Override
  public void close() throws IOException {
    if (system != null) {
      system.terminate();
      system.getWhenTerminated().toCompletableFuture().join();
    }
    stand.close();
  }
}
