package org.perille.sharding.internal.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.perille.sharding.internal.bootstrap.OtherClusters.Finding;
import org.perille.spi.NodeRegistry.Description;
import org.perille.spi.NodeRegistry.Node;
import org.perille.spi.NodeRegistry.State;

class OtherClustersTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final OtherClusters others = new OtherClusters(SECOND);

  private static Node node(long number, long cluster, long count) {
    return node(number, cluster, count, SECOND);
  }

  private static Node node(long number, long cluster, long count, Duration interval) {
    return new Node(
        number,
        cluster,
        State.MEMBER,
        new Description("node" + number, number, Set.of(), "1", interval, ""),
        Instant.EPOCH,
        Duration.ZERO,
        count);
  }

  private Finding look(Node self, Node... nodes) {
    return others.look(self, Set.of(), List.of(nodes));
  }

  @Test
  void alone_there_is_nothing_to_wait_for() {
    assertThat(look(node(1, 1, 0), node(1, 1, 0)).open()).isFalse();
  }

  @Test
  void an_older_cluster_that_counts_is_given_in_to() {
    Node self = node(7, 7, 0);
    assertThat(look(self, node(3, 3, 10)))
        .satisfies(first -> assertThat(first.open()).isTrue())
        .satisfies(first -> assertThat(first.older()).isEmpty());
    assertThat(look(self, node(3, 3, 11)).older()).contains(node(3, 3, 11));
  }

  @Test
  void a_younger_cluster_has_to_give_in_itself() {
    Node self = node(3, 3, 0);
    look(self, node(7, 7, 10));
    Finding finding = look(self, node(7, 7, 11));
    assertThat(finding.older()).isEmpty();
    assertThat(finding.younger()).containsExactly(node(7, 7, 11));
    assertThat(finding.open()).isFalse();
  }

  @Test
  void of_any_clusters_that_see_each_other_exactly_one_goes_on() {
    List<Node> nodes =
        List.of(node(1, 1, 0), node(5, 1, 0), node(2, 2, 0), node(3, 3, 0), node(9, 3, 0));
    List<Long> goOn = new ArrayList<>();
    for (Node self : nodes) {
      OtherClusters watching = new OtherClusters(SECOND);
      watching.look(self, Set.of(), nodes);
      List<Node> later =
          nodes.stream().map(n -> node(n.number(), n.cluster(), n.count() + 1)).toList();
      if (watching.look(self, Set.of(), later).older().isEmpty()) {
        goOn.add(self.cluster());
      }
    }
    assertThat(goOn).containsExactly(1L, 1L);
  }

  @Test
  void a_node_that_was_killed_is_waited_for_a_little_longer_than_its_interval() {
    Node self = node(7, 7, 0);
    Node killed = node(3, 3, 10);
    assertThat(look(self, killed).open()).isTrue();
    assertThat(look(self, killed).open()).isTrue();
    assertThat(look(self, killed).open()).isTrue();
    Finding last = look(self, killed);
    assertThat(last.open()).isFalse();
    assertThat(last.gone()).containsExactly(killed);
    assertThat(last.older()).isEmpty();
  }

  @Test
  void it_is_the_interval_of_the_other_node_that_counts() {
    Node self = node(7, 7, 0);
    Node slow = node(3, 3, 10, Duration.ofSeconds(10));
    for (int looks = 0; looks < 25; looks++) {
      assertThat(look(self, slow).gone()).isEmpty();
    }
    assertThat(look(self, slow).gone()).containsExactly(slow);
  }

  @Test
  void a_node_that_has_stopped_counting_lives_no_more_until_it_counts_again() {
    Node self = node(7, 7, 0);
    look(self, node(3, 3, 10));
    assertThat(look(self, node(3, 3, 11)).older()).isPresent();
    for (int looks = 0; looks < 3; looks++) {
      look(self, node(3, 3, 11));
    }
    assertThat(look(self, node(3, 3, 11)).older()).isEmpty();
    assertThat(look(self, node(3, 3, 12)).older()).isPresent();
  }

  @Test
  void nodes_of_one_cluster_that_can_not_reach_each_other_are_left_to_their_resolver() {
    Node self = node(7, 1, 0);
    look(self, node(1, 1, 10), node(3, 1, 10));
    Finding finding = look(self, node(1, 1, 11), node(3, 1, 11));
    assertThat(finding).isEqualTo(new Finding(finding.older(), List.of(), List.of(), false));
    assertThat(finding.older()).isEmpty();
  }

  @Test
  void a_node_that_looks_for_a_cluster_is_no_other_cluster() {
    Node self = node(7, 7, 0);
    look(self, node(3, 3, 10).in(3, State.SEEKING));
    Finding finding = look(self, node(3, 3, 11).in(3, State.SEEKING));
    assertThat(finding).isEqualTo(new Finding(finding.older(), List.of(), List.of(), false));
    assertThat(finding.older()).isEmpty();
  }

  @Test
  void a_member_is_no_stranger_whatever_its_entry_says() {
    Node self = node(7, 7, 0);
    Node member = node(3, 3, 10);
    Set<String> members = Set.of(member.description().member());
    others.look(self, members, List.of(member));
    assertThat(others.look(self, members, List.of(node(3, 3, 11))).older()).isEmpty();
  }
}
