package org.perille.sharding.internal.region;

import com.typesafe.config.Config;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.perille.spi.StorageProfile;

/**
 * Asks the database which journals have ever had an event, in some statements for thousands.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
public final class UsedJournals {
  private final ActorSystem<?> system;
  private final Config config;
  private final StorageProfile storage;
  private final Executor blocking;

  /** Creates an instance for the storage of a node. */
  public UsedJournals(ActorSystem<?> system, StorageProfile storage) {
    this.system = system;
    this.config = system.settings().config();
    this.storage = storage;
    this.blocking = system.dispatchers().lookup(DispatcherSelector.blocking());
  }

  /**
   * Returns those of some persistence ids that have ever had an event.
   *
   * <p>Fails with a {@link org.perille.StorageException} if the database can't be used.
   */
  public CompletableFuture<Set<String>> among(Collection<String> persistenceIds) {
    return CompletableFuture.supplyAsync(
        () -> storage.withEvents(system, config, persistenceIds), blocking);
  }
}
