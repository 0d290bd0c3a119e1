package org.perille.persistence.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UnusedConnectionsTest {
  private final UnusedConnections unused = new UnusedConnections();

  private static CursorTable.CursorKey place(String subscription, int partition) {
    return new CursorTable.CursorKey("orders", subscription, partition);
  }

  @Test
  void a_handler_that_never_uses_its_connection_is_warned_of_once() {
    assertThat(unused.handled(place("payment", 0), UnusedConnections.MESSAGES - 1, false))
        .isFalse();
    assertThat(unused.handled(place("payment", 1), 1, false)).isTrue();
    assertThat(unused.handled(place("payment", 0), 100, false)).isFalse();
    assertThat(unused.handled(place("mail", 0), 100, false)).isTrue();
  }

  @Test
  void a_handler_that_has_used_it_may_have_nothing_to_do_for_later_messages() {
    assertThat(unused.handled(place("payment", 0), 1, false)).isFalse();
    assertThat(unused.handled(place("payment", 0), 1, true)).isFalse();
    assertThat(unused.handled(place("payment", 0), 1000, false)).isFalse();
  }
}
