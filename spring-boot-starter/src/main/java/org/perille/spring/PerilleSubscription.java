package org.perille.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.perille.Guarantee;
import org.springframework.aot.hint.annotation.Reflective;

/**
 * Makes a method of a bean the handler of a subscription.
 *
 * <pre>{@code
 * @PerilleSubscription(name = "payment", topic = "orders", guarantee = Guarantee.EFFECTIVELY_ONCE)
 * public void pay(Order order) { ... }
 * }</pre>
 *
 * <p>The method has one parameter: the message, or its {@link org.perille.Delivery}. The guarantee
 * and the method's result choose the kind of handler:
 *
 * <ul>
 *   <li>{@code AT_MOST_ONCE}, {@code AT_LEAST_ONCE}: {@code void}, or a {@code CompletionStage}.
 *   <li>{@code EFFECTIVELY_ONCE}: {@code void}, in a transaction of Spring, see {@link
 *       SpringTransactions}; or {@link org.perille.Effect}, whose messages are published.
 *   <li>{@code EPHEMERAL}: {@code void}.
 * </ul>
 *
 * <p>Everything else that a subscription can have is set by a {@link SubscriptionCustomizer}, or by
 * a bean of type {@link org.perille.Subscription} instead of the annotation.
 *
 * <p><b>Threading</b>: called concurrently for different keys.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Reflective
public @interface PerilleSubscription {
  /** Returns the name of the subscription, unique in its topic. May have placeholders. */
  String name();

  /**
   * Returns the name of the topic, which is a bean of type {@code Topic}. May have placeholders.
   */
  String topic();

  /** Returns the guarantee. There is no default, because none is right for all. */
  Guarantee guarantee();
}
