package org.perille.spi;

import com.typesafe.config.Config;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.perille.Delivery;

/**
 * A handler that commits its effect and the subscription's cursor in one transaction of its store.
 *
 * <p>So both are durable or neither is.
 *
 * <p><b>Threading</b>: all methods block, and are called on threads that may.
 */
public interface TransactionalHandler<T> {
  /**
   * Ensures that the store can be used.
   *
   * <p>Creates missing tables if {@code perille.storage.schema} allows it. Called once on every
   * node at its start.
   *
   * @throws org.perille.StorageException if the store can't be used
   */
  void prepare(Config config);

  /**
   * Claims a partition for a new worker. From now on no earlier claim can commit.
   *
   * @throws Exception if the store can't be reached; the worker retries later
   */
  Claim<T> claim(String topic, String subscription, int partition) throws Exception;

  /**
   * Claims a partition like {@link #claim(String, String, int)}, with an epoch above another one.
   *
   * <p>Used when the subscription was of another kind before, whose workers also had epochs.
   *
   * @param afterEpoch the highest epoch so far, 0 or more; the claim's epoch is higher
   * @throws Exception if the store can't be reached, or the handler can't raise its epochs
   */
  default Claim<T> claim(String topic, String subscription, int partition, long afterEpoch)
      throws Exception {
    Claim<T> claim = claim(topic, subscription, partition);
    if (afterEpoch > 0 && claim.epoch() <= afterEpoch) {
      throw new IllegalStateException(
          "the handler of subscription '%s' of topic '%s' can't take over partition %d from one of another kind: its epoch %d must be above %d"
              .formatted(subscription, topic, partition, claim.epoch(), afterEpoch));
    }
    return claim;
  }

  /**
   * Returns the place of a subscription's cursors, if the handler reports it. Default: it doesn't.
   *
   * <p>Called on every node at its start, after {@link #prepare}. If the place is unknown, Perille
   * can't detect that a changed definition stores its cursors elsewhere.
   *
   * @throws org.perille.StorageException if the store can't be used
   */
  default Optional<CursorPlace> cursorPlace(String topic, String subscription) {
    return Optional.empty();
  }

  /** The right of one worker to process one partition, until the next worker claims it. */
  interface Claim<T> {
    /** Returns the epoch, which is larger than that of every earlier claim. */
    long epoch();

    /**
     * Returns the state that was stored when the claim was made; empty if the subscription is new.
     */
    Optional<CursorState> stored();

    /**
     * Changes the stored state without effects, in a transaction of its own.
     *
     * @param change maps the state that this claim has last stored or read; empty if the
     *     subscription is new. No effect is committed between its argument and its result
     * @return the state that is now stored
     * @throws ClaimLostException if a later claim exists, or the outcome is unknown
     */
    CursorState change(Function<Optional<CursorState>, CursorState> change)
        throws ClaimLostException;

    /**
     * Runs the handler on each delivery, in order, and commits all effects with the advanced
     * cursor.
     *
     * <p>All of it is one transaction. May be called by several threads at once.
     *
     * @return the duration of the handler, without waiting for a connection and without the commit;
     *     it determines how many deliveries share a transaction
     * @throws EffectFailedException if a handler failed: everything is rolled back
     * @throws ClaimLostException if a later claim exists (rolled back), or the outcome is unknown;
     *     the claim can't be used any more
     * @throws NotStartedException if no connection or slot is available; everything is rolled back
     */
    Duration process(List<Delivery<T>> deliveries, Advance advance)
        throws EffectFailedException, ClaimLostException, NotStartedException;
  }

  /** The worker's part of a transaction. */
  @FunctionalInterface
  interface Advance {
    /**
     * Starts the time of a deadline. The store calls it once, directly before it calls the handler.
     *
     * <p>If it throws, the handler is not called.
     */
    default void begin() {}

    /**
     * Checks that the handler may be called. The store calls it directly before each message, or
     * once for a batch.
     *
     * <p>If it throws, the handler is not called, and the transaction is rolled back.
     */
    default void beforeCall() {}

    /** Returns the cursor after some more offsets are finished. */
    CursorState apply(CursorState current, List<Long> finishedOffsets);
  }

  /** The failure of a handler, whose transaction was rolled back. */
  final class EffectFailedException extends Exception {
    private static final long serialVersionUID = 1L;
    private final long offset;

    public EffectFailedException(long offset, Throwable cause) {
      super("handling offset " + offset + " failed", cause);
      this.offset = offset;
    }

    /** Returns the offset of the message whose handler failed. */
    public long offset() {
      return offset;
    }
  }

  /**
   * The lack of a free slot within some seconds, or of a connection to a writable server.
   *
   * <p>Nothing has happened: the messages are retried, and no attempt is counted.
   */
  final class NotStartedException extends Exception {
    private static final long serialVersionUID = 1L;

    public NotStartedException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** The loss of a claim, which can't commit any more. */
  final class ClaimLostException extends Exception {
    private static final long serialVersionUID = 1L;

    public ClaimLostException(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
