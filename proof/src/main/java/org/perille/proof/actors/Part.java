package org.perille.proof.actors;

import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.ActorPath;

/** The kinds of Perille's actors. Pekko's actors that carry its deliveries count as Perille's. */
enum Part {
  PUBLISHER,
  /** The reliable delivery of batches. {@link #BATCH_PRODUCER} is its part for one partition. */
  DELIVERY,
  BATCH_PRODUCER,
  /** The entity to which the region delivers messages for a partition. */
  ENTITY,
  DELIVERIES,
  BATCH_CONSUMER,
  PARTITION,
  FEED,
  FEED_PRODUCER,
  WORKER,
  FEED_CLIENT,
  SESSION,
  CURSOR_LOG,
  FAILURES,
  KEYS,
  KEY_JOURNAL,
  /** An actor that isn't Perille's. */
  OTHER;

  /**
   * The number of elements in the path of a sharded entity: system, sharding, type, shard, entity.
   */
  private static final int ENTITY_DEPTH = 5;

  private static final int TYPE = 2;
  private static final int TOP_LEVEL = 2;

  /**
   * Returns the part of an actor by its path. Nothing else is known when the mailbox is created.
   */
  static Part of(ActorPath path) {
    List<String> elements = new ArrayList<>();
    path.getElements().forEach(elements::add);
    String type = elements.size() > TYPE ? elements.get(TYPE) : "";
    String name = path.name();
    if (elements.size() < TOP_LEVEL) {
      return OTHER;
    }
    if (elements.size() == TOP_LEVEL) {
      return topLevel(name);
    }
    if (elements.size() == ENTITY_DEPTH) {
      return type.equals("perille-partition") ? ENTITY : OTHER;
    }
    boolean perille =
        type.equals("perille-partition")
            || type.equals("perille-worker")
            || elements.get(1).startsWith("perille-");
    return perille ? child(name, path.parent().name()) : OTHER;
  }

  private static Part topLevel(String name) {
    return name.startsWith("perille-publisher-")
        ? PUBLISHER
        // The worker of an ephemeral subscription, one on every node.
        : name.startsWith("perille-") && name.contains("~") ? WORKER : OTHER;
  }

  private static Part child(String name, String parent) {
    return switch (name) {
      case "deliveries" -> DELIVERIES;
      case "partition" -> PARTITION;
      case "worker" -> WORKER;
      case "producer" -> FEED_PRODUCER;
      case "feed-client" -> FEED_CLIENT;
      case "cursor" -> CURSOR_LOG;
      case "failures" -> FAILURES;
      case "keys" -> KEYS;
      default ->
          parent.equals("keys")
              ? KEY_JOURNAL
              : parent.equals("deliveries")
                  ? BATCH_CONSUMER
                  : parent.startsWith("delivery-")
                      ? BATCH_PRODUCER
                      : name.startsWith("feed-")
                          ? FEED
                          : name.startsWith("session-")
                              ? SESSION
                              : name.startsWith("delivery-") ? DELIVERY : OTHER;
    };
  }
}
