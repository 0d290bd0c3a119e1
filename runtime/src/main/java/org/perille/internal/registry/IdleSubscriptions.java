package org.perille.internal.registry;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.perille.spi.RegisteredSubscription;

/** Finds registered subscriptions that no node runs. Pure. */
public final class IdleSubscriptions {
  private IdleSubscriptions() {}

  /**
   * Returns the subscriptions that this node doesn't run, and no node has run for a while.
   *
   * @param running the subscriptions that this node runs
   * @param now the time, by the clock of the storage
   * @param threshold the time since the last run
   */
  public static List<RegisteredSubscription> of(
      Collection<RegisteredSubscription> known,
      Set<StoredName> running,
      Instant now,
      Duration threshold) {
    return known.stream()
        .filter(r -> r.removed().isEmpty())
        .filter(r -> !running.contains(new StoredName(r.topic(), r.storedName())))
        .filter(r -> r.lastSeen().plus(threshold).isBefore(now))
        .sorted(
            Comparator.comparing(RegisteredSubscription::topic)
                .thenComparing(RegisteredSubscription::name))
        .toList();
  }

  /** Returns the log line for an idle subscription. */
  public static String describe(RegisteredSubscription idle) {
    return "subscription '%s' of topic '%s' is registered, and no node has run it since %s: its cursor doesn't advance. Define it again. If it is no longer needed, call perille.removeSubscription(\"%s\", \"%s\"). If it has a new name, add formerly(\"%s\") to its definition"
        .formatted(
            idle.name(), idle.topic(), idle.lastSeen(), idle.topic(), idle.name(), idle.name());
  }
}
