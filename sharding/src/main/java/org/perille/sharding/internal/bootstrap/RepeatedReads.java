package org.perille.sharding.internal.bootstrap;

import java.io.NotSerializableException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.perille.StorageException;
import org.perille.internal.failure.UserCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads of the journal during the start of a node, each repeated until it succeeds.
 *
 * <p>All of them together take as long as the start may take. A failure that no repetition can cure
 * is thrown at once.
 */
final class RepeatedReads {
  private static final Logger LOG = LoggerFactory.getLogger(RepeatedReads.class);

  /**
   * The pause before each repetition. A failed attempt has often waited for a connection before.
   */
  static final Duration PAUSE = Duration.ofMillis(500);

  /** The classes of SQL states for a wrong user, database, table or right. */
  private static final Set<String> PERMANENT = Set.of("28", "3D", "42");

  /** Waits between two attempts. */
  @FunctionalInterface
  interface Pause {
    void await(Duration pause) throws InterruptedException;
  }

  private final Duration timeout;
  private final LongSupplier nanoTime;
  private final Pause pause;
  private final long deadline;
  private boolean warned;

  /**
   * Creates reads that may begin now.
   *
   * @param timeout the limit of all of them together
   */
  RepeatedReads(Duration timeout, LongSupplier nanoTime, Pause pause) {
    this.timeout = timeout;
    this.nanoTime = nanoTime;
    this.pause = pause;
    this.deadline = nanoTime.getAsLong() + timeout.toNanos();
  }

  /**
   * Returns the result of a read. Blocks.
   *
   * @param read starts an attempt
   * @throws StorageException if it fails until the end of the time, or permanently
   */
  <T> T of(Supplier<CompletionStage<T>> read) {
    try {
      for (int attempts = 1; ; attempts++) {
        try {
          T result =
              read.get().toCompletableFuture().get(Math.max(1, left()), TimeUnit.NANOSECONDS);
          if (attempts > 1) {
            LOG.info("The journal was read at attempt {}", attempts);
          }
          return result;
        } catch (TimeoutException e) {
          throw failed(attempts, "it hasn't answered", e);
        } catch (ExecutionException e) {
          Throwable cause = UserCode.rootOf(e);
          if (isPermanent(e)) {
            throw new StorageException("the journal can't be read: " + cause, e);
          }
          if (left() <= PAUSE.toNanos()) {
            throw failed(attempts, cause.toString(), e);
          }
          warn(cause);
        }
        pause.await(PAUSE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StorageException("interrupted while reading the journal", e);
    }
  }

  private long left() {
    return deadline - nanoTime.getAsLong();
  }

  private static boolean isPermanent(Throwable failure) {
    return UserCode.find(
            failure,
            cause ->
                cause instanceof NotSerializableException
                    || (cause instanceof SQLException sql
                        && sql.getSQLState() != null
                        && sql.getSQLState().length() > 2
                        && PERMANENT.contains(sql.getSQLState().substring(0, 2))))
        .isPresent();
  }

  /** Logs the first failure of this start. Further ones would say the same. */
  private void warn(Throwable cause) {
    if (!warned) {
      warned = true;
      LOG.warn(
          "The journal can't be read at the moment, and this node tries again until perille.cluster.start-timeout of {}: {}",
          timeout,
          cause.toString());
    }
  }

  private StorageException failed(int attempts, String reason, Exception cause) {
    return new StorageException(
        "the journal could not be read within perille.cluster.start-timeout of %s, in %d attempts. The last one: %s. Check the database and start the node again"
            .formatted(timeout, attempts, reason),
        cause);
  }
}
