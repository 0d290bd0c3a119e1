package org.perille.sharding.internal.bootstrap;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.perille.ConfigurationException;
import org.perille.Definition;
import org.perille.NodeOptions;
import org.perille.Outbox;
import org.perille.PublishRefusedException;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.internal.Pure;
import org.perille.internal.payload.TopicForm;

/**
 * The topics, subscriptions, outboxes and options of a node, none of which contradicts another.
 * Immutable.
 *
 * @param topics by name, in the order of their definition
 * @param subscriptions by topic and name, in the order of their definition
 * @param outboxes by name, in the order of their definition
 * @param options the options, if any were given
 */
@Pure
record Definitions(
    Map<String, Topic<?>> topics,
    Map<String, Subscription<?>> subscriptions,
    Map<String, Outbox> outboxes,
    Optional<NodeOptions> options) {
  static final Definitions NONE = new Definitions(Map.of(), Map.of(), Map.of(), Optional.empty());

  /**
   * Returns the topics and subscriptions that others add to these.
   *
   * @throws ConfigurationException if one of them contradicts another, or one of these
   */
  Definitions added(Definition... others) {
    Map<String, Topic<?>> newTopics = new LinkedHashMap<>();
    Map<String, Subscription<?>> newSubscriptions = new LinkedHashMap<>();
    Map<String, Outbox> newOutboxes = new LinkedHashMap<>();
    Optional<NodeOptions> newOptions = Optional.empty();
    for (Definition other : others) {
      if (other instanceof Subscription<?> subscription) {
        add(newTopics, subscription.topic());
        subscription.deadLetterTopic().ifPresent(letters -> add(newTopics, letters));
        String name = subscription.topic().name() + "/" + subscription.name();
        if (subscriptions.containsKey(name)
            || newSubscriptions.putIfAbsent(name, subscription) != null) {
          throw new ConfigurationException(
              "two subscriptions of topic '%s' are called '%s': rename one of them"
                  .formatted(subscription.topic().name(), subscription.name()));
        }
      } else if (other instanceof NodeOptions given) {
        if (options.isPresent() || newOptions.isPresent()) {
          throw new ConfigurationException(
              "a node has NodeOptions already: put all options into one value");
        }
        newOptions = Optional.of(given);
      } else if (other instanceof Outbox outbox) {
        if (outboxes.containsKey(outbox.name())
            || newOutboxes.putIfAbsent(outbox.name(), outbox) != null) {
          throw new ConfigurationException(
              "two outboxes are called '%s': give one of them another name, with Outbox.named"
                  .formatted(outbox.name()));
        }
      } else {
        add(newTopics, (Topic<?>) other);
      }
    }
    return new Definitions(newTopics, newSubscriptions, newOutboxes, newOptions);
  }

  private void add(Map<String, Topic<?>> newTopics, Topic<?> topic) {
    Topic<?> known = topics.getOrDefault(topic.name(), newTopics.get(topic.name()));
    if (known == null) {
      newTopics.put(topic.name(), topic);
    } else if (!isSame(known, topic)) {
      throw new ConfigurationException(
          "topic '%s' is defined twice: with %s, and with %s"
              .formatted(topic.name(), TopicForm.of(known), TopicForm.of(topic)));
    }
  }

  private static boolean isSame(Topic<?> one, Topic<?> other) {
    return TopicForm.of(one).equals(TopicForm.of(other));
  }

  /** Returns these definitions with those of a result of {@link #added}. */
  Definitions with(Definitions added) {
    Map<String, Topic<?>> allTopics = new LinkedHashMap<>(topics);
    allTopics.putAll(added.topics);
    Map<String, Subscription<?>> allSubscriptions = new LinkedHashMap<>(subscriptions);
    allSubscriptions.putAll(added.subscriptions);
    Map<String, Outbox> allOutboxes = new LinkedHashMap<>(outboxes);
    allOutboxes.putAll(added.outboxes);
    return new Definitions(
        allTopics, allSubscriptions, allOutboxes, added.options.or(() -> options));
  }

  /**
   * Requires that a topic is one of these.
   *
   * @throws PublishRefusedException if it isn't
   */
  void require(Topic<?> topic) {
    Topic<?> known = topics.get(topic.name());
    if (known == null || !isSame(known, topic)) {
      throw new PublishRefusedException(
          PublishRefusedException.Reason.UNKNOWN_TOPIC,
          "topic '%s' %s: pass it to Perille.start or to register"
              .formatted(
                  topic.name(),
                  known == null
                      ? "isn't registered"
                      : "is registered with a different definition"));
    }
  }

  /** Returns the number of partitions of each topic. */
  Map<String, Integer> partitions() {
    Map<String, Integer> counts = new LinkedHashMap<>();
    topics.forEach((name, topic) -> counts.put(name, topic.partitions()));
    return counts;
  }

  /**
   * Returns these definitions, which must have no options, because a node has started without them.
   *
   * @throws ConfigurationException if they have
   */
  Definitions withoutOptions() {
    if (options.isPresent()) {
      throw new ConfigurationException(
          "NodeOptions were registered with a node that runs: pass them to Perille.start or Perille.create. A node of Perille.get has none");
    }
    return this;
  }

  /** Returns the topics, subscriptions and outboxes. */
  Definition[] all() {
    List<Definition> all = new ArrayList<>(topics.values());
    all.addAll(subscriptions.values());
    all.addAll(outboxes.values());
    return all.toArray(Definition[]::new);
  }
}
