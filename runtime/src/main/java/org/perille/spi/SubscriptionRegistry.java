package org.perille.spi;

import java.time.Instant;
import java.util.List;

/**
 * The durable subscriptions that the storage knows, within one transaction.
 *
 * <p><b>Threading</b>: used by one thread; all methods block and throw {@link
 * org.perille.StorageException}.
 */
public interface SubscriptionRegistry {
  /** The time, by the clock of the storage. */
  Instant now();

  /** All subscriptions of all topics, also those that were removed. */
  List<RegisteredSubscription> subscriptions();

  /** Stores a subscription in place of what is stored under its topic and stored name. */
  void store(RegisteredSubscription subscription);
}
