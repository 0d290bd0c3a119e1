package org.perille.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perille.ConfigurationException;
import org.perille.Guarantee;
import org.perille.StorageException;
import org.perille.persistence.Databases.Database;
import org.perille.spi.RegisteredSubscription;
import org.perille.spi.StorageProfile;
import org.perille.spi.SubscriptionKind;
import org.perille.spi.SubscriptionRegistry;

/** The start of a storage, on every database. */
abstract class SchemaContract {
  @TempDir Path directory;

  private Database database;
  private StorageProfile profile;

  abstract Database database(Path directory);

  /** Opens a connection to the database that Perille itself uses. */
  abstract Connection connect(Database database) throws SQLException;

  /** Returns a configuration whose database can't be reached, and a part of its error message. */
  abstract Map<String, String> unreachable(Path directory) throws Exception;

  @BeforeEach
  void prepare() {
    database = database(directory);
    profile =
        ServiceLoader.load(StorageProfile.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(p -> p.name().equals(database.config().getString("perille.storage.profile")))
            .findFirst()
            .orElseThrow();
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private Config with(String setting, String value) {
    return ConfigFactory.parseMap(Map.of(setting, value)).withFallback(database.config());
  }

  @Test
  void several_nodes_may_start_at_once_and_again() {
    List<CompletableFuture<Void>> nodes =
        IntStream.range(0, 5)
            .mapToObj(i -> CompletableFuture.runAsync(() -> profile.prepare(database.config())))
            .toList();
    assertThat(nodes).allSatisfy(node -> assertThat(node).succeedsWithin(Duration.ofMinutes(3)));
  }

  @Test
  void where_the_schema_may_not_be_changed_the_error_says_what_is_missing_and_what_to_do() {
    assertThatThrownBy(() -> profile.prepare(with("perille.storage.schema", "validate")))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("version 0")
        .hasMessageContaining("001.sql")
        .hasMessageContaining("perille.storage.schema = migrate");
    profile.prepare(database.config());
    profile.prepare(with("perille.storage.schema", "validate"));
  }

  @Test
  void a_schema_mode_that_does_not_exist_is_refused() {
    assertThatThrownBy(() -> profile.prepare(with("perille.storage.schema", "maybe")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("'maybe'")
        .hasMessageContaining("migrate or validate");
  }

  @Test
  void tables_of_a_newer_version_are_left_alone() throws Exception {
    profile.prepare(database.config());
    execute("INSERT INTO perille_schema (version, format_version) VALUES (99, 1)");
    assertThatThrownBy(() -> profile.prepare(database.config()))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("version 99")
        .hasMessageContaining("newer version");
  }

  @Test
  void data_in_a_newer_format_is_left_alone() throws Exception {
    profile.prepare(database.config());
    execute("UPDATE perille_schema SET format_version = 2");
    assertThatThrownBy(() -> profile.prepare(database.config()))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("format version 2")
        .hasMessageContaining("newer version");
  }

  @Test
  void the_database_of_a_snapshot_from_before_version_1_is_refused_and_not_changed()
      throws Exception {
    execute(
        "CREATE TABLE perille_schema (version INTEGER PRIMARY KEY, applied_at TIMESTAMP DEFAULT"
            + " CURRENT_TIMESTAMP NOT NULL)");
    execute("CREATE TABLE perille_topic (name VARCHAR(100) PRIMARY KEY, partitions INTEGER)");
    execute("INSERT INTO perille_schema (version) VALUES (1), (2), (3), (4), (5), (6), (7)");
    List<String> before = SchemaListing.of(connect(database));
    for (String mode : List.of("migrate", "validate")) {
      assertThatThrownBy(() -> profile.prepare(with("perille.storage.schema", mode)))
          .isInstanceOf(StorageException.class)
          .hasMessageContaining("jdbc:" + profile.name())
          .hasMessageContaining("snapshot of Perille from before version 1")
          .hasMessageContaining("schema version 7")
          .hasMessageContaining("choose another");
    }
    assertThat(SchemaListing.of(connect(database))).isEqualTo(before);
  }

  @Test
  void the_first_version_of_a_snapshot_is_refused_too() throws Exception {
    execute("CREATE TABLE perille_schema (version INTEGER PRIMARY KEY)");
    execute("INSERT INTO perille_schema (version) VALUES (1)");
    assertThatThrownBy(() -> profile.prepare(database.config()))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("schema version 1, without a format version");
  }

  @Test
  void tables_without_their_version_are_refused() throws Exception {
    profile.prepare(database.config());
    execute("DROP TABLE perille_schema");
    assertThatThrownBy(() -> profile.prepare(database.config()))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("perille_journal, ")
        .hasMessageContaining("without the table perille_schema")
        .hasMessageContaining("choose another");
  }

  @Test
  void a_creation_that_was_interrupted_is_completed() throws Exception {
    profile.prepare(database.config());
    List<String> complete = SchemaListing.of(connect(database));
    execute("DELETE FROM perille_schema");
    execute("DROP TABLE perille_subscription");
    execute("DROP TABLE \"perille_snapshot\"");
    profile.prepare(database.config());
    assertThat(SchemaListing.of(connect(database))).isEqualTo(complete);
  }

  @Test
  void a_second_start_changes_nothing() throws Exception {
    profile.prepare(database.config());
    profile.registerTopics(database.config(), Map.of("orders", 16));
    List<String> before = SchemaListing.of(connect(database));
    profile.prepare(database.config());
    assertThat(SchemaListing.of(connect(database))).isEqualTo(before);
    assertThatThrownBy(() -> profile.registerTopics(database.config(), Map.of("orders", 8)))
        .hasMessageContaining("16");
  }

  @Test
  void a_changed_number_of_partitions_is_refused_with_both_numbers() {
    profile.prepare(database.config());
    profile.registerTopics(database.config(), Map.of("orders", 16, "other", 4));
    profile.registerTopics(database.config(), Map.of("orders", 16));
    assertThatThrownBy(() -> profile.registerTopics(database.config(), Map.of("orders", 8)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("'orders'")
        .hasMessageContaining("16")
        .hasMessageContaining("8");
  }

  private static RegisteredSubscription subscription(String name, Instant seen) {
    return new RegisteredSubscription(
        "orders",
        name,
        name + "-now",
        List.of(name, name + "-then"),
        SubscriptionKind.TRANSACTIONAL,
        Guarantee.EFFECTIVELY_ONCE,
        Optional.of("jdbc:h2:file:/a, table PUBLIC.perille_cursor"),
        seen,
        seen,
        Optional.empty());
  }

  @Test
  void nodes_use_the_registry_one_after_the_other_and_work_that_fails_leaves_nothing() {
    Config config = database.config();
    profile.prepare(config);
    List<CompletableFuture<Integer>> nodes =
        IntStream.range(0, 5)
            .mapToObj(
                i ->
                    CompletableFuture.supplyAsync(
                        () ->
                            profile.<Integer>withSubscriptions(
                                config,
                                registry -> {
                                  int before = registry.subscriptions().size();
                                  registry.store(subscription("s" + i, registry.now()));
                                  return before;
                                })))
            .toList();
    assertThat(nodes.stream().map(CompletableFuture::join))
        .containsExactlyInAnyOrder(0, 1, 2, 3, 4);
    assertThatThrownBy(
            () ->
                profile.withSubscriptions(
                    config,
                    registry -> {
                      registry.store(subscription("s9", registry.now()));
                      throw new ConfigurationException("planned");
                    }))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage("planned");
    RegisteredSubscription removed =
        profile.withSubscriptions(
            config,
            registry -> {
              RegisteredSubscription changed = subscription("s0", registry.now());
              registry.store(changed.removed(registry.now()));
              return changed.removed(registry.now());
            });
    assertThat(profile.withSubscriptions(config, SubscriptionRegistry::subscriptions))
        .hasSize(5)
        .contains(removed)
        .extracting(RegisteredSubscription::storedName)
        .containsExactly("s0", "s1", "s2", "s3", "s4");
  }

  @Test
  void a_database_that_cant_be_reached_is_named_with_a_remedy() throws Exception {
    Config config = ConfigFactory.parseMap(unreachable(directory)).withFallback(database.config());
    assertThat(profile.ping(database.config()).isPresent())
        .isEqualTo(profile.name().equals("postgresql"));
    assertThatThrownBy(() -> profile.ping(config)).isInstanceOf(StorageException.class);
    assertThatThrownBy(() -> profile.prepare(config))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("jdbc:")
        .hasMessageContaining("Check perille.storage");
  }
}
