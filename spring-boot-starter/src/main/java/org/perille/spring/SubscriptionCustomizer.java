package org.perille.spring;

import org.perille.Subscription;

/**
 * Sets options of subscriptions that are declared with {@link PerilleSubscription}.
 *
 * <pre>{@code
 * @Bean
 * SubscriptionCustomizer parallelMails() {
 *   return subscription ->
 *       subscription.name().equals("mail") ? subscription.withParallelism(8) : subscription;
 * }
 * }</pre>
 *
 * <p>Each bean of this type is called once for each such subscription, in their {@code @Order}.
 */
@FunctionalInterface
public interface SubscriptionCustomizer {
  /**
   * Returns the subscription with further options, or unchanged.
   *
   * @param subscription has its name, topic, guarantee and handler
   */
  Subscription<?> customize(Subscription<?> subscription);
}
