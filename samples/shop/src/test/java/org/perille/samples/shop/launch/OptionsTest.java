package org.perille.samples.shop.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.perille.samples.launch.WrongUseException;

class OptionsTest {
  private static Options parse(String... arguments) {
    return Options.parse(List.of(arguments));
  }

  @Test
  void without_options_the_shop_is_one_node_that_stays_open() {
    assertThat(parse()).isEqualTo(new Options(1, 0, false, 8080, Optional.empty(), false));
  }

  @Test
  void options_are_read() {
    assertThat(parse("--nodes", "2", "--orders", "50", "--crash", "--port", "9000", "--data", "d"))
        .isEqualTo(new Options(2, 50, true, 9000, Optional.of(Path.of("d")), false));
  }

  @Test
  void crashes_need_orders() {
    assertThat(parse("--crash").orders()).isEqualTo(300);
  }

  @Test
  void a_wrong_option_is_named() {
    assertThatThrownBy(() -> parse("--crashes"))
        .isInstanceOf(WrongUseException.class)
        .hasMessage("unknown option '--crashes'; see --help");
    assertThatThrownBy(() -> parse("--nodes", "9"))
        .isInstanceOf(WrongUseException.class)
        .hasMessageContaining("--nodes is '9': use a number from 1 to 5");
    assertThatThrownBy(() -> parse("--crash", "--orders", "3"))
        .isInstanceOf(WrongUseException.class)
        .hasMessageContaining("--crash needs 20 orders or more");
    assertThatThrownBy(() -> parse("--data"))
        .isInstanceOf(WrongUseException.class)
        .hasMessageContaining("--data needs a value");
  }
}
