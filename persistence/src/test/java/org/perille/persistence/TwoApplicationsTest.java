package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.sql.Connection;
import java.sql.Statement;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.pekko.cluster.typed.Cluster;
import org.junit.jupiter.api.Test;
import org.perille.ConfigurationException;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.Databases.Database;

/** Two applications with clusters of their own on one PostgreSQL database. */
class TwoApplicationsTest {
  record Note(String key, String from) implements PerilleMessage {}

  private static final Topic<Note> NOTES =
      Topic.of("notes", Note.class).keyedBy(Note::key).withPartitions(2);

  private final Database database = Databases.postgresql();

  /** Returns the settings of an application whose tables are in a schema of its own. */
  private Config inSchema(String schema) throws Exception {
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE SCHEMA " + schema);
    }
    String path = "perille.storage.postgresql.url";
    String url = database.config().getString(path);
    return ConfigFactory.parseMap(
            Map.of(path, url + (url.contains("?") ? "&" : "?") + "currentSchema=" + schema))
        .withFallback(database.config());
  }

  private static Perille start(Config config, Queue<String> handled) {
    return Perille.start(
        config,
        Subscription.of("reading", NOTES)
            .atLeastOnce(delivery -> handled.add(delivery.payload().from())));
  }

  private static int members(Perille perille) {
    int members = 0;
    for (var unused : Cluster.get(perille.system()).state().getMembers()) {
      members++;
    }
    return members;
  }

  @Test
  void each_has_its_own_cluster_and_messages_in_a_schema_of_its_own() throws Exception {
    Queue<String> first = new ConcurrentLinkedQueue<>();
    Queue<String> second = new ConcurrentLinkedQueue<>();
    try (Perille one = start(inSchema("one"), first);
        Perille other = start(inSchema("other"), second)) {
      assertThat(members(one)).isEqualTo(1);
      assertThat(members(other)).isEqualTo(1);
      for (Map.Entry<String, Perille> node : Map.of("one", one, "other", other).entrySet()) {
        node.getValue()
            .publisher(NOTES)
            .publish(new Note("key", node.getKey()))
            .toCompletableFuture()
            .get(180, SECONDS);
      }
      await().atMost(180, SECONDS).until(() -> !first.isEmpty() && !second.isEmpty());
    }
    assertThat(first).containsExactly("one");
    assertThat(second).containsExactly("other");
  }

  @Test
  void a_second_application_in_the_schema_of_the_first_one_is_refused() throws Exception {
    Queue<String> handled = new ConcurrentLinkedQueue<>();
    Config config = inSchema("shared");
    Topic<Note> bills = Topic.of("bills", Note.class).keyedBy(Note::key).withPartitions(2);
    try (Perille one = start(config, handled)) {
      assertThatThrownBy(() -> Perille.start(config, bills).close())
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("bills")
          .hasMessageContaining("notes")
          .hasMessageContaining("currentSchema");
      assertThat(one.health().ready()).isTrue();
      // A new version of an application has some of its topics, and new ones.
      Perille.start(config, NOTES, bills).close();
    }
    // Nothing of the application is running any more.
    Perille.start(config, bills).close();
  }
}
