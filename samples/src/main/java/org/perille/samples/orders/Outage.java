package org.perille.samples.orders;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The mail provider's bad seconds: it becomes slow, then it is down, then it is back. When that
 * began is on the disk, so that all nodes are in the same phase and none that starts anew begins it
 * again.
 */
final class Outage {
  /** How it is. */
  enum Phase {
    WELL,
    SLOW,
    DOWN,
    BACK
  }

  static final Duration SLOW_FOR = Duration.ofSeconds(1);
  static final Duration DOWN_FOR = Duration.ofSeconds(3);

  private final Path file;
  private final Clock clock;
  private volatile Optional<Instant> began = Optional.empty();

  Outage(Path directory, Clock clock) {
    this.file = directory.resolve("mail-outage");
    this.clock = clock;
  }

  Phase phase() {
    if (began.isEmpty()) {
      began = read();
    }
    if (began.isEmpty()) {
      return Phase.WELL;
    }
    Duration since = Duration.between(began.get(), clock.instant());
    if (since.compareTo(SLOW_FOR) < 0) {
      return Phase.SLOW;
    }
    return since.minus(SLOW_FOR).compareTo(DOWN_FOR) < 0 ? Phase.DOWN : Phase.BACK;
  }

  private Optional<Instant> read() {
    try {
      return Optional.of(Instant.parse(Files.readString(file)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Begins it, once in a run; by one process at a time. */
  void begin() throws IOException {
    if (phase() == Phase.WELL) {
      // Moved into place whole: who reads it, and who is killed here, must not see half of it.
      Path part =
          Files.writeString(file.resolveSibling("mail-outage.part"), clock.instant().toString());
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }
  }
}
