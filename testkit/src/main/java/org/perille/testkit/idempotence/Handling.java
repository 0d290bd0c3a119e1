package org.perille.testkit.idempotence;

import org.perille.Subscription;

/**
 * How the runtime gets messages handled by one kind of handler, in one life: it goes on where what
 * is durable says, and ends when all messages are handled.
 *
 * @param <T> the messages
 */
interface Handling<T> {
  /** Beyond that a handler isn't going to succeed. */
  int MAX_ATTEMPTS = 5;

  /**
   * Handles what isn't handled yet.
   *
   * @param again whether there was a life before
   * @throws HandlingFailedException if the handler fails for good
   * @throws SimulatedCrash if this life ends
   * @throws Exception if something else goes wrong
   */
  void run(Messages<T> messages, boolean again) throws Exception;

  /** The one for a subscription. */
  static <T> Handling<T> of(Subscription<T> subscription, World world, Subscriber<T> subscriber) {
    Subscription.Processing<T> processing = subscription.processing();
    if (processing instanceof Subscription.Processing.Transactional<T> transactional) {
      return new TransactionalHandling<>(subscription, transactional.handler(), world, subscriber);
    }
    if (processing instanceof Subscription.Processing.Blocking<T> blocking) {
      return new CallingHandling<>(
          subscription,
          delivery -> {
            blocking.handler().handle(delivery);
          },
          world);
    }
    if (processing instanceof Subscription.Processing.Async<T> async) {
      return new CallingHandling<>(
          subscription, delivery -> Stages.await(async.handler().handle(delivery)), world);
    }
    return new RecordingHandling<>(subscription, world);
  }

  /** Makes the subscription, with a handler that has no memory of an earlier life. */
  @FunctionalInterface
  interface Subscriber<T> {
    Subscription<T> subscribe(World world);
  }
}
