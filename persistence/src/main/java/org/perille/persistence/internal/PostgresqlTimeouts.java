package org.perille.persistence.internal;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.perille.ConfigurationException;

/**
 * The time-outs of Perille's own sessions in PostgreSQL.
 *
 * <p>Empty where a time-out is off.
 *
 * @param idleInTransaction ends a session whose client is silent inside a transaction
 * @param lock ends a statement that waits for a lock
 * @param statement ends any statement
 * @param network ends a session whose client doesn't even acknowledge bytes
 * @param answer ends this side's connection when the server doesn't answer a statement
 */
record PostgresqlTimeouts(
    Optional<Duration> idleInTransaction,
    Optional<Duration> lock,
    Optional<Duration> statement,
    Optional<Duration> network,
    Optional<Duration> answer) {

  private static final String OFF = "off";
  private static final Duration MIN = Duration.ofMillis(100);
  private static final Duration MAX = Duration.ofHours(1);

  /** A setting and its name. */
  private record Named(String name, Optional<Duration> value) {}

  /**
   * Reads {@code perille.storage.postgresql.timeouts}.
   *
   * @throws ConfigurationException if one is out of range
   */
  static PostgresqlTimeouts of(Config timeouts) {
    return new PostgresqlTimeouts(
        read(timeouts, "idle-in-transaction"),
        read(timeouts, "lock"),
        read(timeouts, "statement"),
        read(timeouts, "network"),
        read(timeouts, "answer"));
  }

  /** Parses one duration in the syntax of the configuration. */
  static Optional<Duration> parse(String value) {
    return read(ConfigFactory.parseMap(Map.of("time-out", value)), "time-out");
  }

  /** Reads one time-out. */
  static Optional<Duration> read(Config timeouts, String name) {
    if (timeouts.getString(name).equals(OFF)) {
      return Optional.empty();
    }
    try {
      Duration value = timeouts.getDuration(name);
      if (value.compareTo(MIN) >= 0 && value.compareTo(MAX) <= 0) {
        return Optional.of(value);
      }
    } catch (ConfigException e) {
      // Reported below, together with other invalid values.
    }
    throw new ConfigurationException(
        "'%s' is %s (%s): use 100 ms to 1 h, or off"
            .formatted(
                name, timeouts.getString(name), timeouts.getValue(name).origin().description()));
  }

  /**
   * Requires each time-out to be shorter than the one that would mask it.
   *
   * @param call the time after which the journal's circuit breaker considers a write failed
   */
  void requireOrder(Duration call) {
    requireRising(
        List.of(
            new Named("perille.storage.postgresql.timeouts.idle-in-transaction", idleInTransaction),
            new Named("perille.storage.postgresql.timeouts.lock", lock),
            new Named("perille.storage.postgresql.timeouts.statement", statement),
            new Named("perille.storage.postgresql.timeouts.answer", answer),
            new Named(
                "perille.storage.postgresql.journal.circuit-breaker.call-timeout",
                Optional.of(call))));
  }

  private static void requireRising(List<Named> timeouts) {
    Optional<Named> before = Optional.empty();
    for (Named next : timeouts) {
      if (next.value.isEmpty()) {
        continue;
      }
      if (before.isPresent()
          && before.get().value.orElseThrow().compareTo(next.value.orElseThrow()) >= 0) {
        throw new ConfigurationException(
            "'%s' (%s) must be longer than '%s' (%s): otherwise the latter ends a write whose outcome the former would have reported"
                .formatted(
                    next.name,
                    next.value.orElseThrow(),
                    before.get().name,
                    before.get().value.orElseThrow()));
      }
      before = Optional.of(next);
    }
  }

  /**
   * Returns these time-outs without those of statements, for work that may take longer.
   *
   * @param longAnswer the time that this side waits for an answer
   */
  PostgresqlTimeouts forWork(Duration longAnswer) {
    return new PostgresqlTimeouts(
        idleInTransaction, Optional.empty(), Optional.empty(), network, Optional.of(longAnswer));
  }

  /** Returns the server's time-outs, as startup options. */
  String startupOptions() {
    return settings().entrySet().stream()
        .map(setting -> "-c " + setting.getKey() + "=" + setting.getValue())
        .collect(Collectors.joining(" "));
  }

  /** Returns the server's time-outs, as settings of a session. */
  Map<String, String> settings() {
    Map<String, Object> settings = new LinkedHashMap<>();
    idleInTransaction.ifPresent(
        value -> settings.put("idle_in_transaction_session_timeout", value.toMillis()));
    lock.ifPresent(value -> settings.put("lock_timeout", value.toMillis()));
    statement.ifPresent(value -> settings.put("statement_timeout", value.toMillis()));
    network.ifPresent(
        value -> {
          long third = Math.max(1, value.toSeconds() / 3);
          settings.put("tcp_user_timeout", value.toMillis());
          settings.put("tcp_keepalives_idle", third);
          settings.put("tcp_keepalives_interval", third);
          settings.put("tcp_keepalives_count", 2);
        });
    Map<String, String> texts = new LinkedHashMap<>();
    settings.forEach((name, value) -> texts.put(name, value.toString()));
    return texts;
  }
}
