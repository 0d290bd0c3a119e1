package org.perille.sharding.internal.bootstrap;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.cluster.Cluster;
import org.apache.pekko.cluster.UniqueAddress;
import org.apache.pekko.coordination.lease.LeaseSettings;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.perille.spi.LeaseTable;
import org.perille.spi.NodeRegistry.Description;

/**
 * The lease of one node in a table that the test controls.
 *
 * <p>Times are either so long that they never pass during a test, or a test waits until they have.
 */
class DatabaseLeaseTest {
  private static final String OTHER = "pekko://perille@elsewhere:25520#1";
  private static final String NEVER = "10m";

  private static final ActorTestKit KIT =
      ActorTestKit.create(
          "leased",
          ConfigFactory.parseMap(
                  Map.of(
                      "pekko.actor.provider", "cluster",
                      "pekko.remote.artery.canonical.hostname", "127.0.0.1",
                      "pekko.remote.artery.canonical.port", 0,
                      "pekko.cluster.jmx.enabled", "off"))
              .withFallback(ConfigFactory.load()));

  private final Table table = new Table();
  private final CompletableFuture<Optional<Throwable>> lost = new CompletableFuture<>();
  private Optional<DatabaseLease> lease = Optional.empty();

  @AfterAll
  static void shutDown() {
    KIT.shutdownTestKit();
  }

  /** Ends the heartbeats. A broken database doesn't matter. */
  @AfterEach
  void release() {
    table.unblock();
    lease.ifPresent(held -> held.release().toCompletableFuture().join());
  }

  /** One lease. Its database can be gone, or hang before a lease is taken. */
  private static final class Table implements LeaseTable {
    private String owner = "";
    private long version;
    private int reads;
    private int renewals;
    private int failures;
    private boolean holderLives;
    private Optional<SQLException> gone = Optional.empty();
    private Optional<Outcome> refusal = Optional.empty();
    private CompletableFuture<Void> mayTake = CompletableFuture.completedFuture(null);
    private final CompletableFuture<Void> taking = new CompletableFuture<>();

    synchronized void heldBy(String holder, boolean lives) {
      owner = holder;
      holderLives = lives;
    }

    synchronized void breakDown() {
      gone = Optional.of(new SQLException("planned", "08006"));
    }

    synchronized int repair() {
      gone = Optional.empty();
      return renewals;
    }

    synchronized int failures() {
      return failures;
    }

    synchronized void refuse(Outcome outcome) {
      refusal = Optional.of(outcome);
    }

    synchronized void block() {
      mayTake = new CompletableFuture<>();
    }

    synchronized void unblock() {
      mayTake.complete(null);
    }

    synchronized String owner() {
      return owner;
    }

    synchronized int reads() {
      return reads;
    }

    synchronized int renewals() {
      return renewals;
    }

    private void requireDatabase() throws SQLException {
      if (gone.isPresent()) {
        failures++;
        throw gone.get();
      }
    }

    @Override
    public synchronized Lease read(String name) throws SQLException {
      reads++;
      requireDatabase();
      if (holderLives) {
        version++;
      }
      return new Lease(owner, version);
    }

    private synchronized CompletableFuture<Void> mayTake() {
      return mayTake;
    }

    @Override
    public Outcome take(String name, long expected, String address, long uid) throws SQLException {
      taking.complete(null);
      mayTake().join();
      synchronized (this) {
        requireDatabase();
        if (refusal.isPresent()) {
          return refusal.get();
        }
        if (expected != version) {
          return Outcome.CHANGED;
        }
        owner = Description.member(address, uid);
        version++;
        return Outcome.TAKEN;
      }
    }

    @Override
    public synchronized boolean renew(String name, String holder) throws SQLException {
      requireDatabase();
      renewals++;
      version++;
      return owner.equals(holder);
    }

    @Override
    public synchronized void release(String name, String holder) throws SQLException {
      requireDatabase();
      if (owner.equals(holder)) {
        owner = "";
      }
    }

    @Override
    public void close() {}
  }

  private DatabaseLease lease(String heartbeat, String timeout, String operation) {
    Config settings =
        ConfigFactory.parseMap(
                Map.of(
                    "heartbeat-interval", heartbeat,
                    "heartbeat-timeout", timeout,
                    "lease-operation-timeout", operation))
            .withFallback(KIT.system().settings().config().getConfig("perille.cluster.lease"));
    DatabaseLease created =
        new DatabaseLease(
            LeaseSettings.apply(settings, "sides", "node"),
            (ExtendedActorSystem) Adapter.toClassic(KIT.system()),
            table);
    lease = Optional.of(created);
    return created;
  }

  private static String self() {
    UniqueAddress address = Cluster.get(Adapter.toClassic(KIT.system())).selfUniqueAddress();
    return Description.member(address.address().toString(), address.longUid());
  }

  private static boolean get(CompletionStage<Boolean> answer) throws Exception {
    return answer.toCompletableFuture().get(180, SECONDS);
  }

  @Test
  void a_free_lease_is_taken_and_held() throws Exception {
    DatabaseLease free = lease("10ms", NEVER, NEVER);
    assertThat(free.checkLease()).isFalse();
    assertThat(get(free.acquire(lost::complete))).isTrue();
    assertThat(table.owner()).isEqualTo(self());
    await().atMost(180, SECONDS).until(() -> table.renewals() > 2);
    assertThat(free.checkLease()).isTrue();
    assertThat(lost).isNotDone();
  }

  @Test
  void a_lease_of_a_node_that_is_alive_is_refused() throws Exception {
    table.heldBy(OTHER, true);
    DatabaseLease held = lease("10ms", NEVER, NEVER);
    assertThat(get(held.acquire(lost::complete))).isFalse();
    assertThat(table.owner()).isEqualTo(OTHER);
    assertThat(held.checkLease()).isFalse();
  }

  @Test
  void a_lease_of_a_node_that_no_longer_renews_it_is_taken_over_after_the_time_out()
      throws Exception {
    table.heldBy(OTHER, false);
    DatabaseLease expired = lease("10ms", "40ms", NEVER);
    assertThat(get(expired.acquire(lost::complete))).isTrue();
    assertThat(table.owner()).isEqualTo(self());
    assertThat(table.reads()).as("the reads, of which one shows no life").isGreaterThan(1);
  }

  @Test
  void a_holder_is_believed_until_its_time_out_is_over() throws Exception {
    table.heldBy(OTHER, false);
    DatabaseLease notExpired = lease("10ms", NEVER, NEVER);
    CompletionStage<Boolean> answer = notExpired.acquire(lost::complete);
    await().atMost(180, SECONDS).until(() -> table.reads() > 2);
    assertThat(answer.toCompletableFuture()).isNotDone();
    assertThat(table.owner()).isEqualTo(OTHER);
    table.heldBy("", false);
    assertThat(get(answer)).isTrue();
  }

  @Test
  void a_node_that_others_have_downed_gets_no_lease() throws Exception {
    table.refuse(LeaseTable.Outcome.DOWNED);
    assertThat(get(lease("10ms", NEVER, NEVER).acquire(lost::complete))).isFalse();
  }

  @Test
  void without_the_database_an_attempt_ends_with_its_time() {
    table.breakDown();
    DatabaseLease unreachable = lease("10ms", NEVER, "50ms");
    assertThat(unreachable.acquire(lost::complete).toCompletableFuture())
        .failsWithin(Duration.ofMinutes(3))
        .withThrowableThat()
        .withCauseInstanceOf(TimeoutException.class);
    assertThat(unreachable.checkLease()).isFalse();
  }

  @Test
  void a_lease_that_was_taken_too_late_is_released() throws Exception {
    table.block();
    DatabaseLease late = lease("10ms", NEVER, "50ms");
    CompletableFuture<Boolean> answer = late.acquire(lost::complete).toCompletableFuture();
    table.taking.get(180, SECONDS);
    assertThat(answer).failsWithin(Duration.ofMinutes(3));
    table.unblock();
    // The thread answers after it has released the lease that it took.
    assertThat(get(late.release())).isTrue();
    assertThat(table.owner()).isEmpty();
    assertThat(late.checkLease()).isFalse();
  }

  @Test
  void the_holder_loses_the_lease_when_the_database_is_gone() throws Exception {
    DatabaseLease held = lease("10ms", "100ms", NEVER);
    assertThat(get(held.acquire(lost::complete))).isTrue();
    table.breakDown();
    assertThat(lost.get(180, SECONDS))
        .hasValueSatisfying(cause -> assertThat(cause).hasMessage("planned"));
    assertThat(held.checkLease()).isFalse();
    assertThat(table.owner()).as("the lease remains until others see that it ended").isNotEmpty();
  }

  @Test
  void a_failure_shorter_than_the_time_out_loses_nothing() throws Exception {
    DatabaseLease held = lease("10ms", NEVER, NEVER);
    assertThat(get(held.acquire(lost::complete))).isTrue();
    table.breakDown();
    await().atMost(180, SECONDS).until(() -> table.failures() > 2);
    int renewals = table.repair();
    await().atMost(180, SECONDS).until(() -> table.renewals() > renewals);
    assertThat(held.checkLease()).isTrue();
    assertThat(lost).isNotDone();
  }

  @Test
  void a_release_that_fails_ends_the_lease_on_this_node() throws Exception {
    DatabaseLease held = lease("10ms", NEVER, NEVER);
    assertThat(get(held.acquire(lost::complete))).isTrue();
    table.breakDown();
    assertThat(get(held.release())).isFalse();
    assertThat(held.checkLease()).isFalse();
  }

  @Test
  void the_holder_is_notified_when_another_node_has_the_lease() throws Exception {
    DatabaseLease held = lease("10ms", NEVER, NEVER);
    assertThat(get(held.acquire(lost::complete))).isTrue();
    table.heldBy(OTHER, false);
    assertThat(lost.get(180, SECONDS)).isEmpty();
    assertThat(held.checkLease()).isFalse();
  }

  @Test
  void a_released_lease_is_free_for_others_at_once() throws Exception {
    DatabaseLease held = lease("10ms", NEVER, NEVER);
    assertThat(get(held.acquire(lost::complete))).isTrue();
    assertThat(get(held.release())).isTrue();
    assertThat(table.owner()).isEmpty();
    assertThat(held.checkLease()).isFalse();
    assertThat(lost).isNotDone();
    assertThat(get(held.acquire())).isTrue();
  }
}
