package org.perille.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real processes, one after the other, on one H2 file. */
// Slow: some ten processes, one after the other.
@Tag("slow")
class HandlerThatEndsItsProcessTest {
  private static final int MOST_PROCESSES = 12;

  @TempDir Path directory;

  @Test
  void a_message_that_ends_every_process_becomes_a_dead_letter_and_all_others_are_handled()
      throws Exception {
    requireOneDeadLetterOf(ended("function"));
    assertThat(Files.readAllLines(directory.resolve("handled")).stream().map(Integer::valueOf))
        .containsAll(others())
        .doesNotContain(Suicidal.DEADLY);
  }

  @Test
  void a_transaction_that_ends_every_process_does_too_and_all_others_happen_once()
      throws Exception {
    requireOneDeadLetterOf(ended("transaction"));
    assertThat(effects()).containsExactlyInAnyOrderElementsOf(others());
  }

  private static List<Integer> others() {
    return IntStream.range(0, Suicidal.MESSAGES)
        .filter(number -> number != Suicidal.DEADLY)
        .boxed()
        .toList();
  }

  private static void requireOneDeadLetterOf(String output) {
    assertThat(output)
        .containsOnlyOnce("DeadLetter[")
        .contains("key=k" + Suicidal.DEADLY % 3)
        .contains("offset=" + Suicidal.DEADLY)
        .contains("reason=ATTEMPTS_EXHAUSTED")
        .contains("failure=CRASH");
  }

  /**
   * Starts processes until one of them ends normally.
   *
   * @return its output
   */
  private String ended(String kind) throws Exception {
    int ended = 0;
    while (ended < MOST_PROCESSES) {
      Path output = directory.resolve("output-" + ended);
      int exitCode = run(kind, output);
      if (exitCode == 0) {
        assertThat(ended)
            .as("processes that the message has ended")
            .isBetween(Suicidal.MAX_ATTEMPTS, Suicidal.MAX_ATTEMPTS + 3);
        return Files.readAllLines(output).stream()
            .filter(line -> line.contains("DeadLetter["))
            .findFirst()
            .orElse("");
      }
      assertThat(exitCode).as(Files.readString(output)).isEqualTo(Suicidal.EXIT_CODE);
      ended++;
    }
    throw new AssertionError("the message has ended " + ended + " processes");
  }

  private int run(String kind, Path output) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(Suicidal.class.getName(), directory.toString(), kind));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).as(output.toString()).isTrue();
      return process.exitValue();
    } finally {
      process.destroyForcibly();
    }
  }

  private List<Integer> effects() throws SQLException {
    try (Connection connection = Databases.h2(directory).application().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT number FROM handled")) {
      List<Integer> numbers = new ArrayList<>();
      while (rows.next()) {
        numbers.add(rows.getInt(1));
      }
      return numbers;
    }
  }
}
