package org.perille.proof.actors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.perille.testkit.history.Phase;

class PhaseTableTest {

  @Test
  void every_message_that_means_something_is_there() {
    assertThat(PhaseTable.types())
        .isNotEmpty()
        .allSatisfy(
            type ->
                assertThatCode(
                        () -> Class.forName(type, false, PhaseTableTest.class.getClassLoader()))
                    .doesNotThrowAnyException());
  }

  @Test
  void what_is_not_looked_at_means_nothing() {
    assertThat(PhaseTable.of(List.of())).isEqualTo(Phase.UNKNOWN);
  }
}
