package org.perille.sharding.internal.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.perille.sharding.internal.bootstrap.Formation.Decision;
import org.perille.spi.NodeRegistry.Description;
import org.perille.spi.NodeRegistry.Node;
import org.perille.spi.NodeRegistry.State;

class FormationTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration CHECK = Duration.ofMillis(100);

  /** The checks of a node's start in 2.5 intervals of a heartbeat. */
  private static final int CHECKS_UNTIL_GONE = 25;

  private final Formation formation = new Formation(CHECK);
  private final Node self = seeking(7);

  private static Node node(long number, long cluster, State state, String address, String machine) {
    return new Node(
        number,
        cluster,
        state,
        new Description(address, number, Set.of(), "1", SECOND, machine),
        Instant.EPOCH,
        Duration.ZERO,
        0);
  }

  private static Node node(long number, long cluster, State state) {
    return node(
        number, cluster, state, "pekko://perille@10.0.0.%d:25520".formatted(number), "m" + number);
  }

  private static Node seeking(long number) {
    return node(number, number, State.SEEKING);
  }

  private static Node member(long number, long cluster) {
    return node(number, cluster, State.MEMBER);
  }

  private static Node counted(Node node) {
    return new Node(
        node.number(),
        node.cluster(),
        node.state(),
        node.description(),
        node.started(),
        node.idle(),
        node.count() + 1);
  }

  private Decision decide(Node... others) {
    return formation.decide(self, withSelf(List.of(others)));
  }

  private List<Node> withSelf(List<Node> others) {
    return Stream.concat(Stream.of(self), others.stream()).toList();
  }

  private Decision decideWhenAlive(Node... others) {
    decide(others);
    return formation.decide(self, withSelf(Stream.of(others).map(FormationTest::counted).toList()));
  }

  private Decision decideWhenDead(Node... others) {
    for (int check = 0; check < CHECKS_UNTIL_GONE; check++) {
      decide(others);
    }
    return decide(others);
  }

  @Test
  void a_node_that_is_alone_forms_the_cluster_at_once() {
    assertThat(decide()).isEqualTo(new Decision.Form(List.of()));
  }

  @Test
  void a_node_joins_the_members_that_are_alive() {
    Node alive = member(1, 1);
    Node other = member(3, 1);
    assertThat(decide(alive, other)).isInstanceOf(Decision.Wait.class);
    assertThat(formation.decide(self, withSelf(List.of(counted(alive), other))))
        .isEqualTo(new Decision.Join(List.of(counted(alive))));
    assertThat(formation.decide(self, withSelf(List.of(counted(counted(alive)), counted(other)))))
        .isEqualTo(new Decision.Join(List.of(counted(counted(alive)), counted(other))));
  }

  @Test
  void of_two_clusters_it_joins_the_older_one_which_goes_on() {
    Node older = member(5, 2);
    Node younger = member(3, 3);
    assertThat(decideWhenAlive(younger, older))
        .isEqualTo(new Decision.Join(List.of(counted(older))));
  }

  @Test
  void of_nodes_that_start_at_once_exactly_one_forms_the_cluster() {
    List<Node> starting = List.of(seeking(4), seeking(2), seeking(9));
    List<Long> forming = new ArrayList<>();
    for (Node each : starting) {
      Formation own = new Formation(CHECK);
      own.decide(each, starting);
      List<Node> later = starting.stream().map(FormationTest::counted).toList();
      if (own.decide(each, later) instanceof Decision.Form) {
        forming.add(each.number());
      }
    }
    assertThat(forming).containsExactly(2L);
  }

  @Test
  void nobody_forms_a_cluster_beside_one_that_is_being_formed() {
    assertThat(decideWhenAlive(node(9, 9, State.FORMING)))
        .isInstanceOfSatisfying(
            Decision.Wait.class, wait -> assertThat(wait.reason()).contains("10.0.0.9", "forms"));
  }

  @Test
  void a_node_that_dies_or_hangs_while_it_forms_the_cluster_is_replaced() {
    Node hanging = node(2, 2, State.FORMING);
    assertThat(decideWhenDead(hanging)).isEqualTo(new Decision.Form(List.of(hanging)));
  }

  @Test
  void after_a_crash_of_all_nodes_the_next_one_waits_until_their_entries_are_dead() {
    Node[] killed = {member(1, 1), member(2, 1), seeking(3)};
    for (int check = 0; check < CHECKS_UNTIL_GONE; check++) {
      assertThat(decide(killed)).isInstanceOf(Decision.Wait.class);
    }
    assertThat(decide(killed)).isEqualTo(new Decision.Form(List.of(killed)));
  }

  @Test
  void a_node_that_has_the_address_of_a_former_one_need_not_wait_for_it() {
    Node former =
        node(3, 3, State.MEMBER, self.description().address(), self.description().machine());
    assertThat(decide(former)).isEqualTo(new Decision.Form(List.of(former)));
  }

  @Test
  void the_same_loopback_address_on_another_machine_is_another_node() {
    Node here = node(7, 7, State.SEEKING, "pekko://perille@127.0.0.1:25520", "here");
    Node there = node(3, 3, State.MEMBER, "pekko://perille@127.0.0.1:25520", "there");
    assertThat(formation.decide(here, List.of(here, there))).isInstanceOf(Decision.Wait.class);
  }

  @Test
  void a_loopback_address_is_refused_if_the_cluster_is_elsewhere_and_the_setting_is_named() {
    Node here = node(7, 7, State.SEEKING, "pekko://perille@127.0.0.1:25520", "here");
    Node there = member(3, 3);
    formation.decide(here, List.of(here, there));
    assertThat(formation.decide(here, List.of(here, counted(there))))
        .isInstanceOfSatisfying(
            Decision.Refuse.class,
            refuse ->
                assertThat(refuse.reason())
                    .contains("127.0.0.1", "10.0.0.3", "pekko.remote.artery.canonical.hostname"));
  }

  @Test
  void a_cluster_at_a_loopback_address_elsewhere_is_named_with_its_setting() {
    Node there = node(3, 3, State.MEMBER, "pekko://perille@127.0.0.1:25520", "there");
    assertThat(decideWhenAlive(there))
        .isInstanceOfSatisfying(
            Decision.Refuse.class,
            refuse ->
                assertThat(refuse.reason())
                    .contains("127.0.0.1", "on that node", "artery.canonical.hostname"));
  }

  @Test
  void nodes_of_one_machine_join_each_other_at_loopback_addresses() {
    Node here = node(7, 7, State.SEEKING, "pekko://perille@127.0.0.1:25520", "one");
    Node member = node(3, 3, State.MEMBER, "pekko://perille@127.0.0.1:25521", "one");
    formation.decide(here, List.of(here, member));
    assertThat(formation.decide(here, List.of(here, counted(member))))
        .isInstanceOf(Decision.Join.class);
  }

  @Test
  void an_actor_system_of_another_name_is_refused() {
    assertThat(decideWhenAlive(node(3, 3, State.MEMBER, "pekko://shop@10.0.0.3:25520", "m3")))
        .isInstanceOfSatisfying(
            Decision.Refuse.class,
            refuse -> assertThat(refuse.reason()).contains("'shop'", "'perille'"));
  }
}
