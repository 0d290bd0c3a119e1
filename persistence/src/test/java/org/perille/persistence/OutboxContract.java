package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perille.Delivery;
import org.perille.Handler;
import org.perille.Health;
import org.perille.Message;
import org.perille.MessageId;
import org.perille.Outbox;
import org.perille.OutboxDeadLetter;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.PublishRefusedException;
import org.perille.PublishRefusedException.Reason;
import org.perille.StorageException;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.Databases.Database;

/** Publishing in a transaction of the application, on every database. */
abstract class OutboxContract {
  record Order(String customer, int number) implements PerilleMessage {}

  private static final Topic<Order> ORDERS =
      Topic.of("orders", Order.class).keyedBy(Order::customer).withPartitions(4);

  @TempDir Path directory;

  private final ConcurrentLinkedQueue<Delivery<Order>> deliveries = new ConcurrentLinkedQueue<>();
  private Database database;
  private Outbox outbox;

  /** Keeps H2's file open, which is slow to open. */
  private Connection open;

  private Perille perille;

  abstract Database database(Path directory);

  /** Returns the statement that publishes by SQL: topic, key, payload, headers, id. */
  abstract String publishBySql();

  /** Returns the application's database, which nobody else uses, as a read-only one. */
  abstract DataSource readOnly(Database written, Path directory);

  @BeforeEach
  void start() throws SQLException {
    database = database(directory);
    open = database.application().getConnection();
    outbox = Outbox.of(database.application());
    execute("CREATE TABLE shop (number INTEGER PRIMARY KEY)");
    perille = start("1h");
  }

  @AfterEach
  void stop() throws SQLException {
    perille.close();
    open.close();
  }

  private Perille start(String pollInterval) {
    Config config =
        ConfigFactory.parseMap(
                Map.of(
                    "pekko.remote.artery.canonical.port",
                    0,
                    "perille.outbox.poll-interval",
                    pollInterval))
            .withFallback(database.config());
    Subscription<Order> seen =
        Subscription.of("seen", ORDERS).atLeastOnce((Handler<Order>) deliveries::add);
    return Perille.start(config, seen, outbox);
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Sells and publishes in one transaction, which the caller ends. */
  private void sell(Connection connection, Order order) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO shop (number) VALUES (?)")) {
      insert.setInt(1, order.number());
      insert.executeUpdate();
    }
    outbox.publish(connection, ORDERS, order);
  }

  private Connection begin(DataSource source) throws SQLException {
    Connection connection = source.getConnection();
    connection.setAutoCommit(false);
    return connection;
  }

  private List<Integer> numbers() {
    return deliveries.stream().map(delivery -> delivery.payload().number()).toList();
  }

  private void awaitNumbers(Integer... numbers) {
    await()
        .atMost(60, SECONDS)
        .untilAsserted(() -> assertThat(numbers()).containsExactlyInAnyOrder(numbers));
  }

  @Test
  void a_committed_message_arrives_at_once_and_its_space_comes_back() throws Exception {
    // The poll interval is an hour: only the commit can have started the relay.
    try (Connection connection = begin(outbox.dataSource())) {
      sell(connection, new Order("ada", 1));
      connection.commit();
    }
    awaitNumbers(1);
    await().atMost(60, SECONDS).until(() -> outbox.status().waiting() == 0);
    assertThat(outbox.status().age()).isEqualTo(Duration.ZERO);
    assertThat(outbox.status().node()).isPresent();
  }

  @Test
  void the_messages_of_a_key_keep_the_order_of_their_rows() throws Exception {
    for (int transaction = 0; transaction < 20; transaction++) {
      try (Connection connection = begin(outbox.dataSource())) {
        for (int i = 0; i < 20; i++) {
          sell(connection, new Order("key" + i % 3, transaction * 20 + i));
        }
        connection.commit();
      }
    }
    await().atMost(60, SECONDS).until(() -> deliveries.size() >= 400);
    for (int key = 0; key < 3; key++) {
      String name = "key" + key;
      List<Integer> ofKey =
          deliveries.stream()
              .filter(delivery -> delivery.key().equals(name))
              .map(delivery -> delivery.payload().number())
              .toList();
      assertThat(ofKey).isSorted();
    }
    assertThat(numbers()).doesNotHaveDuplicates().hasSize(400);
  }

  @Test
  void what_is_rolled_back_is_never_published() throws Exception {
    try (Connection connection = begin(outbox.dataSource())) {
      sell(connection, new Order("ada", 1));
      connection.rollback();
      sell(connection, new Order("ada", 2));
      Savepoint savepoint = connection.setSavepoint();
      sell(connection, new Order("ada", 3));
      connection.rollback(savepoint);
      connection.commit();
      sell(connection, new Order("ada", 4));
      connection.rollback();
      // Closed before the commit.
      sell(connection, new Order("ada", 5));
    }
    outbox.publish(ORDERS, Message.of(new Order("ada", 6)));
    awaitNumbers(2, 6);
    await().atMost(60, SECONDS).until(() -> outbox.status().waiting() == 0);
    awaitNumbers(2, 6);
  }

  @Test
  void options_of_a_message_arrive_and_its_id_deduplicates() throws Exception {
    Message<Order> message =
        Message.of(new Order("ada", 1)).withId(MessageId.of("order-1")).withHeader("trace", "abc");
    outbox.publish(ORDERS, message);
    outbox.publish(ORDERS, message);
    perille.publisher(ORDERS).publish(message).toCompletableFuture().get(60, SECONDS);
    outbox.publish(ORDERS, Message.of(new Order("ada", 2)));
    awaitNumbers(1, 2);
    Delivery<Order> first = deliveries.peek();
    assertThat(first.messageId()).contains(MessageId.of("order-1"));
    assertThat(first.headers()).containsEntry("trace", "abc");
  }

  @Test
  void what_can_not_be_published_is_refused_before_anything_is_inserted() throws Exception {
    Topic<Order> unknown = Topic.of("unknown", Order.class).keyedBy(Order::customer);
    try (Connection connection = begin(outbox.dataSource())) {
      assertThatThrownBy(() -> outbox.publish(connection, unknown, new Order("ada", 1)))
          .isInstanceOfSatisfying(
              PublishRefusedException.class,
              e -> assertThat(e.reason()).isEqualTo(Reason.UNKNOWN_TOPIC));
      assertThatThrownBy(() -> outbox.publish(connection, ORDERS, new Order("", 1)))
          .isInstanceOfSatisfying(
              PublishRefusedException.class,
              e -> assertThat(e.reason()).isEqualTo(Reason.INVALID_KEY));
      Message<Order> large =
          Message.of(new Order("ada", 1)).withHeader("large", "x".repeat(200_000));
      assertThatThrownBy(() -> outbox.publish(connection, ORDERS, large))
          .isInstanceOfSatisfying(
              PublishRefusedException.class,
              e -> assertThat(e.reason()).isEqualTo(Reason.TOO_LARGE));
      sell(connection, new Order("ada", 2));
      connection.commit();
    }
    awaitNumbers(2);
  }

  @Test
  void a_connection_without_a_transaction_is_refused_in_words() throws Exception {
    try (Connection connection = database.application().getConnection()) {
      assertThatThrownBy(() -> outbox.publish(connection, ORDERS, new Order("ada", 1)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("autocommit");
    }
    assertThat(outbox.status().waiting()).isZero();
  }

  @Test
  void a_connection_that_is_closed_is_refused_in_words() throws Exception {
    Connection connection = begin(outbox.dataSource());
    sell(connection, new Order("ada", 1));
    connection.close();
    assertThatThrownBy(() -> outbox.publish(connection, ORDERS, new Order("ada", 2)))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("The connection is closed");
    outbox.publish(ORDERS, Message.of(new Order("ada", 3)));
    awaitNumbers(3);
  }

  @Test
  void a_read_only_database_is_named() throws Exception {
    perille.close();
    open.close();
    DataSource replica = readOnly(database, directory);
    try (Connection connection = begin(replica)) {
      assertThatThrownBy(() -> outbox.publish(connection, ORDERS, new Order("ada", 1)))
          .isInstanceOf(StorageException.class)
          .hasMessageContaining("read-only")
          .hasMessageContaining("on the primary server");
      connection.rollback();
    }
    outbox = Outbox.of(replica);
    assertThatThrownBy(() -> start("1h"))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("is read-only");
  }

  @Test
  void a_missing_table_is_named() throws Exception {
    execute("ALTER TABLE perille_outbox RENAME TO renamed_outbox");
    try (Connection connection = begin(database.application())) {
      assertThatThrownBy(() -> outbox.publish(connection, ORDERS, new Order("ada", 1)))
          .isInstanceOf(StorageException.class)
          .hasMessageContaining("perille_outbox");
      connection.rollback();
    }
    execute("ALTER TABLE renamed_outbox RENAME TO perille_outbox");
    outbox.publish(ORDERS, Message.of(new Order("ada", 2)));
    awaitNumbers(2);
  }

  @Test
  void tables_of_a_newer_version_stop_the_start() throws Exception {
    execute("INSERT INTO perille_outbox_schema (version) VALUES (99)");
    Outbox other = Outbox.of(database.application()).named("other");
    assertThatThrownBy(() -> perille.register(other))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("version 99");
  }

  @Test
  void rows_wait_for_a_node_and_are_published_by_the_next_one() throws Exception {
    perille.close();
    try (Connection connection = begin(database.application())) {
      sell(connection, new Order("ada", 1));
      connection.commit();
    }
    assertThat(outbox.status().waiting()).isEqualTo(1);
    perille = start("20ms");
    awaitNumbers(1);
    // Another process has inserted it: nothing notifies the relay.
    try (Connection connection = begin(database.application())) {
      sell(connection, new Order("ada", 2));
      connection.commit();
    }
    awaitNumbers(1, 2);
  }

  private void publishBySql(String topic, String key, String payload, String headers, String id)
      throws SQLException {
    try (Connection connection = begin(database.application());
        PreparedStatement publish = connection.prepareStatement(publishBySql())) {
      publish.setString(1, topic);
      publish.setString(2, key);
      publish.setString(3, payload);
      publish.setString(4, headers);
      publish.setString(5, id);
      try (ResultSet row = publish.executeQuery()) {
        assertThat(row.next()).isTrue();
      }
      connection.commit();
    }
    outbox.committed();
  }

  @Test
  void a_message_from_sql_is_one_of_the_topic() throws Exception {
    publishBySql(
        "orders", "ada", "{\"customer\": \"ada\", \"number\": 7}", "{\"trace\": \"abc\"}", "o-7");
    publishBySql("orders", "ada", "{\"customer\": \"ada\", \"number\": 8}", null, null);
    awaitNumbers(7, 8);
    Delivery<Order> first = deliveries.peek();
    assertThat(first.messageId()).contains(MessageId.of("o-7"));
    assertThat(first.headers()).containsEntry("trace", "abc");
  }

  @Test
  void sql_refuses_what_the_database_can_check() {
    String payload = "{\"customer\": \"ada\", \"number\": 7}";
    assertThatThrownBy(() -> publishBySql("unknown", "ada", payload, null, null))
        .hasMessageContaining("unknown");
    assertThatThrownBy(() -> publishBySql("orders", "", payload, null, null))
        .hasMessageContaining("key");
    assertThatThrownBy(() -> publishBySql("orders", "ada", "{broken", null, null))
        .isInstanceOf(SQLException.class);
    assertThatThrownBy(() -> publishBySql("orders", "ada", payload, "[1]", null))
        .hasMessageContaining("headers");
    assertThatThrownBy(() -> publishBySql("orders", "ada", payload, null, "x".repeat(300)))
        .hasMessageContaining("id");
    assertThat(outbox.status().waiting()).isZero();
  }

  @Test
  void a_row_that_fails_parks_its_key_alone_until_an_operator_decides() throws Exception {
    publishBySql("orders", "ada", "{\"customer\": \"ada\", \"number\": \"many\"}", null, null);
    publishBySql("orders", "ada", "{\"customer\": \"ada\", \"number\": 2}", null, null);
    publishBySql("orders", "bob", "{\"customer\": \"bob\", \"number\": 3}", null, null);
    publishBySql("orders", "cyd", "{\"customer\": \"other\", \"number\": 4}", null, null);
    awaitNumbers(3);
    await().atMost(60, SECONDS).until(() -> outbox.status().parked() == 1);
    List<OutboxDeadLetter> letters = outbox.deadLetters(0, 10);
    assertThat(letters).extracting(OutboxDeadLetter::key).containsExactly("ada", "cyd");
    assertThat(letters)
        .extracting(OutboxDeadLetter::reason)
        .containsExactly(Reason.UNSERIALIZABLE, Reason.INVALID_KEY);
    assertThat(outbox.deadLetters(letters.get(0).id(), 10)).hasSize(1);
    assertThat(outbox.status().deadLetters()).isEqualTo(2);

    assertThat(outbox.redrive(letters.get(0))).isTrue();
    assertThat(outbox.redrive(letters.get(0))).isFalse();
    await()
        .atMost(60, SECONDS)
        .until(() -> outbox.deadLetters(0, 10).stream().anyMatch(l -> l.attempt() == 2));
    // An operation that names an earlier failure has no effect on a later one.
    assertThat(outbox.redrive(letters.get(0))).isFalse();
    assertThat(outbox.discard(letters.get(0), "too late")).isFalse();
    OutboxDeadLetter again = outbox.deadLetters(0, 1).get(0);
    assertThat(outbox.discard(again, "not a number")).isTrue();
    assertThat(outbox.discard(again, "not a number")).isFalse();
    awaitNumbers(3, 2);

    execute(
        "UPDATE perille_outbox_parked SET payload = '{\"customer\": \"cyd\", \"number\": 4}' WHERE message_key = 'cyd'");
    assertThat(outbox.redrive(outbox.deadLetters(0, 1).get(0))).isTrue();
    awaitNumbers(3, 2, 4);
    await().atMost(60, SECONDS).until(() -> outbox.status().deadLetters() == 0);
  }

  @Test
  void dead_letters_are_a_problem_of_the_node_that_relays() throws Exception {
    publishBySql("orders", "cyd", "{\"customer\": \"other\", \"number\": 4}", null, null);
    await().atMost(60, SECONDS).until(() -> outbox.status().deadLetters() == 1);
    perille.close();
    perille = start("20ms");
    await()
        .atMost(60, SECONDS)
        .until(
            () ->
                perille.health().problems().stream()
                    .map(Health.Problem::subject)
                    .anyMatch("outbox 'outbox'"::equals));
  }

  @Test
  void two_outboxes_of_a_node_need_two_names() {
    assertThatThrownBy(() -> perille.register(Outbox.of(database.application())))
        .hasMessageContaining("named");
    List<Integer> invalid = new ArrayList<>();
    for (String name : List.of("", "a b", "x".repeat(101))) {
      assertThatThrownBy(() -> outbox.named(name)).isInstanceOf(IllegalArgumentException.class);
      invalid.add(name.length());
    }
    assertThat(invalid).hasSize(3);
  }
}
