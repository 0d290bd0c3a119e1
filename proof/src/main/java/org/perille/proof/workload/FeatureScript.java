package org.perille.proof.workload;

import java.time.Duration;
import org.perille.Delivery;
import org.perille.Nack;

/** The behavior of handlers of the topic of features, recorded by the witness. */
final class FeatureScript {
  private static final Duration NACK_DELAY = Duration.ofMillis(30);

  private final Witness witness;

  FeatureScript(Witness witness) {
    this.witness = witness;
  }

  void handle(Delivery<Item> delivery) throws Exception {
    handle(delivery, done -> {});
  }

  /** Handles a message. The work comes first, so that a later failure must undo it. */
  void handle(Delivery<Item> delivery, HandlerScript.Work work) throws Exception {
    Witness.Attempt attempt = witness.entered(delivery);
    FeatureHeaders.judge(
        witness, "in " + delivery.subscription(), delivery.payload(), delivery.headers());
    try {
      witness.judge("in " + delivery.subscription(), delivery.key(), delivery.payload());
      work.on(delivery);
      HandlerScript.raiseError(delivery);
      fail(delivery);
    } catch (Throwable e) {
      attempt.failed();
      throw e;
    }
    attempt.succeeded();
  }

  private static void fail(Delivery<Item> delivery) {
    String value = delivery.payload().value();
    switch (Feature.told(value)) {
      case NACKED -> {
        if (delivery.attempt() == 1) {
          throw Nack.retry("not at the first attempt");
        } else if (delivery.attempt() == 2) {
          throw Nack.retryAfter(NACK_DELAY, "nor at the second one");
        }
      }
      case REJECTED -> throw Nack.giveUp("never");
      case FORBIDDEN -> throw new ForbiddenException(value);
      case PLAIN, DELAYED, EXPIRED, LASTING, FORGOTTEN, TRANSACTED, CONDITIONAL -> {}
    }
  }
}
