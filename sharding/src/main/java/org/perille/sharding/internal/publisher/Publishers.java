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
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.delivery.ConsumerController.SequencedMessage;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.cluster.sharding.typed.ShardingEnvelope;
import org.perille.Topic;
import org.perille.internal.compression.CompressionSettings;
import org.perille.internal.hook.Hooks;
import org.perille.internal.hook.NodeHooks;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.payload.PayloadCodec;
import org.perille.internal.publish.Admission;
import org.perille.internal.publish.BatchingPublisher;
import org.perille.internal.settings.PublisherSettings;

/**
 * The publishers of this node, one for each topic.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
public final class Publishers {
  private final ActorSystem<?> system;
  private final PublisherSettings settings;
  private final CompressionSettings compression;
  private final ActorRef<ShardingEnvelope<SequencedMessage<PublishBatch>>> batches;
  private final Clock clock;
  private final Hooks hooks;
  private final Map<String, BatchingPublisher<?>> publishers = new HashMap<>();
  private final List<ActorRef<PublisherActor.Command>> actors = new ArrayList<>();
  private Optional<CompletionStage<Done>> closed = Optional.empty();

  /**
   * Creates an empty set of publishers.
   *
   * @param batches the destination of their batches
   */
  public Publishers(
      ActorSystem<?> system,
      PublisherSettings settings,
      CompressionSettings compression,
      ActorRef<ShardingEnvelope<SequencedMessage<PublishBatch>>> batches,
      Clock clock) {
    this.system = system;
    this.settings = settings;
    this.compression = compression;
    this.batches = batches;
    this.clock = clock;
    this.hooks = NodeHooks.of(system);
  }

  /** Returns the publisher of a topic. After {@link #close} it refuses all messages. */
  @SuppressWarnings("unchecked") // stored under its topic, whose class the caller has checked
  public synchronized <T> BatchingPublisher<T> of(Topic<T> topic) {
    return (BatchingPublisher<T>)
        publishers.computeIfAbsent(topic.name(), name -> newPublisher(topic));
  }

  private <T> BatchingPublisher<T> newPublisher(Topic<T> topic) {
    Admission admission = new Admission(settings.bufferMessages(), settings.bufferBytes());
    if (closed.isPresent()) {
      admission.close();
    }
    ActorRef<PublisherActor.Command> actor =
        system.systemActorOf(
            PublisherActor.create(
                new PublisherActor.Assignment(
                    topic.name(),
                    topic.partitions(),
                    settings,
                    compression.of(topic),
                    admission,
                    batches,
                    hooks)),
            "perille-publisher-" + topic.name(),
            Props.empty());
    actors.add(actor);
    return new BatchingPublisher<>(
        topic,
        PayloadCodec.of(system, topic),
        settings,
        admission,
        submission -> actor.tell(new PublisherActor.Submit(submission)),
        clock,
        hooks);
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
