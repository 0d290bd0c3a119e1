package org.perille.testkit.idempotence;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.perille.Message;
import org.perille.MessageId;
import org.perille.Outbox;
import org.perille.PublishRefusedException;
import org.perille.Topic;
import org.perille.internal.log.LogMessage;
import org.perille.internal.outbox.OutboxEncoder;
import org.perille.internal.outbox.RelayedOutbox;
import org.perille.internal.wire.StoredMessages;

/**
 * The outbox of a world: the real one, in its database. No node relays it, so all its messages stay
 * there.
 */
final class WorldOutbox {
  private static final Config CONFIG =
      ConfigFactory.parseString("perille.storage.schema = migrate");

  /** The limit of the SQL function. It doesn't matter here. */
  private static final int MAX_BYTES = 1 << 20;

  private record IdOfKey(String topic, String key, String id) {}

  private WorldOutbox() {}

  /**
   * Returns the outbox for the handler, which encodes messages as their text.
   *
   * @param topics the topics that it accepts, by name. More may be added
   */
  static Outbox open(DataSource database, Map<String, Topic<?>> topics) {
    Outbox outbox = Outbox.of(database);
    RelayedOutbox relayed = (RelayedOutbox) outbox;
    relayed.prepare(CONFIG);
    relayed.use(
        new OutboxEncoder() {
          @Override
          public <T> LogMessage encode(Topic<T> topic, Message<T> message) {
            if (!topics.containsKey(topic.name())) {
              throw new PublishRefusedException(
                  PublishRefusedException.Reason.UNKNOWN_TOPIC,
                  "%s isn't one of the topics that were passed to World.outbox: %s"
                      .formatted(topic, topics.keySet()));
            }
            return new LogMessage(
                topic.keyOf(message.payload()),
                message.id().map(MessageId::value).orElse(""),
                message.headers(),
                0,
                "",
                ByteString.copyFromUtf8(String.valueOf(message.payload())));
          }
        });
    return outbox;
  }

  /** Makes the SQL function accept topics. */
  static void accept(Outbox outbox, Collection<Topic<?>> topics) {
    ((RelayedOutbox) outbox)
        .store(
            topics.stream()
                .map(topic -> new RelayedOutbox.KnownTopic(topic.name(), true, MAX_BYTES))
                .toList());
  }

  /**
   * Returns the committed messages in the order of their rows, each as {@code topic: message}. Of
   * those with one id there is the first one.
   */
  static List<String> published(Connection connection) throws SQLException {
    Map<Object, String> published = new LinkedHashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT id, topic, message_key, message, message_id, payload FROM perille_outbox ORDER BY id")) {
      while (row.next()) {
        Optional<LogMessage> message = message(row.getBytes(4));
        String id = message.map(LogMessage::id).orElse(row.getString(5));
        String topic = row.getString(2);
        Object same =
            id == null || id.isEmpty()
                ? (Object) row.getLong(1)
                : new IdOfKey(topic, row.getString(3), id);
        published.putIfAbsent(
            same,
            topic
                + ": "
                + message
                    .map(encoded -> encoded.payload().toStringUtf8())
                    .orElse(row.getString(6)));
      }
    }
    return published.values().stream().collect(Collectors.toUnmodifiableList());
  }

  private static Optional<LogMessage> message(byte[] bytes) {
    try {
      return bytes == null ? Optional.empty() : Optional.of(StoredMessages.fromBytes(bytes));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a row of perille_outbox has a message of another form", e);
    }
  }
}
