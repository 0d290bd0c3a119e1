package org.perille.persistence.evolution;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perille.EventSourcedSubscription;
import org.perille.KeyEffect;
import org.perille.Perille;
import org.perille.Receipt;
import org.perille.RetryPolicy;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.Databases.Database;
import org.perille.persistence.evolution.AccountEvent.Charged;
import org.perille.persistence.evolution.AccountEvent.Refunded;
import org.slf4j.LoggerFactory;

/**
 * Goal: version 2 of an application reads the data of version 1.
 *
 * <p>Both keys, liina and pekka, are in the one partition. Only liina has an event whose class no
 * longer exists.
 */
abstract class SchemaEvolutionContract {
  private static final Topic<Payment> PAYMENTS =
      Topic.of("payments", Payment.class).keyedBy(Payment::account).withPartitions(1);
  private static final EventSourcedSubscription<Payment, Balance> ACCOUNTS =
      Subscription.of("accounts", PAYMENTS)
          .effectivelyOnce(new Accounts())
          .withRetries(RetryPolicy.fixed(Duration.ofMillis(100)).withUnlimitedAttempts());

  @TempDir Path directory;

  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
  private Database database;

  abstract Database database(Path directory);

  /** Opens a connection to the database that Perille itself uses. */
  abstract Connection connect(Database database) throws SQLException;

  @BeforeEach
  void storeVersion1() throws Exception {
    log.start();
    logger.addAppender(log);
    database = database(directory);
    Perille.start(database.config(), PAYMENTS).close();
    try (Connection connection = connect(database)) {
      for (String line : resource("version-1.tsv").lines().toList()) {
        if (!line.startsWith("#")) {
          insert(connection, line.split("\t", -1));
        }
      }
    }
  }

  @AfterEach
  void stopLog() {
    logger.detachAppender(log);
  }

  private static void insert(Connection connection, String[] row) throws SQLException {
    String table =
        row[0].equals("journal")
            ? "\"perille_journal\" (\"writer\", \"adapter_manifest\", \"event_ser_id\","
                + " \"persistence_id\", \"sequence_number\", \"write_timestamp\","
                + " \"event_ser_manifest\", \"event_payload\") VALUES ('1', '', 770770, ?, ?, ?,"
                + " ?, ?)"
            : "\"perille_snapshot\" (\"snapshot_ser_id\", \"persistence_id\", \"sequence_number\","
                + " \"created\", \"snapshot_ser_manifest\", \"snapshot_payload\") VALUES (770770,"
                + " ?, ?, ?, ?, ?)";
    try (PreparedStatement insert = connection.prepareStatement("INSERT INTO " + table)) {
      insert.setString(1, row[1]);
      insert.setLong(2, Long.parseLong(row[2]));
      insert.setLong(3, Long.parseLong(row[3]));
      insert.setString(4, row[4]);
      insert.setBytes(5, Base64.getDecoder().decode(row[5]));
      insert.executeUpdate();
    }
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = SchemaEvolutionContract.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private Config migrating() throws IOException {
    return ConfigFactory.parseString(resource("evolution.conf")).withFallback(database.config());
  }

  /** Returns the configuration without the migration of the class that no longer exists. */
  private Config withoutRefunds() throws IOException {
    return migrating()
        .withoutPath(
            "pekko.serialization.jackson.migrations.\"org.perille.persistence.evolution.AccountEvent$Refund\"");
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(180, SECONDS);
  }

  private static Receipt pay(Perille perille, String account, int euros) throws Exception {
    return get(perille.publisher(PAYMENTS).publish(new Payment(account, euros)));
  }

  private static Balance balance(Perille perille, String account) throws Exception {
    return get(perille.subscription(ACCOUNTS).key(account).state()).state();
  }

  private static List<Object> events(Perille perille, String account) throws Exception {
    List<Object> events = new ArrayList<>();
    for (KeyEffect effect :
        get(
            perille
                .subscription(ACCOUNTS)
                .key(account)
                .effects()
                .runWith(Sink.seq(), perille.system()))) {
      events.addAll(effect.events());
    }
    return events;
  }

  private List<String> warnings() {
    return List.copyOf(log.list).stream()
        .map(
            event ->
                event.getFormattedMessage()
                    + (event.getThrowableProxy() == null
                        ? ""
                        : " " + event.getThrowableProxy().getMessage()))
        .toList();
  }

  @Test
  void events_of_an_old_version_are_read_and_their_key_goes_on_with_events_of_the_new_one()
      throws Exception {
    try (Perille perille = Perille.start(migrating(), ACCOUNTS)) {
      assertThat(balance(perille, "liina")).isEqualTo(new Balance(1900, 4));
      pay(perille, "pekka", -4);
      Receipt last = pay(perille, "liina", 6);
      assertThat(get(perille.subscription(ACCOUNTS).reply(last, Accepted.class)))
          .contains(new Accepted(5));
    }
    try (Perille perille = Perille.start(migrating(), ACCOUNTS)) {
      assertThat(balance(perille, "liina")).isEqualTo(new Balance(2500, 5));
      assertThat(balance(perille, "pekka")).isEqualTo(new Balance(1700, 3));
      assertThat(events(perille, "liina"))
          .containsExactly(
              new Charged(1000, "EUR"),
              new Charged(500, "EUR"),
              new Refunded(300, "EUR"),
              new Charged(700, "EUR"),
              new Charged(600, "EUR"));
      assertThat(events(perille, "pekka"))
          .containsExactly(
              new Charged(2000, "EUR"), new Charged(100, "EUR"), new Refunded(400, "EUR"));
    }
  }

  @Test
  void a_stored_state_whose_class_is_gone_is_made_anew_from_all_events_with_a_warning()
      throws Exception {
    try (Perille perille = Perille.start(migrating(), ACCOUNTS)) {
      get(perille.subscription(ACCOUNTS).awaitHandled(pay(perille, "liina", 1)));
      assertThat(balance(perille, "liina")).isEqualTo(new Balance(2000, 5));
    }
    assertThat(warnings())
        .anySatisfy(
            warning ->
                assertThat(warning)
                    .startsWith("The snapshot of key 'liina' can't be read")
                    .contains("rebuilt from all its events")
                    .contains("org.perille.persistence.evolution.Account"));
    assertThat(log.list).noneMatch(event -> event.getLevel() == Level.ERROR);
  }

  @Test
  void an_event_that_can_not_be_read_stops_its_key_alone_until_its_migration_is_there()
      throws Exception {
    Receipt waiting;
    try (Perille perille = Perille.start(withoutRefunds(), ACCOUNTS)) {
      waiting = pay(perille, "liina", 1);
      get(perille.subscription(ACCOUNTS).awaitHandled(pay(perille, "pekka", 2)));
      assertThat(balance(perille, "pekka")).isEqualTo(new Balance(2300, 3));
      assertThatThrownBy(() -> balance(perille, "liina"))
          .hasMessageContaining("key 'liina'")
          .hasMessageContaining("serializer 33")
          .hasMessageContaining("'org.perille.persistence.evolution.AccountEvent$Refund'")
          .hasMessageContaining("add a Jackson migration");
      await()
          .atMost(180, SECONDS)
          .untilAsserted(
              () ->
                  assertThat(warnings())
                      .anySatisfy(
                          warning ->
                              assertThat(warning)
                                  .contains("failed to handle payments/0 offset 6 (key 'liina')")
                                  .contains("serializer 33")
                                  .contains("AccountEvent$Refund'")
                                  .contains("add a Jackson migration")));
      // The cursor follows the effects.
      await()
          .atMost(180, SECONDS)
          .until(() -> get(perille.subscription(ACCOUNTS).status()).lag() == 1);
    }
    try (Perille perille = Perille.start(migrating(), ACCOUNTS)) {
      assertThat(get(perille.subscription(ACCOUNTS).reply(waiting, Accepted.class)))
          .contains(new Accepted(5));
      assertThat(balance(perille, "liina")).isEqualTo(new Balance(2000, 5));
    }
  }

  @Test
  void a_number_that_is_missing_is_an_error_unless_jackson_is_configured_to_take_it_for_zero()
      throws Exception {
    Config lenient =
        ConfigFactory.parseString(
                "pekko.serialization.jackson.perille-jackson.deserialization-features.FAIL_ON_NULL_FOR_PRIMITIVES"
                    + " = off")
            .withFallback(database.config());
    try (Perille perille = Perille.start(database.config(), ACCOUNTS)) {
      assertThatThrownBy(() -> balance(perille, "pekka"))
          .hasMessageContaining("key 'pekka'")
          .hasMessageContaining("cents");
    }
    try (Perille perille = Perille.start(lenient, ACCOUNTS)) {
      assertThat(balance(perille, "pekka")).isEqualTo(new Balance(0, 2));
    }
  }

  @Test
  void what_the_documentation_shows_is_what_is_tested() throws IOException {
    String migration =
        Files.readString(
            Path.of("src/test/java/org/perille/persistence/evolution/ChargedMigration.java"));
    String renaming =
        Files.readString(
            Path.of("src/test/java/org/perille/persistence/evolution/RefundMigration.java"));
    assertThat(Files.readString(Path.of("../docs/guides/evolution.md")))
        .contains(migration.substring(migration.indexOf("class ")).strip())
        .contains(renaming.substring(renaming.indexOf("class ")).strip())
        .contains(
            resource("evolution.conf").replace("org.perille.persistence.evolution", "shop").strip())
        .contains("deserialization-features.FAIL_ON_NULL_FOR_PRIMITIVES = off");
  }
}
