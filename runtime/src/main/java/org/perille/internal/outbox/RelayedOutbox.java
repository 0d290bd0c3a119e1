package org.perille.internal.outbox;

import com.typesafe.config.Config;
import java.util.Collection;

/**
 * The part of an outbox that a node uses and an application doesn't see.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
public interface RelayedOutbox {
  /**
   * A topic for the checks of the SQL function.
   *
   * @param isJson whether its messages can be inserted as JSON
   * @param maxBytes the maximum size of a message
   */
  record KnownTopic(String name, boolean isJson, int maxBytes) {}

  /** Returns its name. */
  String name();

  /**
   * Ensures that its tables can be used. Creates or updates them if {@code perille.storage.schema}
   * allows it. Blocks.
   *
   * @throws org.perille.StorageException if they can't be used
   */
  void prepare(Config config);

  /**
   * Stores the topics that a node has registered. Blocks.
   *
   * @throws org.perille.StorageException if the database can't be used
   */
  void store(Collection<KnownTopic> topics);

  /** Sets the encoder for messages that are published from now on in this process. */
  void use(OutboxEncoder encoder);

  /** Adds an action for each commit that is known of. It must neither block nor throw. */
  void addHint(Runnable hint);

  /** Removes an action. */
  void removeHint(Runnable hint);

  /** Returns the identity of the outbox, which its database has. After {@link #prepare}. */
  String identity();

  /** Returns the transactions of a relay. After {@link #prepare}. */
  RelayTable table();
}
