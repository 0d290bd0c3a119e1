package org.perille.internal.registry;

import java.util.Optional;
import org.perille.Guarantee;
import org.perille.Subscription;
import org.perille.spi.Processing;
import org.perille.spi.SubscriptionKind;

/**
 * A durable subscription as a node defines it.
 *
 * @param formerName the former name, if the definition has one
 * @param startChosen true if the definition has a start position
 */
public record DefinedSubscription(
    String topic,
    String name,
    Optional<String> formerName,
    SubscriptionKind kind,
    Guarantee guarantee,
    boolean startChosen) {

  /**
   * Returns the registrable part of a definition.
   *
   * @throws IllegalArgumentException if it is ephemeral: nothing of it is stored
   */
  public static DefinedSubscription of(Subscription<?> subscription) {
    if (subscription.guarantee() == Guarantee.EPHEMERAL) {
      throw new IllegalArgumentException(subscription + " is ephemeral");
    }
    return new DefinedSubscription(
        subscription.topic().name(),
        subscription.name(),
        subscription.formerName(),
        kind(Processing.of(subscription)),
        subscription.guarantee(),
        subscription.chosenStart().isPresent());
  }

  private static SubscriptionKind kind(Processing<?> processing) {
    if (processing instanceof Processing.Transactional) {
      return SubscriptionKind.TRANSACTIONAL;
    }
    if (processing instanceof Processing.EventSourced) {
      return SubscriptionKind.EVENT_SOURCED;
    }
    if (processing instanceof Processing.Publishing) {
      return SubscriptionKind.PUBLISHING;
    }
    return processing instanceof Processing.Calling
        ? SubscriptionKind.CALLING
        : SubscriptionKind.FUNCTION;
  }

  @Override
  public String toString() {
    return "subscription '%s' of topic '%s'".formatted(name, topic);
  }
}
