package org.perille.benchmarks.contender;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.Uuid;

/** A Kafka broker that is its own controller, in a process of its own, in a fresh directory. */
final class KafkaBroker implements AutoCloseable {
  private static final long STOP_SECONDS = 20;

  private final Path directory;
  private final int port;
  private final int partitions;
  private Process process;

  private KafkaBroker(Path directory, int port, int partitions) {
    this.directory = directory;
    this.port = port;
    this.partitions = partitions;
  }

  /**
   * Starts a broker.
   *
   * @param flushing true if each append is forced to the disk before it is acknowledged, including
   *     the offsets of consumers and the records of transactions
   */
  static KafkaBroker start(boolean flushing, int partitions) {
    try {
      KafkaBroker broker =
          new KafkaBroker(Files.createTempDirectory("perille-kafka-"), freePort(), partitions);
      broker.format(broker.configure(flushing, freePort()));
      return broker;
    } catch (IOException e) {
      throw new UncheckedIOException("Kafka can't be started", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while Kafka was starting", e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private Path configure(boolean flushing, int controllerPort) throws IOException {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "process.roles=broker,controller",
                "node.id=1",
                "controller.quorum.voters=1@localhost:" + controllerPort,
                "listeners=PLAINTEXT://localhost:"
                    + port
                    + ",CONTROLLER://localhost:"
                    + controllerPort,
                "controller.listener.names=CONTROLLER",
                "log.dirs=" + directory.resolve("logs"),
                "offsets.topic.replication.factor=1",
                "transaction.state.log.replication.factor=1",
                "transaction.state.log.min.isr=1",
                "group.initial.rebalance.delay.ms=0"));
    if (flushing) {
      lines.add("log.flush.interval.messages=1");
    }
    return Files.write(directory.resolve("server.properties"), lines);
  }

  private void format(Path config) throws IOException, InterruptedException {
    int exitCode =
        java(
                "kafka.tools.StorageTool",
                "format",
                "-t",
                Uuid.randomUuid().toString(),
                "-c",
                config.toString())
            .waitFor();
    if (exitCode != 0) {
      throw new IOException("the storage can't be formatted; see " + log());
    }
    process = java("kafka.Kafka", config.toString());
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
  }

  private Process java(String main, String... arguments) throws IOException {
    List<String> options = new ArrayList<>(JavaProcess.USUAL_HEAP);
    options.addAll(List.of("-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20"));
    return JavaProcess.of(main, options, List.of(arguments))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
        .start();
  }

  private Path log() {
    return directory.resolve("output.log");
  }

  String address() {
    return "localhost:" + port;
  }

  /** Creates a topic, after waiting for the broker. */
  void createTopic(String name) throws ExecutionException, InterruptedException {
    try (Admin admin =
        Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, address()))) {
      admin
          .createTopics(
              List.of(new NewTopic(name, Optional.of(partitions), Optional.of((short) 1))))
          .all()
          .get();
    }
  }

  @Override
  public void close() {
    try {
      process.destroy();
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the broker's directory can't be deleted", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
