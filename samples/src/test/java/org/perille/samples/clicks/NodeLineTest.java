package org.perille.samples.clicks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NodeLineTest {
  @Test
  void what_a_node_says_is_understood() {
    for (NodeLine word : NodeLine.values()) {
      assertThat(NodeLine.parse(word.with("a rest"))).contains(new NodeLine.Said(word, "a rest"));
      assertThat(NodeLine.parse(word.with(""))).contains(new NodeLine.Said(word, ""));
    }
  }

  @Test
  void half_a_line_and_what_a_library_prints_are_passed_over() {
    assertThat(NodeLine.parse("CRA")).isEmpty();
    assertThat(NodeLine.parse("HANDLED")).isEmpty();
    assertThat(NodeLine.parse("WARNING: something")).isEmpty();
    assertThat(NodeLine.parse("")).isEmpty();
  }
}
