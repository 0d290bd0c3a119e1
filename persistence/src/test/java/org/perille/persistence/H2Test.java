package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.perille.ConfigurationException;
import org.perille.Perille;
import org.perille.Receipt;
import org.perille.Topic;
import org.perille.persistence.Databases.Database;

class H2Test extends StorageContract {
  private Forces forces;

  @BeforeEach
  void record() {
    forces = Forces.of(directory.resolve("perille.mv.db"));
  }

  @AfterEach
  void stop() {
    forces.close();
  }

  @Override
  Database database(Path directory) {
    return Databases.durableH2(directory);
  }

  @Override
  long forces() throws Exception {
    return forces.count();
  }

  private static Config inMemory(String name, String sync) {
    return ConfigFactory.parseMap(
            Map.of("perille.storage.h2.directory", "mem:" + name, "perille.storage.h2.sync", sync))
        .withFallback(ConfigFactory.load());
  }

  @Test
  void a_database_in_memory_is_there_from_the_start_of_perille_to_the_end_of_the_process()
      throws Exception {
    Config config = inMemory("a-new-user", "off");
    Topic<Order> orders =
        Topic.of("orders", Order.class).keyedBy(Order::customer).withPartitions(1);
    for (int start = 0; start < 2; start++) {
      try (Perille perille = Perille.start(config, orders)) {
        Receipt receipt =
            perille
                .publisher(orders)
                .publish(new Order("c", start))
                .toCompletableFuture()
                .get(60, SECONDS);
        assertThat(receipt.offset()).isEqualTo(start);
      }
    }
  }

  @Test
  void a_database_in_memory_cant_be_forced_to_the_disk() {
    assertThatThrownBy(() -> Perille.start(inMemory("forced", "on")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("'mem:forced'")
        .hasMessageContaining("sync = off");
  }
}
