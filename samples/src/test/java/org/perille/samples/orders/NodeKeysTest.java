package org.perille.samples.orders;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perille.samples.orders.NodeKeys.State;

class NodeKeysTest {
  private static NodeKeys.Node node(int number, State state) {
    return new NodeKeys.Node(number, 100 + number, state);
  }

  private static final List<NodeKeys.Node> THREE =
      List.of(node(1, State.READY), node(2, State.READY), node(4, State.STARTING));

  private static NodeKeys.Action action(String line, List<NodeKeys.Node> nodes) {
    return NodeKeys.action(line, nodes).orElseThrow();
  }

  private static String said(String line, List<NodeKeys.Node> nodes) {
    return ((NodeKeys.Say) action(line, nodes)).text();
  }

  @Test
  void without_a_number_the_newest_node_is_meant() {
    assertThat(action("-", THREE)).isEqualTo(new NodeKeys.Stop(4));
    assertThat(action("k", THREE)).isEqualTo(new NodeKeys.Kill(4));
    assertThat(action("p", THREE)).isEqualTo(new NodeKeys.Pause(4));
  }

  @Test
  void a_number_names_the_node() {
    assertThat(action("-1", THREE)).isEqualTo(new NodeKeys.Stop(1));
    assertThat(action("k2", THREE)).isEqualTo(new NodeKeys.Kill(2));
    assertThat(action(" P 2 ", THREE)).isEqualTo(new NodeKeys.Pause(2));
  }

  @Test
  void a_node_that_does_not_run_is_refused() {
    assertThat(said("k3", THREE)).isEqualTo("node 3 doesn't run; ? lists the nodes");
  }

  @Test
  void without_any_node_only_one_can_be_added() {
    assertThat(action("+", List.of())).isEqualTo(NodeKeys.Add.NODE);
    for (String key : List.of("-", "k", "p", "k1")) {
      assertThat(said(key, List.of())).isEqualTo("no node runs; + adds one");
    }
    assertThat(said("?", List.of())).startsWith("no node runs\n");
  }

  @Test
  void no_more_than_nine_nodes_run() {
    List<NodeKeys.Node> nine =
        IntStream.rangeClosed(1, 9).mapToObj(number -> node(number, State.READY)).toList();
    assertThat(action("+", nine.subList(1, 9))).isEqualTo(NodeKeys.Add.NODE);
    assertThat(said("+", nine)).isEqualTo("no node is added: 9 nodes is the limit");
  }

  @Test
  void a_paused_node_is_resumed_first() {
    List<NodeKeys.Node> nodes =
        List.of(node(1, State.READY), node(2, State.PAUSED), node(3, State.READY));
    assertThat(action("p", nodes)).isEqualTo(new NodeKeys.Resume(2));
    assertThat(action("p3", nodes)).isEqualTo(new NodeKeys.Pause(3));
    assertThat(action("p2", nodes)).isEqualTo(new NodeKeys.Resume(2));
  }

  @Test
  void a_paused_node_can_be_killed_but_not_stopped() {
    List<NodeKeys.Node> nodes = List.of(node(1, State.READY), node(2, State.PAUSED));
    assertThat(action("k", nodes)).isEqualTo(new NodeKeys.Kill(2));
    assertThat(action("-", nodes)).isEqualTo(new NodeKeys.Stop(1));
    assertThat(said("-2", nodes))
        .isEqualTo("node 2 is paused and can't stop: resume it with p2, or kill it with k2");
  }

  @Test
  void a_node_that_is_stopping_can_only_be_killed() {
    List<NodeKeys.Node> nodes = List.of(node(1, State.STOPPING));
    assertThat(said("-", nodes)).isEqualTo("node 1 is stopping already");
    assertThat(said("p", nodes)).isEqualTo("node 1 is stopping and isn't paused");
    assertThat(action("k", nodes)).isEqualTo(new NodeKeys.Kill(1));
  }

  @Test
  void the_list_has_name_pid_and_state_of_each_node_and_the_keys() {
    for (String key : List.of("?", "h", "H")) {
      assertThat(said(key, THREE))
          .isEqualTo(
              "node 1 (pid 101) ready, node 2 (pid 102) ready, node 4 (pid 104) starting\n"
                  + NodeKeys.HELP);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "++", "+2", "?1", "k1k2", "k-1", "k99999999999", "quit"})
  void anything_else_is_refused_and_leads_to_the_help(String line) {
    assertThat(said(line, THREE)).isEqualTo("'" + line + "' is not a key; ? lists the keys");
  }

  @Test
  void a_blank_line_does_nothing() {
    assertThat(NodeKeys.action("  ", THREE)).isEmpty();
  }

  @Test
  void a_long_line_is_not_repeated_as_a_whole() {
    assertThat(said("y".repeat(500), THREE)).hasSizeLessThan(60);
  }
}
