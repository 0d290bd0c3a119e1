package org.perille.internal.subscribe;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.perille.Delivery;
import org.perille.spi.TransactionalHandler.Advance;
import org.perille.spi.TransactionalHandler.Claim;
import org.perille.spi.TransactionalHandler.ClaimLostException;
import org.perille.spi.TransactionalHandler.EffectFailedException;

/**
 * Calls a handler whose effect is committed with the cursor: many messages in one transaction while
 * all goes well, message by message when one of them fails.
 */
final class TransactionalInvoker<T> implements Invoker {
  /** Messages in one transaction at the most; more gain nothing. */
  private static final int MAX_MESSAGES = 500;

  /** How long handlers may run in a transaction; other keys wait only if all runners are busy. */
  private static final double TARGET_NANOS = 50e6;

  private final Deliveries<T> deliveries;
  private final Claim<T> claim;
  private final Advance advance;
  private volatile double nanosPerMessage = 1e6;

  TransactionalInvoker(Deliveries<T> deliveries, Claim<T> claim, Advance advance) {
    this.deliveries = deliveries;
    this.claim = claim;
    this.advance = advance;
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
  public CompletionStage<List<RunResult>> invoke(Round round) {
    try {
      return CompletableFuture.completedFuture(process(round));
    } catch (ClaimLostException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private List<RunResult> process(Round round) throws ClaimLostException {
    List<Work> all = new ArrayList<>();
    round.runs().forEach(run -> all.addAll(run.messages()));
    List<RunResult> results = new ArrayList<>(round.runs().size());
    Optional<Throwable> failure = processTogether(all, round);
    for (KeyQueues.Run<Work> run : round.runs()) {
      if (failure.isEmpty()) {
        results.add(new RunResult(run.messages().size(), Optional.empty()));
      } else if (all.size() == 1) {
        results.add(new RunResult(0, failure));
      } else {
        results.add(processOneByOne(run, round));
      }
    }
    return results;
  }

  private RunResult processOneByOne(KeyQueues.Run<Work> run, Round round)
      throws ClaimLostException {
    int done = 0;
    for (Work work : run.messages()) {
      Optional<Throwable> failure = processTogether(List.of(work), round);
      if (failure.isPresent()) {
        return new RunResult(done, failure);
      }
      done++;
    }
    return new RunResult(done, Optional.empty());
  }

  private Optional<Throwable> processTogether(List<Work> messages, Round round)
      throws ClaimLostException {
    if (round.isAbandoned()) {
      return Optional.of(new Round.AbandonedException());
    }
    List<Delivery<T>> attempts = new ArrayList<>(messages.size());
    try {
      messages.forEach(work -> attempts.add(deliveries.attempt(work, round)));
    } catch (RuntimeException e) {
      return Optional.of(e);
    }
    try {
      Duration handling = claim.process(attempts, unlessAbandoned(round));
      round.committed(messages);
      double nanos = (double) handling.toNanos() / messages.size();
      nanosPerMessage = 0.8 * nanosPerMessage + 0.2 * nanos;
      return Optional.empty();
    } catch (EffectFailedException e) {
      return Optional.of(e.getCause() == null ? e : e.getCause());
    } catch (Round.AbandonedException e) {
      return Optional.of(e);
    } finally {
      round.rolledBack();
    }
  }

  /** Asked just before the commit, under the claim's lock: what was given up commits nothing. */
  private Advance unlessAbandoned(Round round) {
    return (current, finished) -> {
      if (!round.mayCommit()) {
        throw new Round.AbandonedException();
      }
      return advance.apply(current, finished);
    };
  }
}
