package org.perille.persistence.internal;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perille.Message;
import org.perille.Outbox;
import org.perille.OutboxStatus;
import org.perille.Receipt;
import org.perille.Topic;
import org.perille.internal.log.LogMessage;
import org.perille.internal.outbox.OutboxEncoder;
import org.perille.internal.outbox.OutboxRelay;
import org.perille.internal.outbox.RelayTopics;
import org.perille.internal.outbox.RelayedOutbox;
import org.perille.internal.settings.OutboxSettings;
import org.perille.persistence.Databases.Database;

/** A relay stores each committed message once, in order, wherever it dies and whoever follows. */
abstract class OutboxRelayContract {
  private static final OutboxSettings SETTINGS =
      new OutboxSettings(Duration.ofMillis(10), 4, 20, 1 << 20);

  @TempDir Path directory;

  private final LogTarget topic = new LogTarget();
  private final List<OutboxRelay> relays = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private Database database;

  /** Keeps H2's file open, which is slow to open. */
  private Connection open;

  private Outbox outbox;
  private long last;

  abstract Database database(Path directory);

  @BeforeEach
  void createTables() throws SQLException {
    database = database(directory);
    open = database.application().getConnection();
    outbox = outbox(database.application());
    ((RelayedOutbox) outbox).prepare(database.config());
  }

  @AfterEach
  void stop() throws InterruptedException, SQLException {
    relays.forEach(OutboxRelay::stop);
    for (Thread thread : threads) {
      thread.join(60_000);
      assertThat(thread.isAlive()).isFalse();
    }
    open.close();
  }

  private static Outbox outbox(DataSource source) {
    Outbox created = new JdbcOutboxProvider().create(source);
    ((RelayedOutbox) created)
        .use(
            new OutboxEncoder() {
              @Override
              public <T> LogMessage encode(Topic<T> topic, Message<T> message) {
                return LogTarget.message(topic.keyOf(message.payload()), (Long) message.payload());
              }
            });
    return created;
  }

  private OutboxRelay start(DataSource source, RelayTopics topics) {
    RelayedOutbox relayed = (RelayedOutbox) outbox(source);
    OutboxRelay relay =
        new OutboxRelay(
            "outbox",
            relayed.table(),
            topics,
            SETTINGS,
            "outbox~" + ((RelayedOutbox) outbox).identity(),
            "node",
            new OutboxRelay.Reports() {
              @Override
              public void problem(String text, Duration validFor) {}

              @Override
              public void fine() {}

              @Override
              public void failed() {}

              @Override
              public void relayed(int messages) {}

              @Override
              public void status(OutboxStatus status) {}
            });
    relays.add(relay);
    Thread thread = new Thread(relay);
    threads.add(thread);
    thread.start();
    return relay;
  }

  /** Commits some transactions with several messages each, and one that rolls back. */
  private void sell() throws SQLException {
    try (Connection connection = database.application().getConnection()) {
      connection.setAutoCommit(false);
      for (int transaction = 0; transaction < 4; transaction++) {
        for (int i = 0; i < 3; i++) {
          last++;
          outbox.publish(connection, LogTarget.TOPIC, last);
        }
        connection.commit();
      }
      outbox.publish(connection, LogTarget.TOPIC, -1L);
      connection.rollback();
    }
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private long count(String table) throws SQLException {
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM " + table)) {
      row.next();
      return row.getLong(1);
    }
  }

  private void awaitEmpty() {
    await()
        .atMost(120, SECONDS)
        .until(() -> count("perille_outbox") == 0 && count("perille_outbox_batch") == 0);
  }

  private void requireAllOnceInOrder() {
    List<Long> all = topic.stored().values().stream().flatMap(Collection::stream).sorted().toList();
    List<Long> expected = new ArrayList<>();
    for (long number = 1; number <= last; number++) {
      expected.add(number);
    }
    assertThat(all).isEqualTo(expected);
    topic.stored().forEach((key, numbers) -> assertThat(numbers).isSorted());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_relay_may_die_at_any_statement_before_or_after_it_is_executed(boolean executes)
      throws Exception {
    int died = 0;
    for (int statement = 1; statement <= 40; statement++) {
      sell();
      AtomicReference<OutboxRelay> dying = new AtomicReference<>();
      CountDownLatch started = new CountDownLatch(1);
      DyingDataSource connections =
          new DyingDataSource(
              database.application(),
              statement,
              executes,
              () -> {
                try {
                  started.await();
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
                dying.get().stop();
              });
      dying.set(start(connections.source(), topic));
      started.countDown();
      Thread thread = threads.get(threads.size() - 1);
      await()
          .atMost(120, SECONDS)
          .until(() -> connections.isDead() || count("perille_outbox") == 0);
      dying.get().stop();
      thread.join(60_000);
      died += connections.isDead() ? 1 : 0;
      if (count("perille_outbox") > 0) {
        OutboxRelay successor = start(database.application(), topic);
        awaitEmpty();
        successor.stop();
        threads.get(threads.size() - 1).join(60_000);
      }
      requireAllOnceInOrder();
    }
    assertThat(died).isGreaterThan(15);
  }

  /** A topic whose messages wait until the relay that publishes them is resumed. */
  private static final class PausedTopics extends OtherTopics {
    private final LogTarget topic;
    private final CountDownLatch paused = new CountDownLatch(1);
    private final CountDownLatch resumed = new CountDownLatch(1);

    PausedTopics(LogTarget topic) {
      super(topic);
      this.topic = topic;
    }

    @Override
    public CompletionStage<Receipt> publish(LogMessage message, Producer producer) {
      paused.countDown();
      try {
        resumed.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      return topic.publish(message, producer);
    }
  }

  /** A topic whose messages are lost with the process that has sent them. */
  private static final class LostTopics extends OtherTopics {
    private final AtomicInteger sent = new AtomicInteger();

    LostTopics(LogTarget topic) {
      super(topic);
    }

    @Override
    public CompletionStage<Receipt> publish(LogMessage message, Producer producer) {
      sent.incrementAndGet();
      return new CompletableFuture<>();
    }
  }

  @Test
  void what_was_sent_and_has_no_receipt_is_sent_by_the_next_relay() throws Exception {
    sell();
    sell();
    LostTopics lost = new LostTopics(topic);
    OutboxRelay first = start(database.application(), lost);
    // As many as may be in flight.
    await().atMost(120, SECONDS).until(() -> lost.sent.get() >= SETTINGS.maxInFlightMessages());
    first.stop();
    threads.get(0).join(60_000);
    assertThat(count("perille_outbox")).isEqualTo(last);
    start(database.application(), topic);
    awaitEmpty();
    requireAllOnceInOrder();
  }

  @Test
  void a_relay_that_was_paused_between_recording_and_publishing_stores_nothing_later()
      throws Exception {
    sell();
    PausedTopics paused = new PausedTopics(topic);
    OutboxRelay old = start(database.application(), paused);
    paused.paused.await();
    OutboxRelay next = start(database.application(), topic);
    awaitEmpty();
    requireAllOnceInOrder();
    old.stop();
    paused.resumed.countDown();
    threads.get(0).join(60_000);
    requireAllOnceInOrder();
    sell();
    awaitEmpty();
    requireAllOnceInOrder();
    next.stop();
  }

  @Test
  void two_relays_at_once_store_each_message_once() throws Exception {
    start(database.application(), topic);
    start(database.application(), topic);
    for (int round = 0; round < 10; round++) {
      sell();
      awaitEmpty();
    }
    requireAllOnceInOrder();
  }

  @Test
  void a_lower_id_that_commits_later_is_found() throws Exception {
    try (Connection early = database.application().getConnection();
        Connection late = database.application().getConnection()) {
      early.setAutoCommit(false);
      late.setAutoCommit(false);
      outbox.publish(late, LogTarget.TOPIC, 1L);
      outbox.publish(early, LogTarget.TOPIC, 2L);
      early.commit();
      start(database.application(), topic);
      awaitStored(1);
      late.commit();
      awaitEmpty();
    }
    last = 2;
    requireAllOnceInOrder();
  }

  private void awaitStored(int messages) {
    await()
        .atMost(120, SECONDS)
        .until(() -> topic.stored().values().stream().mapToInt(List::size).sum() >= messages);
  }

  @Test
  void partitions_forget_what_is_finished() throws Exception {
    start(database.application(), topic);
    for (int round = 0; round < 30; round++) {
      sell();
    }
    awaitEmpty();
    requireAllOnceInOrder();
    // The last report that a partition got was sent before what it came with was finished.
    assertThat(topic.remembered()).isLessThan(60);
  }

  @Test
  void a_database_that_was_set_back_loses_no_later_message() throws Exception {
    // A batch is recorded, and not finished, in the backup.
    sell();
    PausedTopics paused = new PausedTopics(topic);
    OutboxRelay first = start(database.application(), paused);
    paused.paused.await();
    for (String table : List.of("perille_outbox", "perille_outbox_batch", "perille_outbox_relay")) {
      execute("CREATE TABLE backup_" + table + " AS SELECT * FROM " + table);
    }
    first.stop();
    paused.resumed.countDown();
    threads.get(0).join(60_000);
    OutboxRelay second = start(database.application(), topic);
    awaitEmpty();
    sell();
    awaitEmpty();
    second.stop();
    threads.get(1).join(60_000);
    requireAllOnceInOrder();
    for (String table : List.of("perille_outbox", "perille_outbox_batch", "perille_outbox_relay")) {
      execute("DELETE FROM " + table);
      execute("INSERT INTO " + table + " SELECT * FROM backup_" + table);
    }
    // New rows get ids that were used before.
    execute("ALTER TABLE perille_outbox ALTER COLUMN id RESTART WITH 1000");
    long before = last;
    sell();
    start(database.application(), topic);
    awaitEmpty();
    List<Long> all = topic.stored().values().stream().flatMap(Collection::stream).toList();
    for (long number = before + 1; number <= last; number++) {
      assertThat(all).containsOnlyOnce(number);
    }
    for (long number = 1; number <= before; number++) {
      assertThat(all).contains(number);
    }
  }

  @Test
  void a_parked_key_keeps_its_order_when_it_is_redriven() throws Exception {
    start(database.application(), topic);
    insert("k0", "-1");
    insert("k1", "1");
    for (long number = 5; number <= 50; number += 5) {
      outbox.publish(LogTarget.TOPIC, Message.of(number));
    }
    awaitStored(1);
    await().atMost(120, SECONDS).until(() -> outbox.status().parked() == 10);
    assertThat(topic.stored()).doesNotContainKey("k0");
    execute("UPDATE perille_outbox_parked SET payload = '0' WHERE reason IS NOT NULL");
    outbox.redrive(outbox.deadLetters(0, 1).get(0));
    awaitStored(12);
    awaitEmpty();
    assertThat(topic.stored().get("k0"))
        .containsExactly(0L, 5L, 10L, 15L, 20L, 25L, 30L, 35L, 40L, 45L, 50L);
    assertThat(count("perille_outbox_parked")).isZero();
  }

  @Test
  void a_row_that_was_damaged_fails_alone() throws Exception {
    try (Connection connection = database.application().getConnection();
        PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO perille_outbox (topic, message_key, message) VALUES (?, 'k9', ?)")) {
      insert.setString(1, LogTarget.TOPIC.name());
      insert.setBytes(2, new byte[] {99, 98});
      insert.executeUpdate();
    }
    sell();
    start(database.application(), topic);
    awaitEmpty();
    requireAllOnceInOrder();
    assertThat(outbox.deadLetters(0, 10)).hasSize(1);
  }

  private void insert(String key, String payload) throws SQLException {
    try (Connection connection = database.application().getConnection();
        PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO perille_outbox (topic, message_key, payload) VALUES (?, ?, ?)")) {
      insert.setString(1, LogTarget.TOPIC.name());
      insert.setString(2, key);
      insert.setString(3, payload);
      insert.executeUpdate();
    }
  }
}
