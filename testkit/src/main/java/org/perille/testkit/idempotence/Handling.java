package org.perille.testkit.idempotence;

import org.perille.Subscription;
import org.perille.spi.Processing;

/**
 * The runtime's handling of messages by one kind of handler, in one run of the process.
 *
 * <p>It continues from the durable state, and ends when all messages are handled.
 *
 * @param <T> the messages
 */
interface Handling<T> {
  /** The number of attempts after which a handler won't succeed. */
  int MAX_ATTEMPTS = 5;

  /**
   * Handles the messages that aren't handled yet.
   *
   * @param again true if there was a run before
   * @throws HandlingFailedException if the handler fails permanently
   * @throws SimulatedCrash if this run ends
   * @throws Exception for any other failure
   */
  void run(Messages<T> messages, boolean again) throws Exception;

  /** Returns the handling for a subscription. */
  static <T> Handling<T> of(Subscription<T> subscription, World world, Subscriber<T> subscriber) {
    Processing<T> processing = Processing.of(subscription);
    if (processing instanceof Processing.Transactional<T> transactional) {
      return new TransactionalHandling<>(subscription, transactional.handler(), world, subscriber);
    }
    if (processing instanceof Processing.Blocking<T> blocking) {
      return new CallingHandling<>(
          subscription,
          delivery -> {
            blocking.handler().handle(delivery);
          },
          world);
    }
    if (processing instanceof Processing.Async<T> async) {
      return new CallingHandling<>(
          subscription, delivery -> Stages.await(async.handler().handle(delivery)), world);
    }
    return new RecordingHandling<>(subscription, world);
  }

  /** Creates the subscription, with a handler without memory of an earlier run. */
  @FunctionalInterface
  interface Subscriber<T> {
    Subscription<T> subscribe(World world);
  }
}
