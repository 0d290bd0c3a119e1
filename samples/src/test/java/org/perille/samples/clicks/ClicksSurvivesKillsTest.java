package org.perille.samples.clicks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Goal: the event-sourced counter is exact, and each naive one is wrong in its own way. Fault:
 * SIGKILL at every place that the sample has, and of the launcher.
 */
class ClicksSurvivesKillsTest {
  private static final Duration TIMEOUT = Duration.ofMinutes(5);
  private static final int KILLED = 128 + 9;

  private final List<Process> started = new ArrayList<>();

  @TempDir private Path directory;

  @AfterEach
  void endWhatIsLeft() {
    started.forEach(Process::destroyForcibly);
  }

  /** Runs {@code samples/run clicks} with the defaults. */
  @Test
  @Tag("slow")
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void only_the_event_sourced_counter_is_exact_after_a_crash_at_every_place() throws Exception {
    Path output = directory.resolve("output");
    Process run = start(output);

    String text = assertExact(run, output);
    for (Crash.Place place : Crash.Place.values()) {
      assertThat(text).containsPattern("crash \\d of 4, pid \\d+: SIGKILL " + place.text());
    }
    // At least one click was between the work and the cursor, and one between the cursor and the
    // work.
    assertThat(text)
        .containsPattern("work, then cursor +2,000 +[\\d,]+ +\\+[1-9].* of 20 +too many")
        .containsPattern("cursor, then work +2,000 +[\\d,]+ +-[1-9].* of 20 +too few")
        .containsPattern("'work, then cursor' has counted [1-9][\\d,]* clicks twice")
        .containsPattern("'cursor, then work' has lost [1-9][\\d,]* clicks");
  }

  @Test
  @Tag("slow")
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void a_run_whose_launcher_is_killed_goes_on_to_the_same_exact_count() throws Exception {
    Path output = directory.resolve("killed");
    Process run = start(output);
    await()
        .atMost(TIMEOUT)
        .failFast(() -> assertThat(run.isAlive()).as(read(output)).isTrue())
        .until(() -> read(output).contains("crash 2 of 4"));
    assertThat(run.destroyForcibly().waitFor()).isEqualTo(KILLED);

    Path last = directory.resolve("last");
    assertThat(assertExact(start(last), last))
        .doesNotContain("crash 2 of 4")
        .contains("crash 3 of 4")
        .contains("crash 4 of 4");
  }

  private Process start(Path output) throws IOException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx400m",
            "-cp",
            System.getProperty("java.class.path"),
            ClicksMain.class.getName(),
            "--data",
            directory.resolve("data").toString(),
            "--clicks",
            "2000",
            "--links",
            "20",
            "--crashes",
            "4",
            "--seed",
            "7");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    started.add(process);
    return process;
  }

  private static String assertExact(Process run, Path output) throws InterruptedException {
    assertThat(run.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).as(read(output)).isTrue();
    String text = read(output);
    System.out.println(text);
    assertThat(text)
        .containsPattern("event-sourced +2,000 +2,000 +0 +0 of 20 +exact")
        .contains("'event-sourced' is exact for each of 20 links.")
        .containsPattern("([\\d,]+) messages and \\1 effects, one for each");
    assertThat(run.exitValue()).isZero();
    return text;
  }

  private static String read(Path output) {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
