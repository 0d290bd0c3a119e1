package org.perille.internal.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import java.time.Duration;
import org.perille.ConfigurationException;

/**
 * The settings of the relays of outboxes.
 *
 * @param pollInterval the time after which an idle relay looks for rows
 * @param batchMessages the limit of rows in a batch
 * @param maxInFlightMessages the limit of rows in all batches that aren't finished
 * @param maxInFlightBytes the same limit, in bytes
 */
public record OutboxSettings(
    Duration pollInterval, int batchMessages, int maxInFlightMessages, long maxInFlightBytes) {
  private static final String PATH = "perille.outbox.";
  private static final Duration LEAST = Duration.ofMillis(10);
  private static final Duration MOST = Duration.ofHours(1);

  /**
   * Reads {@code perille.outbox}.
   *
   * @throws ConfigurationException if a setting is out of range
   */
  public static OutboxSettings of(Config config) {
    try {
      Duration interval = config.getDuration(PATH + "poll-interval");
      if (interval.compareTo(LEAST) < 0 || interval.compareTo(MOST) > 0) {
        throw outOfRange(config, "poll-interval", LEAST, MOST);
      }
      return new OutboxSettings(
          interval,
          (int) number(config.getInt(PATH + "batch-messages"), config, "batch-messages", 1, 1000),
          (int)
              number(
                  config.getInt(PATH + "max-in-flight-messages"),
                  config,
                  "max-in-flight-messages",
                  1,
                  1_000_000),
          number(
              config.getBytes(PATH + "max-in-flight-bytes"),
              config,
              "max-in-flight-bytes",
              1024,
              Integer.MAX_VALUE));
    } catch (ConfigException e) {
      throw new ConfigurationException("the configuration can't be used: " + e.getMessage(), e);
    }
  }

  private static long number(long value, Config config, String name, long least, long most) {
    if (value < least || value > most) {
      throw outOfRange(config, name, least, most);
    }
    return value;
  }

  private static ConfigurationException outOfRange(
      Config config, String name, Object least, Object most) {
    return new ConfigurationException(
        "'%s%s' is %s (%s): use %s to %s"
            .formatted(
                PATH,
                name,
                config.getValue(PATH + name).unwrapped(),
                config.getValue(PATH + name).origin().description(),
                least,
                most));
  }
}
