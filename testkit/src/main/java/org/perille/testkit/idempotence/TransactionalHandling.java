package org.perille.testkit.idempotence;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import org.perille.Delivery;
import org.perille.Subscription;
import org.perille.spi.CursorState;
import org.perille.spi.TransactionalHandler;
import org.perille.spi.TransactionalHandler.Claim;
import org.perille.spi.TransactionalHandler.ClaimLostException;
import org.perille.spi.TransactionalHandler.EffectFailedException;
import org.perille.spi.TransactionalHandler.NotStartedException;
import org.perille.testkit.idempotence.Disturbance.Kind;
import org.perille.testkit.idempotence.Step.Where;

/**
 * Effectively-once with a transaction: the real handler, claim and database, driven as by a worker.
 */
final class TransactionalHandling<T> implements Handling<T> {
  private static final Config CONFIG =
      ConfigFactory.parseString("perille.storage.schema = migrate");

  /** A constant cursor: only its offset matters here. */
  private static final String CURSOR = "idempotence check";

  private final Subscription<T> subscription;
  private final TransactionalHandler<T> handler;
  private final World world;
  private final HandlerRun run;
  private final Subscriber<T> subscriber;

  TransactionalHandling(
      Subscription<T> subscription,
      TransactionalHandler<T> handler,
      World world,
      Subscriber<T> subscriber) {
    this.subscription = subscription;
    this.handler = handler;
    this.world = world;
    this.run = world.run();
    this.subscriber = subscriber;
  }

  @Override
  public void run(Messages<T> messages, boolean again) throws Exception {
    run.steps().pause();
    handler.prepare(CONFIG);
    Claim<T> claim = claim();
    boolean redelivered = again;
    long offset = next(claim);
    while (offset < messages.size()) {
      if (handle(claim, messages, offset, redelivered)) {
        offset++;
        redelivered = again;
      } else {
        claim = claim();
        offset = next(claim);
        redelivered = true;
      }
    }
  }

  /**
   * Handles a message until it is committed.
   *
   * @return false if the claim is lost, so that the outcome of the commit is unknown
   */
  private boolean handle(Claim<T> claim, Messages<T> messages, long offset, boolean redelivered)
      throws Exception {
    run.steps().begin(offset);
    boolean replaced = run.at("before the handler") == Kind.REPLACEMENT;
    if (replaced) {
      replacement().run(messages, true);
    }
    try {
      int attempt = 1;
      for (int failures = 1; ; failures++) {
        run.steps().begin(offset);
        try {
          process(claim, messages.delivery(subscription, offset, attempt, redelivered));
          return true;
        } catch (EffectFailedException e) {
          run.requireAlive();
          if (replaced) {
            // A replaced worker can't even record a failed attempt, and stops.
            return false;
          }
          if (failures == MAX_ATTEMPTS) {
            throw new HandlingFailedException(
                offset, failures, e.getCause() == null ? e : e.getCause());
          }
          attempt++;
        } catch (NotStartedException e) {
          // Repeated as by a worker, without counting an attempt.
          run.requireAlive();
          if (failures == MAX_ATTEMPTS) {
            throw new HandlingFailedException(offset, failures, e);
          }
        }
      }
    } catch (ClaimLostException e) {
      run.requireAlive();
      return false;
    } finally {
      run.steps().pause();
    }
  }

  private Claim<T> claim() throws Exception {
    Claim<T> claim = handler.claim(subscription.topic().name(), subscription.name(), 0);
    if (claim.stored().isEmpty()) {
      claim.change(none -> new CursorState(0, CURSOR));
    }
    return claim;
  }

  private static long next(Claim<?> claim) {
    return claim.stored().map(CursorState::nextOffset).orElse(0L);
  }

  private void process(Claim<T> claim, Delivery<T> delivery)
      throws EffectFailedException, ClaimLostException, NotStartedException {
    claim.process(
        List.of(delivery),
        (current, finished) -> {
          run.requireAlive();
          run.steps().enter(Where.AFTER);
          return new CursorState(finished.get(0) + 1, CURSOR);
        });
    run.requireAlive();
  }

  /** Returns another worker of the same subscription, in the same world. */
  private Handling<T> replacement() {
    run.steps().pause();
    return Handling.of(subscriber.subscribe(world), world, subscriber);
  }
}
