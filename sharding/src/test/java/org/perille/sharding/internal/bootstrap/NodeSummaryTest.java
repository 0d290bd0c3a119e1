package org.perille.sharding.internal.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NodeSummaryTest {
  @Test
  void a_node_says_where_it_stores_and_what_it_does() {
    NodeSummary node =
        new NodeSummary(
            "postgresql at jdbc:postgresql://db/shop",
            "pekko://perille@10.0.0.1:25520",
            Set.of("pekko://perille@10.0.0.1:25520", "pekko://perille@10.0.0.2:25520"),
            "lease-majority",
            Set.of("log", "mail"),
            true,
            Set.of("orders"),
            List.of("orders/mails"));
    assertThat(node.line())
        .isEqualTo(
            "Perille is ready: storage postgresql at jdbc:postgresql://db/shop; node"
                + " pekko://perille@10.0.0.1:25520, one of 2 in its cluster:"
                + " [pekko://perille@10.0.0.1:25520, pekko://perille@10.0.0.2:25520] (after a split"
                + " lease-majority decides); roles [log, mail]; it owns partitions of the topics"
                + " [orders], handles the subscriptions [orders/mails] and publishes");
  }

  @Test
  void a_node_that_only_publishes_says_so() {
    NodeSummary node =
        new NodeSummary(
            "h2 at jdbc:h2:file:./data/perille",
            "pekko://perille@127.0.0.1:1",
            Set.of("pekko://perille@127.0.0.1:1"),
            "keep-majority",
            Set.of(),
            false,
            Set.of("orders"),
            List.of());
    assertThat(node.line())
        .isEqualTo(
            "Perille is ready: storage h2 at jdbc:h2:file:./data/perille; node"
                + " pekko://perille@127.0.0.1:1, alone in its cluster; roles none; it owns no"
                + " partitions, handles no subscription and publishes");
  }
}
