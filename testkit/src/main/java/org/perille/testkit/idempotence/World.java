package org.perille.testkit.idempotence;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.perille.Outbox;
import org.perille.Topic;
import org.perille.testkit.TestTables;

/**
 * The environment of a handler in one run of an {@link IdempotenceCheck}: a database, and fakes.
 *
 * <p>It outlives the crashes of the run. Every run has a world of its own.
 *
 * <p><b>Threading</b>: used by the check, and by the handlers that it calls.
 */
public final class World {
  /**
   * The lock time-out of a second connection. Only the delivery's own connection can hold a lock.
   */
  private static final int LOCK_TIMEOUT_MILLIS = 200;

  private final JdbcDataSource database = new JdbcDataSource();
  private final Map<Class<?>, Object> fakes = new LinkedHashMap<>();
  private final Durable durable = new Durable();
  private final Map<String, Topic<?>> outboxTopics = new LinkedHashMap<>();
  private Optional<Outbox> outbox = Optional.empty();
  private Connection lifeline;
  private HandlerRun run;

  World(HandlerRun run) {
    this.run = run;
    database.setURL(
        "jdbc:h2:mem:check-" + UUID.randomUUID() + ";LOCK_TIMEOUT=" + LOCK_TIMEOUT_MILLIS);
    database.setUser("sa");
    database.setPassword("");
  }

  void live(HandlerRun next) {
    run = next;
    outbox = Optional.empty();
  }

  HandlerRun run() {
    return run;
  }

  /** Returns the state that the runtime has stored. */
  Durable durable() {
    return durable;
  }

  /** Returns the database for the handler. Every call of it is a crash point. */
  public DataSource dataSource() {
    return CountedJdbc.dataSource(open(), run);
  }

  /**
   * Returns an outbox in the database, for a handler that publishes through one. Every call of the
   * database is a crash point, and its committed messages belong to the effect.
   *
   * <p>Of messages with one id the first one counts, as within the dedup window.
   *
   * @param topics the topics that the handler publishes to
   */
  public Outbox outbox(Topic<?>... topics) {
    Outbox opened = outbox.orElseGet(() -> WorldOutbox.open(dataSource(), outboxTopics));
    outbox = Optional.of(opened);
    for (Topic<?> topic : topics) {
      outboxTopics.put(topic.name(), topic);
    }
    WorldOutbox.accept(opened, outboxTopics.values());
    return opened;
  }

  /** Returns the outbox of the present run, if the handler has one. */
  Optional<Outbox> usedOutbox() {
    return outbox;
  }

  /** Returns the topics that the handler publishes to through the outbox. */
  Collection<Topic<?>> outboxTopics() {
    return outboxTopics.values();
  }

  /** Returns the database as seen from outside the handler. */
  public TestTables tables() {
    return new TestTables(open());
  }

  /** Opens the database. It ends with its last connection. */
  private DataSource open() {
    if (lifeline == null) {
      try {
        lifeline = database.getConnection();
      } catch (SQLException e) {
        throw new IllegalStateException("no H2 database in memory could be created", e);
      }
    }
    return database;
  }

  /**
   * Returns something outside that the handler calls: a payment provider, a mail server.
   *
   * <p>Every call of it is a crash point.
   *
   * @param type the interface that the handler knows it by
   * @param fake creates the fake, once in a run: a crash of the handler doesn't change it
   * @throws IllegalArgumentException if the type isn't an interface
   */
  public <I> I outside(Class<I> type, Supplier<? extends I> fake) {
    if (!type.isInterface()) {
      throw new IllegalArgumentException(
          "%s is not an interface, so its calls can't be counted: make the handler use an interface"
              .formatted(type.getName()));
    }
    Object made = fakes.computeIfAbsent(type, unknown -> fake.get());
    return CountedOutside.around(type, type.cast(made), run);
  }

  /**
   * Returns the fake of something outside, to read what has happened to it.
   *
   * @param type its own class
   */
  public <F> F fake(Class<F> type) {
    return fakes.values().stream()
        .filter(type::isInstance)
        .map(type::cast)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no %s was passed to outside(): there are %s"
                        .formatted(type.getName(), new ArrayList<>(fakes.keySet()))));
  }

  /**
   * Returns the messages that the handler has published, in order, each as {@code topic: message}:
   * as an event-sourced or publishing handler, or through {@link #outbox}.
   */
  public List<String> published() {
    List<String> all = new ArrayList<>(durable.published().values());
    if (!outboxTopics.isEmpty()) {
      try (Connection connection = open().getConnection()) {
        all.addAll(WorldOutbox.published(connection));
      } catch (SQLException e) {
        throw new IllegalStateException("the outbox of a run can't be read", e);
      }
    }
    return List.copyOf(all);
  }

  /** Returns the states of the keys of an event-sourced handler, each as {@code key: state}. */
  public List<String> states() {
    return durable.states();
  }

  void close() throws SQLException {
    run.end();
    if (lifeline != null) {
      lifeline.close();
    }
  }
}
