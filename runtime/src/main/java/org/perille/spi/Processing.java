package org.perille.spi;

import org.perille.AsyncHandler;
import org.perille.EventSourcedHandler;
import org.perille.Handler;
import org.perille.OutsideCall;
import org.perille.PublishingHandler;
import org.perille.Subscription;

/**
 * The way in which a subscription processes messages: the kind of its handler, and the handler.
 *
 * <p>An engine needs it to run a subscription. Applications need not.
 *
 * @param <T> the type of the messages' payloads
 */
public sealed interface Processing<T> {
  /** A handler that may block. */
  record Blocking<T>(Handler<T> handler) implements Processing<T> {}

  /** A handler that returns a stage. */
  record Async<T>(AsyncHandler<T> handler) implements Processing<T> {}

  /** A handler whose effect is committed together with the cursor. */
  record Transactional<T>(TransactionalHandler<T> handler) implements Processing<T> {}

  /** A state machine for each key, whose events are the effect. */
  record EventSourced<T>(EventSourcedHandler<T, ?, ?> handler) implements Processing<T> {}

  /** A handler whose effect is what it publishes. */
  record Publishing<T>(PublishingHandler<T> handler) implements Processing<T> {}

  /** A call of an external system, whose result is stored. */
  record Calling<T>(OutsideCall<T, ?> call) implements Processing<T> {}

  /** Returns the way in which a subscription processes messages. */
  static <T> Processing<T> of(Subscription<T> subscription) {
    return SubscriptionInternals.of(subscription).processing();
  }
}
