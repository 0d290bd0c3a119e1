package org.perille.sharding.internal.bootstrap;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Flow;
import org.perille.Message;
import org.perille.PublishRefusedException;
import org.perille.PublishRefusedException.Reason;
import org.perille.Publisher;
import org.perille.Receipt;
import org.perille.Topic;

/**
 * The publisher of a topic on whichever node runs in this process.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
final class RestartingPublisher<T> implements Publisher<T> {
  private record Current<T>(PerilleNode node, Publisher<T> publisher) {}

  private final Topic<T> topic;
  private final Supplier<PerilleNode> running;
  private volatile Optional<Current<T>> current = Optional.empty();

  /**
   * Creates a publisher.
   *
   * @param running returns the node that runs, or throws a {@link NotRunningException}
   */
  RestartingPublisher(Topic<T> topic, Supplier<PerilleNode> running) {
    this.topic = topic;
    this.running = running;
  }

  private Publisher<T> current() {
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
    try {
      return current().publish(message);
    } catch (PublishRefusedException e) {
      return CompletableFuture.failedStage(e);
    }
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
