package org.perille.sharding.internal.bootstrap;

import java.io.NotSerializableException;
import java.lang.reflect.Modifier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.ConfigurationException;
import org.perille.EventSourcedSubscription;
import org.perille.Subscription;
import org.perille.internal.payload.PayloadCodec;

/** Checks that an actor system has serializers for the classes that definitions name. */
final class Serializers {
  private Serializers() {}

  /**
   * Requires a serializer for messages without a codec, for states and for events.
   *
   * @throws ConfigurationException if one is missing
   */
  static void require(ActorSystem<?> system, Definitions definitions) {
    definitions.topics().values().stream()
        .filter(topic -> topic.codec().isEmpty())
        .forEach(topic -> require(system, "messages of " + topic, topic.messageClass()));
    definitions.subscriptions().values().forEach(subscription -> require(system, subscription));
  }

  private static void require(ActorSystem<?> system, Subscription<?> subscription) {
    if (subscription instanceof EventSourcedSubscription<?, ?> eventSourced) {
      require(system, "states of " + subscription, eventSourced.handler().stateType());
      require(system, "events of " + subscription, eventSourced.handler().eventType());
    }
  }

  /** For an interface or an abstract class only the objects decide. */
  private static void require(ActorSystem<?> system, String what, Class<?> type) {
    if (Modifier.isAbstract(type.getModifiers()) || type == Object.class) {
      return;
    }
    try {
      new PayloadCodec<>(system, type).serializer(type);
    } catch (NotSerializableException e) {
      throw new ConfigurationException(
          "the %s can't be serialized: %s".formatted(what, e.getMessage()), e);
    }
  }
}
