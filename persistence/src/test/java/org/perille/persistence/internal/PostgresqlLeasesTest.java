package org.perille.persistence.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.perille.persistence.Databases;
import org.perille.persistence.Databases.Database;
import org.perille.spi.LeaseTable;
import org.perille.spi.LeaseTable.Lease;
import org.perille.spi.LeaseTable.Outcome;
import org.perille.spi.NodeRegistry;
import org.perille.spi.NodeRegistry.Node;
import org.perille.spi.NodeRegistry.State;

class PostgresqlLeasesTest {
  private static final String LEASE = "perille-pekko-sbr";

  private final Database database = Databases.postgresql();
  private final PostgresqlStorage storage = new PostgresqlStorage();
  private NodeRegistry nodes;
  private LeaseTable leases;

  @BeforeEach
  void prepare() {
    storage.prepare(database.config());
    nodes = storage.nodes(database.config());
    leases = storage.leases(database.config()).orElseThrow();
  }

  @AfterEach
  void close() {
    nodes.close();
    leases.close();
  }

  private Node member(String address) throws SQLException {
    return nodes.register(
        new NodeRegistry.Description(address, 1, Set.of(), "1", Duration.ofSeconds(1), ""),
        State.MEMBER,
        Set.of());
  }

  private Outcome take(String address, long version) throws SQLException {
    return leases.take(LEASE, version, address, 1);
  }

  @Test
  void of_two_nodes_that_have_read_the_same_one_gets_the_lease() throws Exception {
    member("a");
    member("b");
    long version = leases.read(LEASE).version();
    assertThat(take("a", version)).isEqualTo(Outcome.TAKEN);
    assertThat(take("b", version)).isEqualTo(Outcome.CHANGED);
    assertThat(leases.read(LEASE)).isEqualTo(new Lease("a#1", version + 1));
  }

  @Test
  void the_holder_renews_it_until_another_node_has_it() throws Exception {
    member("a");
    member("b");
    take("a", leases.read(LEASE).version());
    assertThat(leases.renew(LEASE, "a#1")).isTrue();
    assertThat(leases.renew(LEASE, "b#1")).isFalse();
    assertThat(take("b", leases.read(LEASE).version())).isEqualTo(Outcome.TAKEN);
    assertThat(leases.renew(LEASE, "a#1")).isFalse();
    leases.release(LEASE, "a#1");
    assertThat(leases.read(LEASE).owner()).isEqualTo("b#1");
    leases.release(LEASE, "b#1");
    assertThat(leases.read(LEASE).owner()).isEmpty();
  }

  @Test
  void a_node_that_was_downed_or_has_no_entry_does_not_get_it() throws Exception {
    Node winner = member("a");
    Node loser = member("b");
    nodes.markDowned(winner, List.of(loser));
    assertThat(nodes.downedBy(loser)).contains("a");
    assertThat(take("b", leases.read(LEASE).version())).isEqualTo(Outcome.DOWNED);
    assertThat(take("c", leases.read(LEASE).version())).isEqualTo(Outcome.NO_MEMBER);
  }

  @Test
  void of_two_sides_that_down_each_other_the_first_one_goes_on() throws Exception {
    Node first = member("a");
    Node second = member("b");
    nodes.markDowned(first, List.of(second));
    nodes.markDowned(second, List.of(first));
    assertThat(nodes.downedBy(first)).isEmpty();
    // Counting doesn't undo it.
    assertThat(nodes.count(second))
        .filteredOn(node -> node.state() == State.DOWNED)
        .extracting(Node::number)
        .containsExactly(second.number());
  }
}
