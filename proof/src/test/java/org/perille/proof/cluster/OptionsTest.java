package org.perille.proof.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class OptionsTest {

  @Test
  void a_run_is_what_its_options_say() {
    Options options =
        Options.parse(
            "--faults",
            "20",
            "--seed",
            "-3",
            "--nodes",
            "5",
            "--rate",
            "7",
            "--keep",
            "--only",
            "NODE_KILLED,DISK_FULL,SECOND_CLUSTER");
    assertThat(options.faults()).contains(20);
    assertThat(options.seed()).isEqualTo(-3);
    assertThat(options.nodes()).isEqualTo(5);
    assertThat(options.rate()).isEqualTo(7);
    assertThat(options.keep()).isTrue();
    assertThat(options.only())
        .containsExactly(FaultKind.NODE_KILLED, FaultKind.DISK_FULL, FaultKind.SECOND_CLUSTER);
    assertThat(options.brief()).isFalse();
    assertThat(Options.parse("--short").brief()).isTrue();
  }

  @Test
  void the_seed_chooses_tls_unless_an_option_does() {
    assertThat(Options.parse("--seed", "3").tls()).isTrue();
    assertThat(Options.parse("--seed", "-3").tls()).isTrue();
    assertThat(Options.parse("--seed", "4").tls()).isFalse();
    assertThat(Options.parse("--seed", "4", "--tls", "on").tls()).isTrue();
    assertThat(Options.parse("--tls", "off", "--seed", "3").tls()).isFalse();
  }

  @Test
  void a_wrong_option_is_named_with_what_it_may_be() {
    assertThatThrownBy(() -> Options.parse("--nodes", "1"))
        .hasMessageContaining("--nodes is '1': give a number from 2 to 5");
    assertThatThrownBy(() -> Options.parse("--tls", "yes"))
        .hasMessageContaining("--tls is 'yes': give on or off");
    assertThatThrownBy(() -> Options.parse("--minutes", "soon")).hasMessageContaining("'soon'");
    assertThatThrownBy(() -> Options.parse("--seed")).hasMessageContaining("--seed needs a value");
    assertThatThrownBy(() -> Options.parse("--only", "QUAKE"))
        .hasMessageContaining("there is no fault 'QUAKE'");
    assertThatThrownBy(() -> Options.parse("--long")).hasMessageContaining("'--long'");
  }
}
