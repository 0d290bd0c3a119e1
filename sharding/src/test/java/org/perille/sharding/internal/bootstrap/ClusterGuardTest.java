package org.perille.sharding.internal.bootstrap;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.perille.spi.NodeRegistry;

class ClusterGuardTest {
  private static final Config CLUSTER =
      ConfigFactory.parseMap(
              Map.of(
                  "pekko.actor.provider", "cluster",
                  "pekko.remote.artery.canonical.hostname", "127.0.0.1",
                  "pekko.remote.artery.canonical.port", 0,
                  "pekko.cluster.jmx.enabled", "off"))
          .withFallback(ConfigFactory.load());

  private static final ActorTestKit KIT = ActorTestKit.create("guarded", CLUSTER);

  private final AtomicInteger counted = new AtomicInteger();
  private final AtomicInteger failures = new AtomicInteger();
  private final Entries entries = new Entries();
  private final ClusterGuard guard = new ClusterGuard(KIT.system(), entries, Duration.ofMillis(10));

  @AfterAll
  static void shutDown() {
    KIT.shutdownTestKit();
  }

  @AfterEach
  void close() {
    guard.close();
  }

  /** A registry that fails with an error for a number of calls, and counts those that succeed. */
  private final class Entries implements NodeRegistry {
    private void fail() {
      if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        throw new NoClassDefFoundError("planned");
      }
    }

    @Override
    public Node register(Description self, State state, Set<String> members) {
      fail();
      return new Node(1, 1, state, self, Instant.EPOCH, Duration.ZERO, 0);
    }

    @Override
    public boolean form(Node self, List<Node> gone) {
      return false;
    }

    @Override
    public List<Node> count(Node self) {
      fail();
      counted.incrementAndGet();
      return List.of(self);
    }

    @Override
    public void remove(Collection<Long> numbers) {}

    @Override
    public void close() {}
  }

  @Test
  void an_error_of_the_registry_is_told_to_who_waits_and_the_node_makes_its_entry_later() {
    failures.set(1);
    assertThatThrownBy(guard::admit).hasRootCauseInstanceOf(NoClassDefFoundError.class);
    await().atMost(180, SECONDS).until(() -> counted.get() > 2);
  }

  @Test
  void a_beat_that_fails_with_an_error_is_not_the_last_one() {
    guard.admit();
    failures.set(3);
    await().atMost(180, SECONDS).until(() -> failures.get() == 0);
    int before = counted.get();
    await()
        .atMost(180, SECONDS)
        .untilAsserted(() -> assertThat(counted).hasValueGreaterThan(before + 2));
  }
}
