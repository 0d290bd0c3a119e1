package org.perille.proof.workload;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.perille.Delivery;

/** What handlers of a subscription go through, witnessed from outside. */
final class HandlerScript {
  private static final int THROWING_ATTEMPTS = 2;
  private static final long SLOW_MILLIS = 50;
  private static final long BEYOND_DEADLINE_MILLIS = 300;

  /** What a handler does besides. */
  interface Work {
    void on(Delivery<Item> delivery) throws Exception;
  }

  private final Duration deadline;
  private final Duration hang;
  private final Witness witness;

  /**
   * @param deadline of the subscription
   * @param hang how long an attempt hangs
   */
  HandlerScript(Duration deadline, Duration hang, Witness witness) {
    this.deadline = deadline;
    this.hang = hang;
    this.witness = witness;
  }

  void undergo(Delivery<Item> delivery) throws Exception {
    undergo(delivery, done -> {});
  }

  /** The work is done first: then whatever fails after it must undo it. */
  void undergo(Delivery<Item> delivery, Work work) throws Exception {
    Witness.Attempt attempt = witness.entered(delivery);
    try {
      work.on(delivery);
      endure(delivery);
    } catch (Exception e) {
      attempt.failed();
      throw e;
    }
    attempt.succeeded();
  }

  private void endure(Delivery<Item> delivery) throws InterruptedException {
    boolean first = delivery.attempt() == 1;
    switch (delivery.message().mood()) {
      case POISONED -> throw new PoisonedException(delivery.message().value());
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
      case NORMAL, UNDECODABLE -> {}
    }
  }
}
