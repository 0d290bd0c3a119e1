package org.perille.internal.registry;

import java.util.Collection;
import java.util.List;
import org.perille.ConfigurationException;
import org.perille.Guarantee;
import org.perille.internal.Pure;
import org.perille.spi.RegisteredSubscription;
import org.perille.spi.SubscriptionKind;

/** The messages to users about subscriptions that are new or defined differently. */
@Pure
public final class RegistrationMessages {
  private RegistrationMessages() {}

  /** Returns the notice that another kind of subscription continues at the cursor. */
  static String handedOver(DefinedSubscription defined, RegisteredSubscription registered) {
    return "%s was %s and is %s now: it continues at its cursor"
        .formatted(
            defined,
            describe(registered.guarantee(), registered.kind()),
            describe(defined.guarantee(), defined.kind()));
  }

  /** Returns the refusal of a subscription of another kind. */
  static ConfigurationException refusal(
      DefinedSubscription defined, RegisteredSubscription registered, Change.Refused refused) {
    return new ConfigurationException(
        "%s is registered as %s (first seen %s, last seen %s), and is defined as %s now. It can't continue at its cursor: %s. Define it as it was, or give it a new name and startingAt(...), for example StartPosition.timestamp(...).%s"
            .formatted(
                defined,
                describe(registered.guarantee(), registered.kind()),
                registered.firstSeen(),
                registered.lastSeen(),
                describe(defined.guarantee(), defined.kind()),
                refused.because(),
                refused.instead().isEmpty() ? "" : " " + refused.instead()));
  }

  private static String describe(Guarantee guarantee, SubscriptionKind kind) {
    String name =
        switch (guarantee) {
          case AT_MOST_ONCE -> "at-most-once";
          case AT_LEAST_ONCE -> "at-least-once";
          case EFFECTIVELY_ONCE -> "effectively-once";
          case EPHEMERAL -> "ephemeral";
        };
    return name + " with " + kind.description();
  }

  /**
   * Returns the warning that a subscription starts on a topic that has messages already.
   *
   * @param messages their number, as text
   * @param known the subscriptions that were registered before
   */
  public static String historyWarning(
      DefinedSubscription defined, String messages, Collection<RegisteredSubscription> known) {
    return "%s is NEW, and its topic has %s already: ALL of them are going to be handled, from the first one on. If that is intended, add startingAt(StartPosition.earliest()). If not, stop now: to start elsewhere use another name with startingAt(...); to continue a subscription that had another name, use another new name with formerly(\"its name\")%s"
        .formatted(defined, messages, others(defined, known));
  }

  /** Returns the other subscriptions of a topic, to be appended to a message. */
  static String others(DefinedSubscription defined, Collection<RegisteredSubscription> known) {
    List<String> names =
        known.stream()
            .filter(r -> r.topic().equals(defined.topic()) && r.removed().isEmpty())
            .map(r -> "'%s' (last seen %s)".formatted(r.name(), r.lastSeen()))
            .sorted()
            .toList();
    return names.isEmpty() ? "" : "; registered for the topic: " + String.join(", ", names);
  }
}
