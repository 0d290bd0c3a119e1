package org.perille.internal.partition;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.perille.internal.Pure;
import org.perille.internal.feed.ReadFrom;

/**
 * The feeds of a partition, one for each subscription. It decides which requests start a feed.
 *
 * @param <F> the feeds
 */
@Pure
public final class Feeds<F> {

  /** The decision about a request to be fed. */
  public sealed interface Decision<F> {}

  /** The feed of this session exists, and repeats its answer. */
  public record AnswerAgain<F>(F feed) implements Decision<F> {}

  /** A new feed starts, and replaces this one. */
  public record Start<F>(Optional<F> replaced) implements Decision<F> {}

  /** The request has no effect. A worker that is still interested repeats it. */
  public record Ignore<F>() implements Decision<F> {}

  private record Feeding<F>(long epoch, long session, F feed) {
    boolean isFor(long wantedEpoch, long wantedSession) {
      return epoch == wantedEpoch && session == wantedSession;
    }

    boolean isNewerThan(long wantedEpoch, long wantedSession) {
      return epoch > wantedEpoch || (epoch == wantedEpoch && session > wantedSession);
    }
  }

  private final Map<String, Feeding<F>> bySubscription = new HashMap<>();

  /**
   * Decides about a worker's request.
   *
   * @param epoch the epoch of the worker
   * @param session the number of the worker's session
   * @param endOffset the offset after the last message of the log
   */
  public Decision<F> requested(
      String subscription, long epoch, long session, ReadFrom from, long endOffset) {
    Optional<Feeding<F>> current = Optional.ofNullable(bySubscription.get(subscription));
    if (current.isPresent() && current.get().isFor(epoch, session)) {
      return new AnswerAgain<>(current.get().feed);
    }
    if (current.isPresent() && current.get().isNewerThan(epoch, session)) {
      return new Ignore<>();
    }
    if (from instanceof ReadFrom.Offset begin && begin.offset() > endOffset) {
      // A cursor past the end must not become durable: at a resume it would be considered a cursor
      // of another log.
      return new Ignore<>();
    }
    return new Start<>(current.map(Feeding::feed));
  }

  /** Adds the feed that a request has started. */
  public void started(String subscription, long epoch, long session, F feed) {
    bySubscription.put(subscription, new Feeding<>(epoch, session, feed));
  }

  /**
   * Removes a feed that has ended.
   *
   * @return false if another one has replaced it
   */
  public boolean ended(String subscription, F feed) {
    return of(subscription).filter(feed::equals).isPresent()
        && bySubscription.remove(subscription) != null;
  }

  /** Returns the feed of a subscription. */
  public Optional<F> of(String subscription) {
    return Optional.ofNullable(bySubscription.get(subscription)).map(Feeding::feed);
  }
}
