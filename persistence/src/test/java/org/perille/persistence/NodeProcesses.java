package org.perille.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.perille.persistence.Databases.Database;

/** Processes that run nodes with the default settings on one database, each with a log file. */
final class NodeProcesses {
  private final Class<?> main;
  private final Database database;
  private final Path directory;
  private final List<Process> started = new ArrayList<>();

  NodeProcesses(Class<?> main, Database database, Path directory) {
    this.main = main;
    this.database = database;
    this.directory = directory;
  }

  /** Starts a process whose node has its name as its role. */
  Process start(String name, String... settings) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    for (String setting :
        List.of("profile", "postgresql.url", "postgresql.user", "postgresql.sync")) {
      String path = "perille.storage." + setting;
      command.add("-D" + path + "=" + database.config().getString(path));
    }
    command.add("-Dpekko.cluster.roles.0=" + name);
    // The tests' application.conf is patient with nodes that share a process.
    command.add("-Dpekko.cluster.failure-detector.acceptable-heartbeat-pause=3s");
    for (String setting : settings) {
      command.add("-D" + setting);
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName(), name));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log(name).toFile()))
            .start();
    started.add(process);
    return process;
  }

  /** Returns the file with the output of all processes of a name. */
  Path log(String name) {
    return directory.resolve(name + ".log");
  }

  static void signal(Process process, String signal) throws IOException, InterruptedException {
    assertThat(new ProcessBuilder("kill", signal, String.valueOf(process.pid())).start().waitFor())
        .isZero();
  }

  /** Kills all processes. */
  void end() throws InterruptedException {
    for (Process process : started) {
      process.destroyForcibly().waitFor();
    }
  }
}
