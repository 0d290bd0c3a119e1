package org.perille.persistence.internal;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.Optional;

/**
 * The time-outs of transactions on connections that the application's {@code DataSource} gives.
 * Empty where one is off.
 *
 * @param idleInTransaction a handler that is silent between two of its statements
 * @param statement a statement of a handler
 * @param cursor a statement of Perille's own, and the silence around it
 */
public record HandlerTimeouts(
    Optional<Duration> idleInTransaction, Optional<Duration> statement, Optional<Duration> cursor) {

  private static final String PATH = "perille.storage.jdbc-handler";

  /**
   * Reads {@code perille.storage.jdbc-handler}, or its defaults if a configuration has none.
   *
   * @throws org.perille.ConfigurationException if one is out of range
   */
  public static HandlerTimeouts of(Config config) {
    Config timeouts =
        config
            .withFallback(ConfigFactory.defaultReference(HandlerTimeouts.class.getClassLoader()))
            .getConfig(PATH);
    return new HandlerTimeouts(
        PostgresqlTimeouts.read(timeouts, "idle-in-transaction"),
        PostgresqlTimeouts.read(timeouts, "statement"),
        PostgresqlTimeouts.read(timeouts, "cursor"));
  }
}
