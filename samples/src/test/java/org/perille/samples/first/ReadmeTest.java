package org.perille.samples.first;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

  @Test
  void the_hooks_in_the_documentation_are_those_that_compile() throws IOException {
    String page = Files.readString(Path.of("../docs/guides/operations.md"));
    for (String name : List.of("DeadLetterAlarm", "RequestIds")) {
      String source =
          Files.readString(Path.of("src/main/java/org/perille/samples/first/" + name + ".java"));
      assertThat(page).contains(source.substring(source.indexOf("import")).strip());
    }
  }

  @Test
  void the_tests_in_the_documentation_are_those_that_pass() throws IOException {
    String page = Files.readString(Path.of("../docs/guides/testing.md"));
    assertThat(page).contains(test("MailingTest", "class MailingTest"));
    String check = test("PaidOnceTest", "    IdempotenceCheck.of");
    String call = check.substring(0, check.indexOf(";") + 1);
    assertThat(page).contains(call);
    assertThat(Files.readString(Path.of("../README.md"))).contains(call.indent(-4).strip());
  }

  @Test
  void the_worked_examples_in_the_documentation_are_those_that_compile() throws IOException {
    String sagas = Files.readString(Path.of("../docs/guides/sagas.md"));
    for (String name : List.of("TripSaga", "Places", "Charging")) {
      assertThat(sagas).contains(example(name));
    }
    String order = Files.readString(Path.of("../docs/guides/order-across-keys.md"));
    for (String name : List.of("Numbering", "Resequencer")) {
      assertThat(order).contains(example(name));
    }
  }

  private static String example(String name) throws IOException {
    String source =
        Files.readString(Path.of("src/main/java/org/perille/samples/guide/" + name + ".java"));
    return source.substring(source.indexOf("import")).strip();
  }

  private static String test(String name, String begin) throws IOException {
    String source =
        Files.readString(Path.of("src/test/java/org/perille/samples/first/" + name + ".java"));
    return source.substring(source.indexOf(begin)).stripTrailing();
  }
}
