package org.perille.sharding.internal.bootstrap;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Flow;
import org.perille.Message;
import org.perille.PerilleListener.Refused;
import org.perille.PublishRefusedException;
import org.perille.PublishRefusedException.Reason;
import org.perille.Publisher;
import org.perille.Receipt;
import org.perille.Topic;
import org.perille.internal.hook.NodeHooks;

/**
 * The publisher of a topic on whichever node runs in this process.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
final class RestartingPublisher<T> implements Publisher<T> {
  private record Current<T>(PerilleNode node, Publisher<T> publisher) {}

  private final Topic<T> topic;
  private final Supplier<PerilleNode> running;
  private final NodeHooks hooks;
  private volatile Optional<Current<T>> current = Optional.empty();

  /**
   * Creates a publisher.
   *
   * @param running returns the node that runs, or throws a {@link NotRunningException}
   * @param hooks have the listeners to messages that are refused because no node runs
   */
  RestartingPublisher(Topic<T> topic, Supplier<PerilleNode> running, NodeHooks hooks) {
    this.topic = topic;
    this.running = running;
    this.hooks = hooks;
  }

  /** Returns the publisher of the node that runs, or reports and throws why there is none. */
  private Publisher<T> current() {
    try {
      return currentOrThrow();
    } catch (PublishRefusedException refused) {
      Refused event = new Refused(topic.name(), refused.reason());
      hooks.get().listeners().report(() -> listener -> listener.refused(event));
      throw refused;
    }
  }

  private Publisher<T> currentOrThrow() {
    PerilleNode node = node();
    Optional<Current<T>> known = current;
    if (known.isEmpty() || known.get().node() != node) {
      known = Optional.of(new Current<>(node, publisher(node)));
      current = known;
    }
    return known.get().publisher();
  }

  private Publisher<T> publisher(PerilleNode node) {
    try {
      return node.publisher(topic);
    } catch (IllegalStateException e) {
      // Its actor system creates no more actors.
      throw new PublishRefusedException(
          Reason.NOT_RUNNING, "%s accepts no message: this node is ending".formatted(topic), e);
    }
  }

  private PerilleNode node() {
    try {
      return running.get();
    } catch (NotRunningException e) {
      throw new PublishRefusedException(
          e.hasEnded() ? Reason.STOPPED : Reason.NOT_RUNNING,
          "%s accepts no message: %s".formatted(topic, e.getMessage()),
          e);
    }
  }

  @Override
  public CompletionStage<Receipt> publish(Message<T> message) {
    Publisher<T> publisher;
    try {
      publisher = current();
    } catch (PublishRefusedException e) {
      return CompletableFuture.failedStage(e);
    }
    return publisher.publish(message);
  }

  @Override
  public void publishAndForget(Message<T> message) {
    current().publishAndForget(message);
  }

  @Override
  public Flow<Message<T>, Receipt, NotUsed> flow() {
    return Flow.lazyFlow(() -> current().flow())
        .mapMaterializedValue(materialized -> NotUsed.getInstance());
  }
}
