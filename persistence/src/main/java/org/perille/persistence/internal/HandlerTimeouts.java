package org.perille.persistence.internal;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.Optional;

/**
 * The time-outs of transactions on connections of the application's {@code DataSource}.
 *
 * <p>Empty where one is off.
 *
 * @param idleInTransaction the limit of idle time between two statements of a handler
 * @param statement the limit of a handler's statement
 * @param cursor the limit of Perille's own statements, and of the idle time around them
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
