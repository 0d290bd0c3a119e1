package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perille.ConfigurationException;
import org.perille.Perille;
import org.perille.persistence.Databases.Database;

/** One cluster uses a database, on every database. */
abstract class OneClusterContract {
  @TempDir Path directory;

  abstract Database database(Path directory);

  /** Returns the configuration of a node that joins no other one. */
  abstract Config alone(Config config);

  @Test
  void a_second_cluster_does_not_start_and_the_first_one_goes_on() {
    Config config = database(directory).config();
    try (Perille first = Perille.start(config)) {
      assertThatThrownBy(() -> Perille.start(alone(config)).close())
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("second cluster")
          .hasMessageContaining(
              org.apache.pekko.cluster.typed.Cluster.get(first.system())
                  .selfMember()
                  .address()
                  .toString())
          .hasMessageContaining("pekko.cluster.seed-nodes")
          .hasMessageContaining("perille.storage");
      assertThat(first.health().ready()).isTrue();
    }
    // A stopped cluster doesn't prevent another one.
    Perille.start(config).close();
  }

  @Test
  void of_two_that_start_at_the_same_moment_one_starts() {
    Config config = database(directory).config();
    List<CompletableFuture<Perille>> starts = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      starts.add(CompletableFuture.supplyAsync(() -> Perille.start(alone(config))));
    }
    List<Perille> started = new ArrayList<>();
    for (CompletableFuture<Perille> start : starts) {
      try {
        started.add(start.join());
      } catch (CompletionException e) {
        assertThat(e).hasCauseInstanceOf(ConfigurationException.class);
      }
    }
    assertThat(started).hasSize(1);
    await().atMost(60, SECONDS).until(() -> started.get(0).health().ready());
    started.get(0).close();
  }
}
