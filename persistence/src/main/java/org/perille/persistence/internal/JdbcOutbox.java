package org.perille.persistence.internal;

import com.typesafe.config.Config;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.perille.Message;
import org.perille.Outbox;
import org.perille.OutboxDeadLetter;
import org.perille.OutboxStatus;
import org.perille.PublishRefusedException;
import org.perille.StorageException;
import org.perille.Topic;
import org.perille.internal.log.LogMessage;
import org.perille.internal.outbox.OutboxEncoder;
import org.perille.internal.outbox.RelayTable;
import org.perille.internal.outbox.RelayedOutbox;
import org.perille.internal.wire.StoredMessages;

/** An outbox in H2 or PostgreSQL. */
final class JdbcOutbox implements Outbox, RelayedOutbox {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,100}");
  private static final int MAX_REASON_LENGTH = 1000;

  private final String name;
  private final OutboxDatabase database;
  private final OutboxTable table;
  private final OutboxLetters letters;
  private final DataSource watched;
  private final Set<Runnable> hints = new CopyOnWriteArraySet<>();

  /** One object, so that a transaction that publishes several messages has it once. */
  private final Runnable onCommit = this::committed;

  private volatile Optional<OutboxEncoder> encoder = Optional.empty();

  JdbcOutbox(String name, OutboxDatabase database) {
    this.name = name;
    this.database = database;
    this.table = new OutboxTable(database);
    this.letters = new OutboxLetters(database);
    this.watched = CommitWatch.over(database.dataSource());
  }

  @Override
  public Outbox named(String other) {
    if (!NAME.matcher(other).matches()) {
      throw new IllegalArgumentException(
          "'%s' is not a name for an outbox: use 1 to 100 of the characters A-Z a-z 0-9 - _ ."
              .formatted(other));
    }
    return new JdbcOutbox(other, database);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public <T> void publish(Connection connection, Topic<T> topic, Message<T> message) {
    Objects.requireNonNull(connection, "connection");
    LogMessage encoded = encode(topic, message);
    try {
      if (connection.getAutoCommit()) {
        throw new IllegalStateException(
            "a message for %s was not inserted into outbox '%s', because the connection is in autocommit mode: call setAutoCommit(false), so that it commits with the changes that it belongs to; or publish(topic, message) for a transaction of its own"
                .formatted(topic, name));
      }
      insert(connection, topic, encoded);
      CommitWatch.onCommit(connection, onCommit);
    } catch (SQLException e) {
      throw refused(topic, e);
    }
  }

  private <T> LogMessage encode(Topic<T> topic, Message<T> message) {
    return encoder
        .orElseThrow(
            () ->
                new PublishRefusedException(
                    PublishRefusedException.Reason.NOT_RUNNING,
                    "outbox '%s' accepts no message for %s: no node in this process has registered it; pass it to Perille.start, or to register"
                        .formatted(name, topic)))
        .encode(topic, message);
  }

  private static void insert(Connection connection, Topic<?> topic, LogMessage message)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO perille_outbox (topic, message_key, message) VALUES (?, ?, ?)")) {
      insert.setString(1, topic.name());
      insert.setString(2, message.key());
      insert.setBytes(3, StoredMessages.toBytes(message));
      insert.executeUpdate();
    }
  }

  private StorageException refused(Topic<?> topic, SQLException e) {
    StorageException cause = OutboxDatabase.unusable(e);
    return new StorageException(
        "a message for %s can't be inserted into outbox '%s': %s"
            .formatted(topic, name, cause.getMessage()),
        e);
  }

  @Override
  public <T> void publish(Topic<T> topic, Message<T> message) {
    if (JdbcClaim.isInEffect()) {
      throw new IllegalStateException(
          "a message for %s was not inserted into outbox '%s', because a JDBC handler published it in a transaction of its own, which would be committed although the handler's can still be rolled back and repeated: call publish(connection, topic, message) with the handler's connection"
              .formatted(topic, name));
    }
    LogMessage encoded = encode(topic, message);
    try {
      database.inTransaction(
          connection -> {
            insert(connection, topic, encoded);
            return null;
          });
    } catch (SQLException e) {
      throw refused(topic, e);
    }
    committed();
  }

  @Override
  public DataSource dataSource() {
    return watched;
  }

  @Override
  public void committed() {
    hints.forEach(Runnable::run);
  }

  @Override
  public OutboxStatus status() {
    return ask(table::status);
  }

  @Override
  public List<OutboxDeadLetter> deadLetters(long afterId, int limit) {
    if (limit < 1 || limit > MAX_LIST_LENGTH) {
      throw new IllegalArgumentException(
          "a list can't have %d dead letters: use 1 to %d".formatted(limit, MAX_LIST_LENGTH));
    }
    return ask(() -> letters.list(afterId, limit));
  }

  @Override
  public boolean redrive(OutboxDeadLetter letter) {
    boolean done = ask(() -> letters.redrive(letter));
    committed();
    return done;
  }

  @Override
  public boolean discard(OutboxDeadLetter letter, String reason) {
    if (reason.isBlank() || reason.length() > MAX_REASON_LENGTH) {
      throw new IllegalArgumentException(
          "a reason can't have %d characters, or be blank: use 1 to %d"
              .formatted(reason.length(), MAX_REASON_LENGTH));
    }
    boolean done = ask(() -> letters.discard(letter, name, reason));
    committed();
    return done;
  }

  @FunctionalInterface
  private interface Question<R> {
    R ask() throws SQLException;
  }

  private static <R> R ask(Question<R> question) {
    try {
      return question.ask();
    } catch (SQLException e) {
      throw OutboxDatabase.unusable(e);
    }
  }

  @Override
  public void prepare(Config config) {
    database.prepare(config);
  }

  @Override
  public void store(Collection<KnownTopic> topics) {
    ask(
        () -> {
          letters.store(topics);
          return null;
        });
  }

  @Override
  public void use(OutboxEncoder given) {
    encoder = Optional.of(given);
  }

  @Override
  public void addHint(Runnable hint) {
    hints.add(hint);
  }

  @Override
  public void removeHint(Runnable hint) {
    hints.remove(hint);
  }

  @Override
  public String identity() {
    return ask(database::identity);
  }

  @Override
  public RelayTable table() {
    return table;
  }

  @Override
  public String toString() {
    return "outbox '" + name + "'";
  }
}
