package org.perille.samples.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perille.samples.launch.WrongUseException;

class OptionsTest {
  @Test
  void options_replace_the_defaults() {
    Options options =
        Options.parse(
            List.of(
                "--naive", "--transfers", "200", "--accounts", "7", "--kills", "0", "--seed", "9"));
    assertThat(options).isEqualTo(new Options(7, 200, 0, 9, true, false));
    assertThat(Options.parse(List.of())).isEqualTo(Options.DEFAULT);
    assertThat(Options.parse(List.of("--help")).help()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"--transfers", "--transfers 0", "--kills 51", "--accounts 1", "--nodes 3"})
  void wrong_options_are_named(String line) {
    List<String> arguments = List.of(line.split(" "));
    assertThatThrownBy(() -> Options.parse(arguments))
        .isInstanceOf(WrongUseException.class)
        .hasMessageContaining(arguments.get(0));
  }
}
