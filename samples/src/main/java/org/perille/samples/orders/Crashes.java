package org.perille.samples.orders;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Remembers with the data whether anything has died: then at-most-once may have lost some. */
final class Crashes {
  private final Path running;
  private final Path crashed;

  private Crashes(Path data) {
    this.running = data.resolve("running");
    this.crashed = data.resolve("crashed");
  }

  /** Begins a run; one that has not ended before has crashed. */
  static Crashes begin(Path data) throws IOException {
    Crashes crashes = new Crashes(data);
    if (Files.exists(crashes.running)) {
      crashes.add();
    }
    Files.writeString(crashes.running, "");
    return crashes;
  }

  void add() throws IOException {
    Files.writeString(crashed, "");
  }

  boolean any() {
    return Files.exists(crashed);
  }

  void end() throws IOException {
    Files.delete(running);
  }
}
