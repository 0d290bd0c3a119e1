package org.perille.samples.launch;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * An embedded PostgreSQL that recovers a directory left by a crash, and that stops with this
 * process.
 */
public final class PostgresServer implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final Duration END_PATIENCE = Duration.ofSeconds(10);

  private final EmbeddedPostgres server;
  private final Process watchdog;

  private PostgresServer(EmbeddedPostgres server, Process watchdog) {
    this.server = server;
    this.watchdog = watchdog;
  }

  /** Starts a server whose data is below a directory. */
  public static PostgresServer start(Path data) throws IOException, InterruptedException {
    Path directory = data.resolve("postgres");
    Path made = data.resolve("postgres-is-made");
    endLeftOver(directory);
    if (!Files.exists(made) && Files.exists(directory)) {
      // A run was killed while it created the directory. It has no content, and no server accepts
      // it.
      DataDirectory.delete(directory);
    }
    EmbeddedPostgres server = startIn(directory);
    try {
      Files.writeString(made, "");
      long pid =
          pid(directory)
              .orElseThrow(() -> new IOException("PostgreSQL stopped right after its start"));
      return new PostgresServer(server, watchdog(pid));
    } catch (IOException e) {
      server.close();
      throw e;
    }
  }

  private static EmbeddedPostgres startIn(Path directory) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    while (true) {
      try {
        return EmbeddedPostgres.builder()
            .setDataDirectory(directory)
            .setCleanDataDirectory(false)
            .setPGStartupWait(TIMEOUT)
            .setServerConfig("fsync", "on")
            .setServerConfig("full_page_writes", "on")
            .setServerConfig("synchronous_commit", "on")
            .start();
      } catch (IOException | IllegalStateException e) {
        // The shared memory of a killed server takes a moment to be released.
        if (System.nanoTime() > deadline) {
          throw e;
        }
        TimeUnit.SECONDS.sleep(1);
      }
    }
  }

  /**
   * Starts a process that stops the server when this process dies. The pipe between them ends then.
   */
  private static Process watchdog(long serverPid) throws IOException {
    return new ProcessBuilder("sh", "-c", "cat > /dev/null; kill -INT " + serverPid)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** Stops a server whose launcher was killed, if it doesn't stop by itself soon. */
  private static void endLeftOver(Path directory) throws IOException, InterruptedException {
    Optional<Long> pid = pid(directory);
    if (pid.isEmpty()) {
      return;
    }
    Optional<ProcessHandle> server =
        ProcessHandle.of(pid.get()).filter(process -> serves(process, directory));
    if (server.isEmpty()) {
      // The number may belong to another process by now. The file would keep a new server from
      // starting.
      Files.deleteIfExists(directory.resolve("postmaster.pid"));
    } else if (!ends(server.get())) {
      server.get().destroyForcibly();
      ends(server.get());
    }
  }

  private static boolean serves(ProcessHandle process, Path directory) {
    return process
        .info()
        .commandLine()
        .map(line -> line.contains("postgres") && line.contains(directory.toString()))
        .orElse(false);
  }

  private static boolean ends(ProcessHandle process) throws InterruptedException {
    long deadline = System.nanoTime() + END_PATIENCE.toNanos();
    while (process.isAlive() && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(100);
    }
    return !process.isAlive();
  }

  private static Optional<Long> pid(Path directory) throws IOException {
    Path file = directory.resolve("postmaster.pid");
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    List<String> lines = Files.readAllLines(file);
    // A server that was killed while it wrote the file has not started to serve.
    return lines.isEmpty() ? Optional.empty() : Optional.of(Long.valueOf(lines.get(0).strip()));
  }

  /** Returns its address. The user is "postgres", without a password. */
  public String url() {
    return server.getJdbcUrl("postgres", "postgres");
  }

  @Override
  public void close() throws IOException {
    watchdog.destroyForcibly();
    server.close();
  }
}
