package org.perille.proof.workload;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.perille.Delivery;

/** The behavior of the handlers of a subscription, recorded by the witness. */
final class HandlerScript {
  private static final int THROWING_ATTEMPTS = 2;
  private static final long SLOW_MILLIS = 50;
  private static final long BEYOND_DEADLINE_MILLIS = 300;

  /** The work that a handler does in addition. */
  interface Work {
    void on(Delivery<Item> delivery) throws Exception;
  }

  private final Duration deadline;
  private final Duration hang;
  private final Witness witness;

  /**
   * Creates a script.
   *
   * @param deadline the deadline of the subscription
   * @param hang the time for which an attempt hangs
   */
  HandlerScript(Duration deadline, Duration hang, Witness witness) {
    this.deadline = deadline;
    this.hang = hang;
    this.witness = witness;
  }

  void undergo(Delivery<Item> delivery) throws Exception {
    undergo(delivery, done -> {});
  }

  /** Handles a message. The work comes first, so that a later failure must undo it. */
  void undergo(Delivery<Item> delivery, Work work) throws Exception {
    Witness.Attempt attempt = witness.entered(delivery);
    try {
      witness.judge("in " + delivery.subscription(), delivery.key(), delivery.payload());
      work.on(delivery);
      endure(delivery);
    } catch (Throwable e) {
      attempt.failed();
      throw e;
    }
    attempt.succeeded();
  }

  private void endure(Delivery<Item> delivery) throws InterruptedException {
    boolean first = delivery.attempt() == 1;
    raiseError(delivery);
    switch (delivery.payload().mood()) {
      case POISONED -> throw new PoisonedException(delivery.payload().value());
      case THROWS -> {
        if (delivery.attempt() <= THROWING_ATTEMPTS) {
          throw new IllegalStateException("attempt " + delivery.attempt() + " throws");
        }
      }
      case SLOW -> TimeUnit.MILLISECONDS.sleep(SLOW_MILLIS);
      case LATE -> {
        if (first) {
          TimeUnit.MILLISECONDS.sleep(deadline.toMillis() + BEYOND_DEADLINE_MILLIS);
        }
      }
      case HANGS -> {
        if (first) {
          TimeUnit.MILLISECONDS.sleep(hang.toMillis());
        }
      }
      case POISONED_BY_ERROR -> throw new PoisonedError(delivery.payload().value());
      case INTERRUPT_FLAG -> Thread.currentThread().interrupt();
      default -> {}
    }
  }

  /** Throws the error of a message, at its first attempts. */
  static void raiseError(Delivery<Item> delivery) {
    if (delivery.attempt() <= THROWING_ATTEMPTS) {
      HandlerError.of(delivery.payload().mood())
          .ifPresent(error -> error.raise("attempt " + delivery.attempt() + " throws"));
    }
  }
}
