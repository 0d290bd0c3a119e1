package org.perille.samples.payments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perille.samples.launch.WrongUseException;

class OptionsTest {
  @Test
  void without_options_there_are_four_crashes_on_temporary_data() {
    assertThat(Options.parse(List.of()))
        .isEqualTo(new Options(Optional.empty(), 1, 1_000, 4, false));
  }

  @Test
  void every_option_is_taken() {
    List<String> arguments =
        List.of("--data", "d", "--seed", "-7", "--payments", "80", "--crashes", "3", "--help");
    assertThat(Options.parse(arguments))
        .isEqualTo(new Options(Optional.of(Path.of("d")), -7, 80, 3, true));
  }

  @ParameterizedTest
  @CsvSource({
    "--fast,          unknown option '--fast'",
    "--data,          --data needs a value",
    "--data|,         --data is empty",
    "--payments|19,   use a number from 20 to 100000",
    "--crashes|-1,    use a number from 0 to 50",
    "--seed|one,      --seed is 'one'",
    "--payments|99,   99 payments are too few for 4 crashes",
  })
  void a_wrong_option_is_named_with_its_value_and_the_way_to_help(String line, String message) {
    assertThatThrownBy(() -> Options.parse(List.of(line.split("\\|", -1))))
        .isInstanceOf(WrongUseException.class)
        .hasMessageContaining(message)
        .hasMessageEndingWith("see --help");
  }
}
