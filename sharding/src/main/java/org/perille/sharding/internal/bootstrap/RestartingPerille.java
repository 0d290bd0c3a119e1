package org.perille.sharding.internal.bootstrap;

import com.typesafe.config.Config;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.Definition;
import org.perille.EventSourcedSubscription;
import org.perille.EventSourcedSubscriptionHandle;
import org.perille.Health;
import org.perille.Perille;
import org.perille.Publisher;
import org.perille.Subscription;
import org.perille.SubscriptionHandle;
import org.perille.Topic;
import org.perille.TopicHandle;
import org.perille.internal.hook.NodeHooks;
import org.perille.sharding.internal.admin.NodeOperations;
import org.perille.sharding.internal.admin.SubscriptionOperations;

/**
 * Perille in actor systems of its own, one after another.
 *
 * <p>The publishers and handles of the application use whichever node runs.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
public final class RestartingPerille implements Perille {
  private final NodeSupervisor supervisor;
  private final NodeHooks hooks = new NodeHooks();

  /** The publishers by topic. Guarded by itself. */
  private final Map<String, RestartingPublisher<?>> publishers = new HashMap<>();

  private RestartingPerille(Config config, ActorSystemSetup setup) {
    this.supervisor = new NodeSupervisor(config, setup.and(hooks), this);
  }

  /** Creates a node that isn't started. See {@link Perille#create}. */
  public static Perille create(Config config, Definition... definitions) {
    return create(config, ActorSystemSetup.empty(), definitions);
  }

  /**
   * Creates a node like {@link #create(Config, Definition...)}, with further parts in the setup of
   * its actor systems.
   */
  public static Perille create(Config config, ActorSystemSetup setup, Definition... definitions) {
    return new RestartingPerille(config, setup).register(definitions);
  }

  @Override
  public Perille start() {
    supervisor.start();
    return this;
  }

  @Override
  public CompletionStage<Done> stop() {
    return supervisor.stop().thenApply(this::closeHooks);
  }

  private Done closeHooks(Done stopped) {
    hooks.get().listeners().close();
    return stopped;
  }

  @Override
  public void close() {
    stop().toCompletableFuture().join();
  }

  private NodeOperations operations() {
    return supervisor.running().operations();
  }

  @Override
  public Perille register(Definition... definitions) {
    supervisor.register(definitions);
    hooks.register(definitions);
    return this;
  }

  @Override
  @SuppressWarnings("unchecked") // stored under its topic, whose class was checked
  public <T> Publisher<T> publisher(Topic<T> topic) {
    supervisor.definitions().require(topic);
    synchronized (publishers) {
      return (Publisher<T>)
          publishers.computeIfAbsent(
              topic.name(), name -> new RestartingPublisher<>(topic, supervisor::running, hooks));
    }
  }

  @Override
  public <T> TopicHandle<T> topic(Topic<T> topic) {
    return NodeOperations.topic(this::operations, topic);
  }

  @Override
  public <T> SubscriptionHandle<T> subscription(Subscription<T> subscription) {
    return SubscriptionOperations.of(this::operations, subscription);
  }

  @Override
  public <T, S> EventSourcedSubscriptionHandle<T, S> subscription(
      EventSourcedSubscription<T, S> subscription) {
    return SubscriptionOperations.of(this::operations, subscription);
  }

  @Override
  public CompletionStage<Done> removeSubscription(String topic, String name) {
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(name, "name");
    return supervisor
        .node()
        .map(running -> running.removeSubscription(topic, name))
        .orElseGet(() -> CompletableFuture.failedStage(supervisor.notRunning()));
  }

  @Override
  public Health health() {
    return supervisor.node().map(PerilleNode::health).orElseGet(supervisor::healthWithoutNode);
  }

  @Override
  public ActorSystem<?> system() {
    return supervisor.system();
  }
}
