package org.perille.sharding.internal.outbox;

import com.typesafe.config.Config;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.pattern.Patterns;
import org.perille.Message;
import org.perille.Outbox;
import org.perille.OutboxStatus;
import org.perille.PerilleListener;
import org.perille.Topic;
import org.perille.internal.NodeProblems;
import org.perille.internal.hook.ListenerEvent;
import org.perille.internal.hook.Listeners;
import org.perille.internal.hook.NodeHooks;
import org.perille.internal.log.LogMessage;
import org.perille.internal.outbox.OutboxEncoder;
import org.perille.internal.outbox.OutboxRelay;
import org.perille.internal.outbox.OutboxTarget;
import org.perille.internal.outbox.RelayTopics;
import org.perille.internal.outbox.RelayedOutbox;
import org.perille.internal.payload.PayloadCodec;
import org.perille.internal.settings.OutboxSettings;

/**
 * The outboxes that a node has registered.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
public final class Outboxes {
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);

  private record Started(
      RelayedOutbox outbox, Runnable hint, ActorRef<OutboxAgent.Command> agent) {}

  private final ActorSystem<?> system;
  private final Config config;
  private final OutboxSettings settings;
  private final int maxMessageBytes;
  private final OutboxEncoder encoder;
  private final Supplier<Set<String>> topics;
  private final Function<String, OutboxTarget> targets;
  private final List<Started> started = new ArrayList<>();

  /**
   * Creates an empty set of outboxes.
   *
   * @param maxMessageBytes the limit of a message's size
   * @param encoder encodes the application's messages
   * @param topics returns the names of the registered topics
   * @param targets returns the destination of a topic's messages
   */
  public Outboxes(
      ActorSystem<?> system,
      int maxMessageBytes,
      OutboxEncoder encoder,
      Supplier<Set<String>> topics,
      Function<String, OutboxTarget> targets) {
    this.system = system;
    this.config = system.settings().config();
    this.settings = OutboxSettings.of(config);
    this.maxMessageBytes = maxMessageBytes;
    this.encoder = encoder;
    this.topics = topics;
    this.targets = targets;
  }

  /**
   * Ensures that the databases of outboxes can be used, and stores the topics there. Blocks.
   *
   * @param added outboxes that are about to start
   * @param addedTopics topics that are about to be registered
   * @param allTopics all topics with those
   * @throws org.perille.StorageException if a database can't be used
   */
  public synchronized void prepare(
      Collection<Outbox> added, Collection<Topic<?>> addedTopics, Collection<Topic<?>> allTopics) {
    for (Outbox outbox : added) {
      RelayedOutbox relayed = (RelayedOutbox) outbox;
      relayed.prepare(config);
      relayed.store(known(allTopics));
    }
    if (!addedTopics.isEmpty()) {
      started.forEach(one -> one.outbox.store(known(addedTopics)));
    }
  }

  private List<RelayedOutbox.KnownTopic> known(Collection<Topic<?>> all) {
    return all.stream()
        .map(
            topic ->
                new RelayedOutbox.KnownTopic(
                    topic.name(), PayloadCodec.of(system, topic).isJson(), maxMessageBytes))
        .toList();
  }

  /** Starts an outbox, after {@link #prepare}. From now on this node may relay it. */
  public synchronized void start(Outbox outbox) {
    RelayedOutbox relayed = (RelayedOutbox) outbox;
    AtomicBoolean hinted = new AtomicBoolean();
    String identity = relayed.identity();
    ActorRef<OutboxAgent.Command> agent =
        system.systemActorOf(
            OutboxAgent.create(outbox.name(), identity, () -> relay(relayed, identity), hinted),
            "perille-outbox-" + outbox.name(),
            Props.empty());
    Runnable hint =
        () -> {
          if (hinted.compareAndSet(false, true)) {
            agent.tell(OutboxAgent.Committed.INSTANCE);
          }
        };
    relayed.use(reporting(outbox.name()));
    relayed.addHint(hint);
    started.add(new Started(relayed, hint, agent));
  }

  /** Returns the encoder, which reports each message to the node's listeners if there are any. */
  private OutboxEncoder reporting(String outbox) {
    Listeners listeners = NodeHooks.of(system).listeners();
    if (listeners.areNone()) {
      return encoder;
    }
    ListenerEvent published = listener -> listener.outboxPublished(outbox);
    return new OutboxEncoder() {
      @Override
      public <T> LogMessage encode(Topic<T> topic, Message<T> message) {
        LogMessage encoded = encoder.encode(topic, message);
        listeners.report(() -> published);
        return encoded;
      }
    };
  }

  private OutboxRelay relay(RelayedOutbox outbox, String identity) {
    return new OutboxRelay(
        outbox.name(),
        outbox.table(),
        new RelayTopics() {
          @Override
          public Set<String> names() {
            return topics.get();
          }

          @Override
          public OutboxTarget target(String topic) {
            return targets.apply(topic);
          }
        },
        settings,
        "outbox~" + identity,
        Cluster.get(system).selfMember().address().toString(),
        new NodeReports(outbox.name(), NodeProblems.of(system), NodeHooks.of(system).listeners()));
  }

  /** Reports to the node's health and listeners. */
  private record NodeReports(String outbox, NodeProblems problems, Listeners listeners)
      implements OutboxRelay.Reports {
    private String subject() {
      return "outbox '" + outbox + "'";
    }

    @Override
    public void problem(String text, Duration validFor) {
      problems.report(subject(), text, validFor);
    }

    @Override
    public void fine() {
      problems.withdraw(subject());
    }

    @Override
    public void failed() {
      listeners.report(() -> listener -> listener.outboxFailed(outbox));
    }

    @Override
    public void relayed(int messages) {
      listeners.report(
          () -> {
            PerilleListener.OutboxRelayed event =
                new PerilleListener.OutboxRelayed(outbox, messages);
            return listener -> listener.outboxRelayed(event);
          });
    }

    @Override
    public void status(OutboxStatus status) {
      listeners.report(
          () -> {
            PerilleListener.OutboxProgress event =
                new PerilleListener.OutboxProgress(outbox, status);
            return listener -> listener.outboxProgress(event);
          });
    }
  }

  /**
   * Ends the relays of this node, before its publishers close. What they have recorded is for the
   * next relay. Safe to repeat.
   */
  public synchronized CompletionStage<Done> stop() {
    CompletableFuture<?>[] all =
        started.stream()
            .map(
                one -> {
                  one.outbox.removeHint(one.hint);
                  return Patterns.gracefulStop(
                          Adapter.toClassic(one.agent), STOP_TIMEOUT, OutboxAgent.Stop.INSTANCE)
                      .exceptionally(
                          failed -> {
                            system.log().warn("An outbox's relay did not stop", failed);
                            return false;
                          })
                      .toCompletableFuture();
                })
            .toArray(CompletableFuture[]::new);
    started.clear();
    return CompletableFuture.allOf(all).thenApply(done -> Done.getInstance());
  }
}
