package org.perille.samples.shop.launch;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.perille.samples.launch.PostgresServer;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;

/** The nodes, and their database: one on H2, or several on PostgreSQL. */
final class Nodes implements AutoCloseable {
  private final int port;
  private final Optional<PostgresServer> server;
  private final DataSource database;
  private final List<NodeProcess> processes = new ArrayList<>();

  private Nodes(int port, Optional<PostgresServer> server, DataSource database) {
    this.port = port;
    this.server = server;
    this.database = database;
  }

  static Nodes start(Options options, Path data) throws IOException, InterruptedException {
    Optional<PostgresServer> server =
        options.nodes() == 1 ? Optional.empty() : Optional.of(PostgresServer.start(data));
    String url =
        server
            .map(PostgresServer::url)
            .orElse("jdbc:h2:file:" + data + "/shop;WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE");
    String user = server.isPresent() ? "postgres" : "sa";
    DataSource database = new DriverManagerDataSource(url, user, "");
    Nodes nodes = new Nodes(options.port(), server, database);
    if (server.isPresent()) {
      // Not by each node, at the same time.
      new ResourceDatabasePopulator(new ClassPathResource("schema.sql")).execute(database);
    }
    try {
      for (int i = 0; i < options.nodes(); i++) {
        List<String> settings =
            List.of(
                "server.port=" + (options.port() + i),
                "spring.datasource.url=" + url,
                "spring.datasource.username=" + user,
                "spring.sql.init.mode=" + (server.isPresent() ? "never" : "always"),
                "perille.storage.h2.directory=" + data.resolve("perille"));
        nodes.processes.add(new NodeProcess(i + 1, data, settings));
      }
      return nodes;
    } catch (IOException e) {
      nodes.close();
      throw e;
    }
  }

  int count() {
    return processes.size();
  }

  /** Returns the address of a node. Beyond the last node, the first one follows. */
  String address(int node) {
    return "http://localhost:" + (port + Math.floorMod(node, count()));
  }

  /** Returns the application's database. That of H2 can be used when the node has stopped. */
  DataSource database() {
    return database;
  }

  void crash(int node) throws IOException, InterruptedException {
    processes.get(node).crash();
  }

  /** Starts those again that were killed. */
  void keep() throws IOException {
    for (NodeProcess process : processes) {
      process.keep();
    }
  }

  long pid(int node) {
    return processes.get(node).pid();
  }

  void stop() throws InterruptedException {
    for (NodeProcess process : processes) {
      process.stop();
    }
  }

  @Override
  public void close() throws IOException {
    processes.forEach(NodeProcess::close);
    if (server.isPresent()) {
      server.get().close();
    }
  }
}
