package org.perille.proof.delivery;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.perille.internal.feed.FeedBatch;

/**
 * The worker's side of a session's reliable delivery.
 *
 * <p>It delivers the batches of a feed in order, one at a time, each once. If a second feed serves
 * the session, it takes over with its first batch. The first one can take over again. It then
 * repeats the batches whose confirmations it doesn't know.
 */
final class ModelConsumer {
  private final Simulation simulation;
  private final List<ModelFeed> feeds = new ArrayList<>();
  private Optional<ModelFeed> current = Optional.empty();
  private boolean unconfirmed;

  ModelConsumer(Simulation simulation) {
    this.simulation = simulation;
  }

  void connect(ModelFeed feed) {
    feeds.add(feed);
  }

  /** Returns whether a batch may arrive. */
  boolean hasNext() {
    return !unconfirmed && feeds.stream().anyMatch(this::mayArrive);
  }

  private boolean mayArrive(ModelFeed feed) {
    return feed.hasUndelivered() && (!feed.hasDelivered() || isCurrent(feed) || !feed.isDead());
  }

  private boolean isCurrent(ModelFeed feed) {
    return current.filter(other -> other == feed).isPresent();
  }

  /** Returns the next batch of a random feed. Empty if it was lost with a feed that has ended. */
  Optional<FeedBatch> next() {
    List<ModelFeed> possible = feeds.stream().filter(this::mayArrive).toList();
    ModelFeed feed = possible.get(simulation.random().nextInt(possible.size()));
    if (feed.isDead() && simulation.random().nextInt(4) == 0) {
      feed.loseUndelivered();
      return Optional.empty();
    }
    if (!isCurrent(feed)) {
      if (current.isPresent()) {
        simulation.mark(Mark.FEED_REPLACED_IN_SESSION);
      }
      feed.repeatUnconfirmed();
      current = Optional.of(feed);
    }
    unconfirmed = true;
    return Optional.of(feed.deliver());
  }

  /** Confirms the delivered batch. */
  void confirm() {
    if (!unconfirmed) {
      throw new AssertionError("a batch is confirmed that this session has not delivered");
    }
    unconfirmed = false;
    current.orElseThrow().confirm();
  }
}
