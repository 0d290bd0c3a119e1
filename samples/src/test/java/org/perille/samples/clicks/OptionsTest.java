package org.perille.samples.clicks;

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
  void every_option_is_taken() {
    String line = "--clicks 500 --links 20 --crashes 4 --rate 100 --seed 7 --data d --help";
    assertThat(Options.parse(List.of(line.split(" "))))
        .isEqualTo(new Options(Optional.of(Path.of("d")), 500, 20, 4, 7, 100, true));
  }

  @Test
  void without_options_it_crashes_at_every_place() {
    assertThat(Options.parse(List.of())).isEqualTo(Options.DEFAULT);
    assertThat(Options.DEFAULT.crashes()).isGreaterThanOrEqualTo(Crash.Place.values().length);
  }

  @ParameterizedTest
  @CsvSource({
    "--fast,        unknown option '--fast'",
    "--data,        --data needs a value",
    "--data|,       --data is empty",
    "--clicks|99,   --clicks is '99': use a number from 100 to 1000000",
    "--links|0,     --links is '0'",
    "--crashes|51,  --crashes is '51': use a number from 0 to 50",
    "--seed|x,      --seed is 'x'",
    "--rate|0.5,    --rate is '0.5'",
  })
  void a_wrong_option_is_named_with_its_value_and_the_way_to_help(String line, String message) {
    assertThatThrownBy(() -> Options.parse(List.of(line.split("\\|", -1))))
        .isInstanceOf(WrongUseException.class)
        .hasMessageContaining(message)
        .hasMessageEndingWith("see --help");
  }

  @Test
  void a_node_has_its_task_in_arguments() {
    for (Optional<Crash> crash :
        List.of(Optional.<Crash>empty(), Optional.of(new Crash(Crash.Place.BEFORE_WORK, 12)))) {
      ClicksNode.Task task = new ClicksNode.Task(Path.of("d"), 500, 20, 7, 100, 250, crash);
      assertThat(ClicksNode.Task.of(task.arguments())).isEqualTo(task);
    }
  }
}
