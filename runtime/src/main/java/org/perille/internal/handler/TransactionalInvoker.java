package org.perille.internal.handler;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.perille.Delivery;
import org.perille.internal.failure.UserCode;
import org.perille.spi.CursorState;
import org.perille.spi.TransactionalHandler.Advance;
import org.perille.spi.TransactionalHandler.Claim;
import org.perille.spi.TransactionalHandler.ClaimLostException;
import org.perille.spi.TransactionalHandler.EffectFailedException;
import org.perille.spi.TransactionalHandler.NotStartedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls a handler whose effect is committed together with the cursor.
 *
 * <p>It handles many messages in one transaction. When one of them fails, it handles them one by
 * one.
 */
final class TransactionalInvoker<T> implements Invoker {
  /** The maximum number of messages in one transaction. More have no advantage. */
  private static final int MAX_MESSAGES = 500;

  /**
   * The target duration of the handlers in one transaction. Other keys wait for it only if all
   * runners are busy.
   */
  private static final double TARGET_NANOS = 50e6;

  private static final Logger LOG = LoggerFactory.getLogger(TransactionalInvoker.class);
  private static final Duration BETWEEN_STARTS = Duration.ofSeconds(1);
  private static final Duration BETWEEN_WARNINGS = Duration.ofSeconds(30);

  private final AtomicLong warnedNanos = new AtomicLong();
  private final Deliveries<T> deliveries;
  private final Claim<T> claim;
  private final Advance advance;
  private final Executor later;
  private volatile double nanosPerMessage = 1e6;

  /**
   * Creates an invoker that calls the handler in transactions of a claim.
   *
   * @param later runs a task after {@link #BETWEEN_STARTS}
   */
  TransactionalInvoker(Deliveries<T> deliveries, Claim<T> claim, Advance advance, Executor later) {
    this.deliveries = deliveries;
    this.claim = claim;
    this.advance = advance;
    this.later = later;
  }

  /**
   * Returns an executor that runs a task after the pause between two attempts to start a
   * transaction. The pause occupies no thread.
   */
  static Executor laterByTheClock() {
    return CompletableFuture.delayedExecutor(
        BETWEEN_STARTS.toMillis(), TimeUnit.MILLISECONDS, Runnable::run);
  }

  @Override
  public int maxKeys() {
    return Integer.MAX_VALUE;
  }

  @Override
  public int maxMessages() {
    return (int) Math.max(1, Math.min(MAX_MESSAGES, TARGET_NANOS / nanosPerMessage));
  }

  @Override
  public CompletionStage<List<KeyBatchResult>> invoke(Invocation invocation) {
    try {
      return unlessNotStarted(process(invocation));
    } catch (ClaimLostException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /**
   * Returns the results. Messages whose transaction wasn't started stay ready, after a pause that
   * occupies no thread.
   */
  private CompletionStage<List<KeyBatchResult>> unlessNotStarted(List<KeyBatchResult> results) {
    Optional<Throwable> notStarted =
        results.stream()
            .flatMap(result -> result.failure().stream())
            .filter(NotStartedException.class::isInstance)
            .findFirst();
    if (notStarted.isEmpty()) {
      return CompletableFuture.completedFuture(results);
    }
    warn(notStarted.get());
    List<KeyBatchResult> again =
        results.stream()
            .map(
                result ->
                    result.failure().filter(NotStartedException.class::isInstance).isPresent()
                        ? new KeyBatchResult(result.done(), Optional.empty())
                        : result)
            .toList();
    return CompletableFuture.supplyAsync(() -> again, later);
  }

  /**
   * Logs periodically that no transaction can be started. That may last as long as a database is
   * unavailable.
   */
  private void warn(Throwable notStarted) {
    long now = System.nanoTime();
    long before = warnedNanos.get();
    boolean due = before == 0 || now - before > BETWEEN_WARNINGS.toNanos();
    if (due && warnedNanos.compareAndSet(before, now)) {
      LOG.warn(
          "The handler of {} can't be called, its messages wait, and no attempt is counted: {}",
          deliveries,
          notStarted.getMessage());
    }
  }

  private List<KeyBatchResult> process(Invocation invocation) throws ClaimLostException {
    List<PendingDelivery> all = new ArrayList<>();
    invocation.runs().forEach(run -> all.addAll(run.messages()));
    List<KeyBatchResult> results = new ArrayList<>(invocation.runs().size());
    Optional<Throwable> failure = processTogether(all, invocation);
    for (KeyQueues.KeyBatch<PendingDelivery> run : invocation.runs()) {
      if (failure.isEmpty()) {
        results.add(new KeyBatchResult(run.messages().size(), Optional.empty()));
      } else if (all.size() == 1 || failure.get() instanceof NotStartedException) {
        results.add(new KeyBatchResult(0, failure));
      } else {
        results.add(processOneByOne(run, invocation));
      }
    }
    return results;
  }

  private KeyBatchResult processOneByOne(
      KeyQueues.KeyBatch<PendingDelivery> run, Invocation invocation) throws ClaimLostException {
    int done = 0;
    for (PendingDelivery delivery : run.messages()) {
      Optional<Throwable> failure = processTogether(List.of(delivery), invocation);
      if (failure.isPresent()) {
        return new KeyBatchResult(done, failure);
      }
      done++;
    }
    return new KeyBatchResult(done, Optional.empty());
  }

  private Optional<Throwable> processTogether(List<PendingDelivery> messages, Invocation invocation)
      throws ClaimLostException {
    if (invocation.isAbandoned()) {
      return Optional.of(new Invocation.AbandonedException());
    }
    List<Delivery<T>> attempts = new ArrayList<>(messages.size());
    try {
      messages.forEach(delivery -> attempts.add(deliveries.prepare(delivery)));
    } catch (Throwable e) {
      return Optional.of(e);
    } finally {
      UserCode.clearInterrupt();
    }
    try {
      Duration handling = claim.process(attempts, unlessAbandoned(messages.get(0), invocation));
      invocation.committed(messages);
      double nanos = (double) handling.toNanos() / messages.size();
      nanosPerMessage = 0.8 * nanosPerMessage + 0.2 * nanos;
      return Optional.empty();
    } catch (EffectFailedException e) {
      return Optional.of(UserCode.causeOf(e).orElse(e));
    } catch (Invocation.AbandonedException | NotStartedException e) {
      return Optional.of(e);
    } finally {
      invocation.rolledBack();
    }
  }

  /**
   * Returns an advance that fails if the invocation was abandoned. The claim calls it just before
   * the commit, under its lock, so that an abandoned invocation commits nothing.
   */
  private Advance unlessAbandoned(PendingDelivery first, Invocation invocation) {
    return new Advance() {
      @Override
      public void begin() {
        invocation.requireNotAbandoned();
        deliveries.begin(first, invocation);
      }

      @Override
      public void beforeCall() {
        invocation.requireNotAbandoned();
      }

      @Override
      public CursorState apply(CursorState current, List<Long> finishedOffsets) {
        if (!invocation.mayCommit()) {
          throw new Invocation.AbandonedException();
        }
        return advance.apply(current, finishedOffsets);
      }
    };
  }
}
