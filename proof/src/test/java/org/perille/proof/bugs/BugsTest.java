package org.perille.proof.bugs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BugsTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  static Stream<Bug> bugs() {
    return Bugs.ALL.stream();
  }

  @ParameterizedTest
  @MethodSource("bugs")
  void the_text_that_a_bug_replaces_stands_once_in_its_source(Bug bug) throws IOException {
    String source = Files.readString(ROOT.resolve(bug.path()));
    assertThat(bug.in(source)).isNotEqualTo(source);
  }
}
