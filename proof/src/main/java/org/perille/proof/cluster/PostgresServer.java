package org.perille.proof.cluster;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A PostgreSQL server that forces what it commits to the disk, can be killed like a process that it
 * is, and is started again by whoever watches it.
 */
final class PostgresServer implements AutoCloseable {
  static final int PORT = 5432;

  /** Classes of SQL states: no connection; out of resources, as a full disk; shutting down. */
  private static final Set<String> STATES_OF_THE_DOWN = Set.of("08", "53", "57");

  private static final String USER = "postgres";
  private static final String BINARIES = "perille-proof-postgres";
  private static final long START_PATIENCE_SECONDS = 60;

  private final Host host;
  private final int port;
  private final Path data;
  private final Path binary;
  private final Path log;
  private Process process;
  private Process watchdog;

  private PostgresServer(Host host, int port, Path data, Path binary, Path log) {
    this.host = host;
    this.port = port;
    this.data = data;
    this.binary = binary;
    this.log = log;
  }

  /** Makes a database in a directory, and starts the server. */
  static PostgresServer create(Host host, int port, Path directory, Path log)
      throws IOException, SQLException, InterruptedException {
    Path data = directory.resolve("postgres");
    Path binaries = Path.of(System.getProperty("java.io.tmpdir"), BINARIES);
    // It knows how to unpack the programs and to make a database, but not how to be killed.
    EmbeddedPostgres.builder()
        .setOverrideWorkingDirectory(binaries.toFile())
        .setDataDirectory(data)
        .setCleanDataDirectory(false)
        .start()
        .close();
    Files.writeString(
        data.resolve("pg_hba.conf"), "host all all 0.0.0.0/0 trust\n", StandardOpenOption.APPEND);
    PostgresServer server = new PostgresServer(host, port, data, binary(binaries), log);
    server.start();
    server.awaitReady();
    return server;
  }

  private static Path binary(Path binaries) throws IOException {
    try (Stream<Path> unpacked = Files.list(binaries)) {
      return unpacked
          .map(directory -> directory.resolve("bin").resolve("postgres"))
          .filter(Files::isExecutable)
          .findFirst()
          .orElseThrow(() -> new IOException("no PostgreSQL was unpacked in " + binaries));
    }
  }

  /** Starts the server if it doesn't run. */
  synchronized void start() throws IOException {
    if (process != null && process.isAlive()) {
      return;
    }
    if (watchdog != null) {
      // Its number may be another process's by the time at which it would be killed.
      watchdog.destroyForcibly();
    }
    List<String> command = new ArrayList<>();
    if (isRoot()) {
      // PostgreSQL refuses to run as root, and is satisfied by being nobody.
      command.add("unshare");
      command.add("-U");
    }
    command.add(binary.toString());
    command.add("-D");
    command.add(data.toString());
    settings().forEach(setting -> command.addAll(List.of("-c", setting)));
    process =
        new ProcessBuilder(host.command(command))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    watchdog = watchdog(process.pid());
  }

  /** Ends the server when this process dies, however it dies: then the pipe between them ends. */
  private static Process watchdog(long serverPid) throws IOException {
    return new ProcessBuilder("sh", "-c", "cat > /dev/null; kill -9 " + serverPid)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private List<String> settings() {
    return List.of(
        "port=" + port,
        "listen_addresses=*",
        "unix_socket_directories=",
        "max_connections=200",
        "fsync=on",
        "full_page_writes=on",
        "synchronous_commit=on",
        "shared_buffers=64MB",
        "max_wal_size=256MB",
        "tcp_keepalives_idle=5",
        "tcp_keepalives_interval=2",
        "tcp_keepalives_count=3",
        "tcp_user_timeout=10000");
  }

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  /** Ends the server as a power failure would, but for the memory of the operating system. */
  synchronized void kill() {
    // Its backends notice by themselves, and must have gone before the next server can start.
    watchdog.destroyForcibly();
    List<ProcessHandle> backends = process.descendants().toList();
    process.destroyForcibly().onExit().join();
    backends.forEach(ProcessHandle::destroyForcibly);
  }

  synchronized boolean isAlive() {
    return process.isAlive();
  }

  /** Waits until the server answers; starts it again as often as it takes. */
  void awaitReady() throws IOException, SQLException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_PATIENCE_SECONDS);
    while (true) {
      try (Connection connection = connect();
          Statement statement = connection.createStatement()) {
        statement.execute("SELECT 1");
        return;
      } catch (SQLException e) {
        if (System.nanoTime() > deadline) {
          throw new IOException("PostgreSQL doesn't come up; see " + log, e);
        }
        TimeUnit.MILLISECONDS.sleep(200);
        start();
      }
    }
  }

  /** Ends one of the nodes' sessions; false if there is none, as when another fault has it down. */
  boolean terminateBackend() throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = '"
                    + USER
                    + "' ORDER BY (state <> 'idle') DESC, random() LIMIT 1")) {
      return row.next() && row.getBoolean(1);
    } catch (SQLException e) {
      if (STATES_OF_THE_DOWN.contains(String.valueOf(e.getSQLState()).substring(0, 2))) {
        return false;
      }
      throw e;
    }
  }

  void execute(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  String address() {
    return host.address();
  }

  int port() {
    return port;
  }

  Connection connect() throws SQLException {
    return DriverManager.getConnection(url(host.address(), port));
  }

  /** In plain text, so that a proxy understands it. */
  static String url(String address, int port) {
    return "jdbc:postgresql://%s:%d/postgres?user=%s&sslmode=disable&gssEncMode=disable&prepareThreshold=0&connectTimeout=5&socketTimeout=20"
        .formatted(address, port, USER);
  }

  @Override
  public void close() {
    kill();
  }
}
