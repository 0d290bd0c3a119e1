package org.perille;

import java.util.Map;
import java.util.Optional;

/**
 * An interceptor around each publish and each attempt, for example to continue a trace.
 *
 * <pre>{@code
 * class Tracing implements DeliveryInterceptor {
 *   public Map<String, String> headersOf(Topic<?> topic, Message<?> message) {
 *     return Map.of("traceparent", currentSpan());
 *   }
 *
 *   public Scope enter(String subscription, Delivery<?> delivery) {
 *     Span span = continued(delivery.headers().get("traceparent"));
 *     return failure -> span.end();
 *   }
 * }
 * }</pre>
 *
 * <p>Register it with {@link NodeOptions#withInterceptor}. Several are called in the order of their
 * registration, and their scopes end in the opposite order.
 *
 * <p><b>Guarantee</b>: an interceptor can't prevent, repeat or reorder a publish or an attempt.
 * What it throws is logged, at most once a minute. The message is then published without its
 * headers, or handled without its scope. Headers that can't be stored, or with which the message
 * would exceed {@code perille.publisher.max-message-bytes}, are left out and logged, too.
 *
 * <p><b>Not guaranteed</b>: time. It runs on the thread of the publish or the handler, which waits
 * for it. An interceptor that blocks is like a handler that blocks: later messages of the key wait,
 * and the deadline of the attempt applies. Headers of messages that a handler publishes count
 * towards {@code perille.effect.max-effect-bytes} (8 MiB): keep them short.
 *
 * <p><b>Threading</b>: many threads call it at the same time.
 */
public interface DeliveryInterceptor {

  /** The time in which a message is handled. */
  @FunctionalInterface
  interface Scope {
    /** A scope in which nothing is done. */
    Scope NONE = failure -> {};

    /**
     * Ends the scope. Called once: on the thread of the handler, or on the thread that completes
     * the stage of an asynchronous handler. If the handler never ends, it isn't called.
     *
     * @param failure the failure of the handler or its transaction; empty if there is none. If
     *     messages share a transaction, the failure of one is that of all
     */
    void end(Optional<Throwable> failure);
  }

  /**
   * Returns headers that are added to a message. A header that the message has remains as it is.
   * Default: none.
   *
   * <p>Called on the thread that publishes, once for a message, also for those that handlers of
   * effects publish. The message may still be refused, because the buffer is full.
   */
  default Map<String, String> headersOf(Topic<?> topic, Message<?> message) {
    return Map.of();
  }

  /**
   * Begins an attempt. Default: nothing is done.
   *
   * <p>Called on the thread of the handler, directly before it. If several messages share a
   * transaction, all scopes begin before the first of them is handled. A transaction that conflicts
   * with another one and is repeated has one scope.
   *
   * @param subscription the name of the subscription
   */
  default Scope enter(String subscription, Delivery<?> delivery) {
    return Scope.NONE;
  }
}
