package org.perille.spi;

import java.time.Instant;
import java.util.List;

/**
 * The durable subscriptions in the storage, within one transaction.
 *
 * <p><b>Threading</b>: used by one thread. All methods block and throw {@link
 * org.perille.StorageException}.
 */
public interface SubscriptionRegistry {
  /** Returns the time, by the clock of the storage. */
  Instant now();

  /** Returns all subscriptions of all topics, including removed ones. */
  List<RegisteredSubscription> subscriptions();

  /** Stores a subscription, replacing the one under its topic and stored name. */
  void store(RegisteredSubscription subscription);
}
