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
 * The outage of the mail provider: it becomes slow, then it is down, then it is back.
 *
 * <p>The start time is on disk, so that all nodes are in the same phase and a restarted node
 * doesn't start the outage again.
 */
final class Outage {
  /** The state of the provider. */
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

  /** Starts the outage, once in a run. Only one process at a time may call this. */
  void begin() throws IOException {
    if (phase() == Phase.WELL) {
      // Moved into place as a whole: neither a reader nor a kill at this point sees a partial file.
      Path part =
          Files.writeString(file.resolveSibling("mail-outage.part"), clock.instant().toString());
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }
  }
}
