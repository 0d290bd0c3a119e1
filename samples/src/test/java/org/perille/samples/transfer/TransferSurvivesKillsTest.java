package org.perille.samples.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Goal: no transfer is half made. Fault: SIGKILL of nodes of a cluster of three. */
class TransferSurvivesKillsTest {
  private final List<Process> started = new ArrayList<>();

  @TempDir private Path directory;

  @AfterEach
  void endWhatIsLeft() {
    started.forEach(Process::destroyForcibly);
  }

  @Test
  @Tag("slow")
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void no_transfer_is_half_made_and_no_money_is_missing_after_kills() throws Exception {
    assertThat(run())
        .contains("kill 2 of 2")
        .contains("0 of them are half")
        .contains("0 of them are booked twice")
        .contains("nothing is missing")
        .contains("Every transfer was made, or not at all.");
  }

  @Test
  @Tag("slow")
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void by_two_publishes_just_the_money_of_half_transfers_is_missing() throws Exception {
    assertThat(run("--naive")).contains("kill 2 of 2").doesNotContain("BROKEN");
  }

  private String run(String... more) throws IOException, InterruptedException {
    Path output = directory.resolve("output");
    List<String> command =
        Stream.concat(
                Stream.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    TransferMain.class.getName(),
                    "--transfers",
                    "1500",
                    "--accounts",
                    "100",
                    "--kills",
                    "2"),
                Stream.of(more))
            .toList();
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    started.add(process);
    int exit = process.waitFor();
    String text = Files.readString(output);
    assertThat(exit).as(text).isZero();
    return text;
  }
}
