package org.perille.proof.actors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.perille.testkit.history.Phase;

class MeaningsTest {

  @Test
  void every_message_that_means_something_is_there() {
    assertThat(Meanings.types())
        .isNotEmpty()
        .allSatisfy(
            type ->
                assertThatCode(
                        () -> Class.forName(type, false, MeaningsTest.class.getClassLoader()))
                    .doesNotThrowAnyException());
  }

  @Test
  void what_is_not_looked_at_means_nothing() {
    assertThat(Meanings.of(List.of())).isEqualTo(Phase.UNKNOWN);
  }
}
