package org.perille.spring.internal;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.perille.ConfigurationException;
import org.perille.Message;
import org.perille.Topic;
import org.perille.spring.SpringOutbox;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.core.Ordered;
import org.springframework.modulith.events.EventExternalizationConfiguration;

/**
 * Publishes the events that Spring Modulith externalizes to topics, through the outbox.
 *
 * <p>It is called on the thread that publishes the event, and so takes part in the transaction. It
 * isn't a transactional listener: Modulith would store these in its registry, and call them after
 * the commit.
 */
final class EventExternalizer implements ApplicationListener<ApplicationEvent>, Ordered {
  private static final Logger LOG = LoggerFactory.getLogger(EventExternalizer.class);

  private final Supplier<EventExternalizationConfiguration> configuration;
  private final Supplier<Optional<SpringOutbox>> outbox;
  private final Supplier<List<Topic<?>>> topics;
  private final Map<String, Topic<?>> known = new ConcurrentHashMap<>();

  /**
   * Creates an instance. The suppliers are called with events, because the first events may come
   * before most beans exist.
   */
  EventExternalizer(
      Supplier<EventExternalizationConfiguration> configuration,
      Supplier<Optional<SpringOutbox>> outbox,
      Supplier<List<Topic<?>>> topics) {
    this.configuration = configuration;
    this.outbox = outbox;
    this.topics = topics;
  }

  @Override
  public void onApplicationEvent(ApplicationEvent published) {
    Object event =
        published instanceof PayloadApplicationEvent<?> carrier ? carrier.getPayload() : published;
    if (!isOfSpring(event) && configuration.get().supports(event)) {
      externalize(event, configuration.get());
    }
  }

  /** Returns true for events of Spring itself, which a selection of all events includes. */
  private static boolean isOfSpring(Object event) {
    return event instanceof ApplicationEvent
        && event.getClass().getName().startsWith("org.springframework.");
  }

  private void externalize(Object event, EventExternalizationConfiguration configured) {
    Object mapped = configured.map(event);
    if (mapped == null) {
      throw new ConfigurationException(
          "%s is mapped to null: return a message from the mapping of the EventExternalizationConfiguration"
              .formatted(nameOf(event)));
    }
    Message<?> message =
        mapped instanceof Message<?> complete
            ? complete
            : Message.of(mapped).withHeaders(texts(configured.getHeadersFor(mapped)));
    EventTarget target =
        EventTarget.of(nameOf(event), configured.determineTarget(event), message.payload());
    Optional<Topic<?>> topic = topic(target.name());
    Optional<SpringOutbox> used = outbox.get();
    if (topic.isEmpty() && used.isEmpty()) {
      return; // It is for another broker.
    }
    publish(
        nameOf(event),
        target,
        message,
        topic.orElseThrow(() -> noTopic(nameOf(event), target)),
        used.orElseThrow(() -> noOutbox(nameOf(event), target)));
  }

  private static <T> void publish(
      String event, EventTarget target, Message<?> message, Topic<T> topic, SpringOutbox outbox) {
    if (!topic.messageClass().isInstance(message.payload())) {
      throw new ConfigurationException(
          "%s is externalized to %s, whose messages are %s, as %s: define the topic with a common supertype, or map the event in an EventExternalizationConfiguration"
              .formatted(
                  event,
                  topic,
                  topic.messageClass().getName(),
                  message.payload().getClass().getName()));
    }
    @SuppressWarnings("unchecked") // checked above
    Message<T> typed = (Message<T>) message;
    String key = topic.keyOf(typed.payload());
    if (target.key().isPresent() && !target.key().get().equals(key)) {
      throw new ConfigurationException(
          "%s has the routing key '%s', and %s returns the key '%s': the key of a message is always the one of its topic (keyedBy), so make both alike, or leave the routing key out"
              .formatted(event, target.key().get(), topic, key));
    }
    LOG.debug("Publishing {} to {}", event, topic);
    try {
      outbox.publish(topic, typed);
    } catch (IllegalStateException e) {
      throw new IllegalStateException(
          "%s is not externalized: %s".formatted(event, e.getMessage()), e);
    }
  }

  private Optional<Topic<?>> topic(String name) {
    Topic<?> found = known.get(name);
    if (found == null) {
      topics.get().forEach(topic -> known.put(topic.name(), topic));
      found = known.get(name);
    }
    return Optional.ofNullable(found);
  }

  private ConfigurationException noTopic(String event, EventTarget target) {
    return new ConfigurationException(
        "%s is externalized to '%s', and no bean is a topic of that name: there are %s. Declare the topic as a bean, or correct the target in @Externalized; if another broker has these events, set '%s' to false"
            .formatted(
                event,
                target.name(),
                known.keySet().stream().sorted().toList(),
                KnownSettings.MODULITH));
  }

  private static ConfigurationException noOutbox(String event, EventTarget target) {
    return new ConfigurationException(
        "%s is externalized to topic '%s', and there is no SpringOutbox: set '%s' to true, which creates the tables perille_outbox* in the application's database; with several beans of that type, mark one as @Primary; if another broker has these events, set '%s' to false"
            .formatted(event, target.name(), KnownSettings.OUTBOX, KnownSettings.MODULITH));
  }

  private static Map<String, String> texts(Map<String, Object> headers) {
    Map<String, String> texts = new TreeMap<>();
    headers.forEach((name, value) -> texts.put(name, String.valueOf(value)));
    return texts;
  }

  private static String nameOf(Object event) {
    return "event " + event.getClass().getName();
  }

  /** First, so that an event precedes those that other listeners publish because of it. */
  @Override
  public int getOrder() {
    return HIGHEST_PRECEDENCE;
  }

  /** Returns false: the transaction is that of the publishing thread. */
  @Override
  public boolean supportsAsyncExecution() {
    return false;
  }
}
