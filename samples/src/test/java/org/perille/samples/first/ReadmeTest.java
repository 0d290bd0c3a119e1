package org.perille.samples.first;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ReadmeTest {
  @Test
  void the_first_application_in_the_readme_is_the_one_that_compiles() throws IOException {
    String source =
        Files.readString(Path.of("src/main/java/org/perille/samples/first/FirstApplication.java"));
    assertThat(Files.readString(Path.of("../README.md")))
        .contains(source.substring(source.indexOf("import")).strip());
    assertThat(source.lines().count()).isLessThan(45);
  }

  @Test
  void the_state_machine_in_the_readme_is_the_one_that_compiles() throws IOException {
    String source =
        Files.readString(Path.of("src/main/java/org/perille/samples/first/Warehouse.java"));
    assertThat(Files.readString(Path.of("../README.md")))
        .contains(source.substring(source.indexOf("class Warehouse")).strip());
  }
}
