package org.perille.proof.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.perille.proof.workload.ItemSerializer;
import org.perille.proof.workload.Workload;

/**
 * A process of the cluster, which is restarted whenever it stops.
 *
 * <p><b>Threading</b>: guarded by its cluster.
 */
final class Member {
  /** The address of the process, and that of its database. */
  record Location(Host host, int port, String databaseUrl) {
    /** Returns the address of the process in its cluster. */
    String member() {
      return "pekko://perille@" + host.address() + ":" + port;
    }
  }

  /** The role of a process. */
  enum Role {
    /** A node of a cluster of its own. */
    INTRUDER(NodeMain.class),
    /** Owns partitions, handles messages and publishes. */
    NODE(NodeMain.class),
    /** Publishes, and redrives or discards dead letters. */
    CLIENT(NodeMain.class),
    /** Reads everything at the end. */
    AUDIT(AuditMain.class);

    private final Class<?> main;

    Role(Class<?> main) {
      this.main = main;
    }
  }

  private static final String HEAP = "-Xmx256m";

  private final String name;
  private final Role role;
  private final Location place;
  private final Path directory;
  private final Isolation isolation;
  private final List<String> tls;
  private Optional<Process> process = Optional.empty();
  private int starts;
  private boolean paused;
  private boolean leaving;
  private boolean held;

  /**
   * Creates a process that isn't started.
   *
   * @param tls the options of the JVM for its certificates
   */
  Member(
      String name,
      Role role,
      Location place,
      Path directory,
      Isolation isolation,
      List<String> tls) {
    this.tls = List.copyOf(tls);
    this.isolation = isolation;
    this.name = name;
    this.role = role;
    this.place = place;
    this.directory = directory;
  }

  String name() {
    return name;
  }

  boolean isClient() {
    return role != Role.NODE;
  }

  Location place() {
    return place;
  }

  int starts() {
    return starts;
  }

  /**
   * Starts the process. It finds its cluster in the database, except for the intruder, which is
   * configured to form one.
   */
  void start(int rate, long seed) throws IOException {
    starts++;
    paused = false;
    leaving = false;
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            HEAP,
            "-XX:+UseSerialGC",
            // The compiler starts quickly, and needs little of the few cores that many processes
            // share.
            "-XX:TieredStopAtLevel=1",
            "-XX:+ExitOnOutOfMemoryError",
            "-cp",
            System.getProperty("java.class.path"),
            "-Dproof.log=" + log(),
            "-Dpekko.remote.artery.canonical.hostname=" + place.host().address(),
            "-Dpekko.remote.artery.canonical.port=" + place.port(),
            "-Dperille.storage.postgresql.url=" + place.databaseUrl(),
            "-Dperille.storage.postgresql.user=postgres"));
    command.addAll(tls);
    if (role == Role.NODE || role == Role.INTRUDER) {
      command.add("-Dpekko.cluster.roles.0=" + Workload.NODE_ROLE);
    }
    if (role == Role.AUDIT) {
      command.add("-D" + ItemSerializer.READS_EVERYTHING + "=true");
    }
    if (role == Role.INTRUDER) {
      command.add("-Dpekko.cluster.seed-nodes.0=" + place.member());
    }
    command.add(role.main.getName());
    command.addAll(
        List.of(
            new NodeMain.Assignment(
                    process(),
                    role == Role.CLIENT,
                    directory,
                    place.databaseUrl(),
                    isolation,
                    rate,
                    seed)
                .arguments()));
    process =
        Optional.of(
            new ProcessBuilder(place.host().command(command))
                .redirectErrorStream(true)
                .redirectOutput(
                    ProcessBuilder.Redirect.appendTo(directory.resolve(name + ".out").toFile()))
                .start());
  }

  /** Returns the name of the process that runs now, or ran last. */
  String process() {
    return name + "." + starts;
  }

  boolean isAlive() {
    return process.map(Process::isAlive).orElse(false);
  }

  /**
   * Returns whether the process is a member of the cluster, as far as it knows, and isn't about to
   * leave.
   */
  boolean isUp() {
    return isAlive() && !leaving && Files.exists(NodeMain.Assignment.up(directory, process()));
  }

  /** Returns whether the process has become a member, even if it has exited since. */
  boolean hasBeenUp() {
    return Files.exists(NodeMain.Assignment.up(directory, process()));
  }

  /** Returns whether the process has exited with an error. */
  boolean hasFailed() {
    return process.map(ended -> !ended.isAlive() && ended.exitValue() != 0).orElse(false);
  }

  /** Returns the log of all processes with this name. */
  Path log() {
    return directory.resolve(name + ".log");
  }

  /** Returns the history of the process. */
  Path history() {
    return directory.resolve(process() + ".history");
  }

  /** Returns whether the process is a member and isn't suspended. */
  boolean isRunning() {
    return isUp() && !paused;
  }

  /** Returns whether the process isn't started again when it has ended. */
  boolean isHeld() {
    return held;
  }

  /** Sets whether the process isn't started again when it has ended. */
  void hold(boolean hold) {
    held = hold;
  }

  boolean isPaused() {
    return paused;
  }

  boolean isLeaving() {
    return leaving;
  }

  /**
   * Waits for the exit of the process.
   *
   * @return false if it failed or takes too long
   */
  boolean endsWell(Duration timeout) throws InterruptedException {
    Process running = process.orElseThrow();
    return running.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS) && running.exitValue() == 0;
  }

  void kill() {
    process.ifPresent(Process::destroyForcibly);
  }

  void awaitEnd() {
    process.ifPresent(running -> running.onExit().join());
  }

  void pause() throws IOException {
    if (isAlive()) {
      signal("-STOP");
      paused = true;
    }
  }

  void resume() throws IOException {
    if (paused) {
      paused = false;
      if (isAlive()) {
        signal("-CONT");
      }
    }
  }

  private void signal(String signal) throws IOException {
    Shell.run("kill", signal, String.valueOf(process.orElseThrow().pid()));
  }

  void leave() {
    leaving = true;
    process.ifPresent(Orders::tellToLeave);
  }

  void setClock(long shiftMillis) {
    process.ifPresent(running -> Orders.tellClock(running, shiftMillis));
  }

  void quiet() {
    process.ifPresent(Orders::tellQuiet);
  }
}
