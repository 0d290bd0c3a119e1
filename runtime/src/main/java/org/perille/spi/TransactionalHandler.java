package org.perille.spi;

import com.typesafe.config.Config;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.perille.Delivery;

/**
 * A handler that commits its effect and the subscription's cursor in one transaction of its own
 * store, so that both happened or none did.
 *
 * <p>All methods block and are called on threads that may.
 */
public interface TransactionalHandler<T> {
  /**
   * Makes sure that the store can be used, and creates what is missing when {@code
   * perille.storage.schema} allows it. Called once on every node at its start.
   *
   * @throws org.perille.StorageException if the store can't be used
   */
  void prepare(Config config);

  /**
   * Takes a partition over for a new worker: from now on no earlier claim can commit.
   *
   * @throws Exception if the store can't be reached; the worker tries again later
   */
  Claim<T> claim(String topic, String subscription, int partition) throws Exception;

  /**
   * {@link #claim(String, String, int)} with an epoch above another one: the subscription was of
   * another kind before, whose workers had epochs, too.
   *
   * @param afterEpoch 0 if it was of no other kind
   * @throws Exception if the store can't be reached, or the handler can't raise its epochs
   */
  default Claim<T> claim(String topic, String subscription, int partition, long afterEpoch)
      throws Exception {
    Claim<T> claim = claim(topic, subscription, partition);
    if (afterEpoch > 0 && claim.epoch() <= afterEpoch) {
      throw new IllegalStateException(
          "the handler of subscription '%s' of topic '%s' can't take partition %d over from one of another kind: its epoch %d would have to be above %d"
              .formatted(subscription, topic, partition, claim.epoch(), afterEpoch));
    }
    return claim;
  }

  /**
   * Finds out where the cursors of a subscription are stored. Called on every node at its start,
   * after {@link #prepare}. Default: {@link CursorPlace#UNKNOWN}; then nobody notices that a
   * changed definition stores its cursors elsewhere.
   *
   * @throws org.perille.StorageException if the store can't be used
   */
  default CursorPlace cursorPlace(String topic, String subscription) {
    return CursorPlace.UNKNOWN;
  }

  /** The right of one worker to process one partition, until the next worker claims it. */
  interface Claim<T> {
    /** Larger than that of every earlier claim. */
    long epoch();

    /** What was stored when the claim was made; empty when the subscription is new. */
    Optional<CursorState> stored();

    /**
     * Changes what is stored, beside all effects, in a transaction of its own.
     *
     * @param change gets what this claim has stored last, or found; empty when the subscription is
     *     new. No effect is committed between what it gets and what it gives
     * @return what is stored now
     * @throws ClaimLostException if a later claim exists, or the outcome is unknown
     */
    CursorState change(Function<Optional<CursorState>, CursorState> change)
        throws ClaimLostException;

    /**
     * Runs the handler on each delivery, in order, and commits all effects with the advanced cursor
     * in one transaction. May be called by several threads at once.
     *
     * @return how long the handler ran, without waiting for a connection and without the commit:
     *     decides how many deliveries are worth being put into one transaction
     * @throws EffectFailedException if a handler failed: everything is rolled back
     * @throws ClaimLostException if a later claim exists (rolled back), or the outcome is unknown;
     *     the claim is of no use any more
     * @throws NotStartedException if there is nothing to run the handler on; everything is rolled
     *     back
     */
    Duration process(List<Delivery<T>> deliveries, Advance advance)
        throws EffectFailedException, ClaimLostException, NotStartedException;
  }

  /** The worker's part of a transaction. */
  @FunctionalInterface
  interface Advance {
    /**
     * Called once, when everything is there that a handler needs and it is about to be called: a
     * deadline counts from here. If it throws, no handler is to be called.
     */
    default void begin() {}

    /** Computes the cursor after some more offsets are finished. */
    CursorState apply(CursorState current, List<Long> finishedOffsets);
  }

  /** A handler failed, so its transaction was rolled back. */
  final class EffectFailedException extends Exception {
    private static final long serialVersionUID = 1L;
    private final long offset;

    public EffectFailedException(long offset, Throwable cause) {
      super("handling offset " + offset + " failed", cause);
      this.offset = offset;
    }

    /** The offset of the message whose handler failed. */
    public long offset() {
      return offset;
    }
  }

  /**
   * There was no free slot within some seconds, or no connection to a server that can be written
   * to. Nothing has happened: the messages are tried again, and no attempt is counted.
   */
  final class NotStartedException extends Exception {
    private static final long serialVersionUID = 1L;

    public NotStartedException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** The claim can't commit any more. */
  final class ClaimLostException extends Exception {
    private static final long serialVersionUID = 1L;

    public ClaimLostException(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
