package org.perille.samples.orders;

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
  void without_options_it_is_one_node_at_full_speed_on_temporary_data() {
    assertThat(Options.parse(List.of()))
        .isEqualTo(new Options(Optional.empty(), Optional.empty(), Optional.empty(), 1, false));
  }

  @Test
  void every_option_is_taken() {
    List<String> arguments =
        List.of("--nodes", "3", "--rate", "500", "--data", "d", "--input", "i.csv", "--help");
    assertThat(Options.parse(arguments))
        .isEqualTo(
            new Options(
                Optional.of(Path.of("d")),
                Optional.of(Path.of("i.csv")),
                Optional.of(500),
                3,
                true));
  }

  @ParameterizedTest
  @CsvSource({
    "--fast,        unknown option '--fast'",
    "--data,        --data needs a value",
    "--data|,       --data is empty",
    "--rate|0,      --rate is '0'",
    "--rate|quick,  --rate is 'quick'",
    "--nodes|-1,    --nodes is '-1'",
    "--nodes|10,    use a number from 1 to 9",
    "--nodes|3.5,   --nodes is '3.5'",
  })
  void a_wrong_option_is_named_with_its_value_and_the_way_to_help(String line, String message) {
    assertThatThrownBy(() -> Options.parse(List.of(line.split("\\|", -1))))
        .isInstanceOf(WrongUseException.class)
        .hasMessageContaining(message)
        .hasMessageEndingWith("see --help");
  }
}
