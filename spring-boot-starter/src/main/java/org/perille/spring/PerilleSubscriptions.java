package org.perille.spring;

import java.util.List;
import java.util.function.Supplier;
import org.perille.Subscription;

/**
 * All subscriptions of the application: the beans, and the methods with {@link
 * PerilleSubscription}.
 *
 * <p>There is a bean of this type. It can be injected anywhere, and used when all beans exist.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
public final class PerilleSubscriptions {
  private final Supplier<List<Subscription<?>>> found;
  private List<Subscription<?>> all;

  PerilleSubscriptions(Supplier<List<Subscription<?>>> found) {
    this.found = found;
  }

  /**
   * Returns all of them.
   *
   * @throws org.perille.ConfigurationException if a method or its annotation is wrong
   */
  public synchronized List<Subscription<?>> all() {
    if (all == null) {
      all = List.copyOf(found.get());
    }
    return all;
  }

  /**
   * Returns one of them, for example for {@code perille.subscription(…)}.
   *
   * @param topic the name of its topic
   * @param name its name
   * @throws IllegalArgumentException if there is none
   */
  public Subscription<?> named(String topic, String name) {
    return all().stream()
        .filter(one -> one.topic().name().equals(topic) && one.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no subscription '%s' of topic '%s': there are %s"
                        .formatted(
                            name,
                            topic,
                            all().stream()
                                .map(one -> one.topic().name() + "/" + one.name())
                                .sorted()
                                .toList())));
  }
}
