package org.perille.sharding.internal.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RolesTest {
  @Test
  void the_role_that_pekko_adds_is_not_shown() {
    assertThat(Roles.given(List.of("mail", "dc-default", "audit")))
        .containsExactly("audit", "mail");
    assertThat(Roles.given(List.of("dc-default"))).isEmpty();
  }
}
