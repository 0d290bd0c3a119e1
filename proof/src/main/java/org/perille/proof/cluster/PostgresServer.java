package org.perille.proof.cluster;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
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
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A PostgreSQL server that forces commits to the disk, and can be killed and restarted. */
final class PostgresServer implements AutoCloseable {
  static final int PORT = 5432;

  /**
   * The classes of SQL states of a server that is down.
   *
   * <p>They stand for: no connection; out of resources, like a full disk; shutting down.
   */
  private static final Set<String> STATES_OF_THE_DOWN = Set.of("08", "53", "57");

  private static final String USER = "postgres";
  private static final String STANDBY = "standby";
  private static final String BINARIES = "perille-proof-postgres";
  private static final long START_TIMEOUT_SECONDS = 60;

  private final Host host;
  private final int port;
  private final Path data;
  private final Path binary;
  private final Path log;

  /** The connection to the primary, if this server is a copy. */
  private final Optional<String> primary;

  private Process process;
  private Process watchdog;

  private PostgresServer(
      Host host, int port, Path data, Path binary, Path log, Optional<String> primary) {
    this.primary = primary;
    this.host = host;
    this.port = port;
    this.data = data;
    this.binary = binary;
    this.log = log;
  }

  /** Creates a database in a directory, and starts the server. */
  static PostgresServer create(Host host, int port, Path directory, Path log)
      throws IOException, SQLException, InterruptedException {
    Path data = directory.resolve("postgres");
    Path binaries = Path.of(System.getProperty("java.io.tmpdir"), BINARIES);
    // The library can unpack the programs and create a database, but its servers can't be killed.
    EmbeddedPostgres.builder()
        .setOverrideWorkingDirectory(binaries.toFile())
        .setDataDirectory(data)
        .setCleanDataDirectory(false)
        .start()
        .close();
    // Forced, as the server's own files are: a power failure would take the nodes' access away.
    Files.writeString(
        data.resolve("pg_hba.conf"),
        "host all all 0.0.0.0/0 trust\nhost replication all 0.0.0.0/0 trust\n",
        StandardOpenOption.APPEND,
        StandardOpenOption.SYNC);
    PostgresServer server =
        new PostgresServer(host, port, data, binary(binaries), log, Optional.empty());
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

  /** Starts the server unless it is running. */
  synchronized void start() throws IOException {
    if (process != null && process.isAlive()) {
      return;
    }
    if (watchdog != null) {
      // The process id may belong to another process by the time of the kill.
      watchdog.destroyForcibly();
    }
    List<String> command = new ArrayList<>();
    if (isRoot()) {
      // PostgreSQL refuses to run as root. In a user namespace it runs as nobody.
      command.add("unshare");
      command.add("-U");
    }
    command.add(binary.toString());
    command.add("-D");
    command.add(data.toString());
    settings().forEach(setting -> command.addAll(List.of("-c", setting)));
    primary.ifPresent(conninfo -> command.addAll(List.of("-c", "primary_conninfo=" + conninfo)));
    process =
        new ProcessBuilder(host.command(command))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    watchdog = watchdog(process.pid());
  }

  /**
   * Starts a process that kills the server when this process dies: then the pipe between them ends.
   */
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
        // Required by a copy that is being made.
        "wal_keep_size=512MB",
        "tcp_keepalives_idle=5",
        "tcp_keepalives_interval=2",
        "tcp_keepalives_count=3",
        "tcp_user_timeout=10000");
  }

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  /** Kills the server, like a power failure that preserves the memory of the operating system. */
  synchronized void kill() {
    // The backends notice it by themselves. They must have exited before the next server can start.
    watchdog.destroyForcibly();
    List<ProcessHandle> backends = process.descendants().toList();
    process.destroyForcibly().onExit().join();
    backends.forEach(ProcessHandle::destroyForcibly);
    backends.forEach(backend -> backend.onExit().join());
  }

  synchronized boolean isAlive() {
    return process.isAlive();
  }

  /** Waits until the server answers. Restarts it as often as necessary. */
  void awaitReady() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_TIMEOUT_SECONDS);
    while (!answers()) {
      if (System.nanoTime() > deadline) {
        throw new IOException("PostgreSQL doesn't come up; see " + log);
      }
      TimeUnit.MILLISECONDS.sleep(200);
      start();
    }
  }

  /** Returns whether the server answers a query now. */
  boolean answers() {
    try {
      execute("SELECT 1");
      return true;
    } catch (SQLException e) {
      return false;
    }
  }

  /**
   * Terminates one of the nodes' sessions.
   *
   * @return false if there is none, for example because another fault has stopped the server
   */
  boolean terminateBackend() throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <>"
                    + " pg_backend_pid() AND usename = '"
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

  /** Creates a copy of the running server, which follows it once it is started. */
  PostgresServer copyTo(Path directory, int standbyPort, Path standbyLog)
      throws IOException, SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute("SELECT pg_backup_start('standby', true)");
      DataDirectory.copy(data, directory);
      try (ResultSet row = statement.executeQuery("SELECT labelfile FROM pg_backup_stop(false)")) {
        row.next();
        Files.writeString(directory.resolve("backup_label"), row.getString(1));
      }
    }
    Files.createFile(directory.resolve("standby.signal"));
    String conninfo =
        "host=%s port=%d user=%s application_name=%s"
            .formatted(host.address(), port, USER, STANDBY);
    return new PostgresServer(
        host, standbyPort, directory, binary, standbyLog, Optional.of(conninfo));
  }

  /**
   * Confirms only commits that the standby has, from now on.
   *
   * @param seconds the time within which the standby must have caught up
   */
  void replicateSynchronously(long seconds) throws IOException, SQLException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    configure("synchronous_standby_names = '" + STANDBY + "'\n");
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      while (!isTrue(
          statement,
          "SELECT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync' AND state ="
              + " 'streaming')")) {
        if (System.nanoTime() > deadline) {
          throw new IOException("the standby doesn't follow");
        }
        TimeUnit.MILLISECONDS.sleep(100);
      }
      // A transaction with an id: its commit is replicated, and with it everything before.
      statement.execute("SELECT txid_current()");
    }
  }

  private static boolean isTrue(Statement statement, String query) throws SQLException {
    try (ResultSet row = statement.executeQuery(query)) {
      return row.next() && row.getBoolean(1);
    }
  }

  /** Confirms commits without a standby, also after the next start. */
  void replicateNoMore() {
    try {
      configure("");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Refuses writes from now on, except in transactions that have begun. */
  void readOnly() throws IOException {
    configure(
        "synchronous_standby_names = '" + STANDBY + "'\ndefault_transaction_read_only = on\n");
  }

  /** Writes settings that aren't on the command line. A running server applies them at once. */
  private synchronized void configure(String settings) throws IOException {
    Files.writeString(data.resolve("postgresql.auto.conf"), settings);
    if (process != null && process.isAlive()) {
      Shell.run("kill", "-HUP", String.valueOf(process.pid()));
    }
  }

  /** Terminates the sessions that are in a transaction. */
  void terminateTransactions() throws SQLException {
    execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client"
            + " backend' AND xact_start IS NOT NULL AND pid <> pg_backend_pid()");
  }

  /** Promotes the server to primary. */
  void promote() throws IOException, SQLException, InterruptedException {
    awaitReady();
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      if (!isTrue(statement, "SELECT pg_promote(true, 60)")) {
        throw new IOException("the standby isn't promoted; see " + log);
      }
    }
  }

  /**
   * Returns the number of writes of each session that were refused because the server is read-only.
   */
  Map<String, Integer> refusedWrites() throws IOException {
    return RefusedWrites.bySession(log);
  }

  /** Kills the server, and removes its files. */
  void delete() {
    if (process != null) {
      kill();
    }
    Shell.succeeds("rm", "-rf", data.toString());
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

  /** Returns a URL for connections in plain text, which a proxy can parse. */
  static String url(String address, int port) {
    return "jdbc:postgresql://%s:%d/postgres?user=%s&sslmode=disable&gssEncMode=disable&prepareThreshold=0&connectTimeout=5&socketTimeout=20"
        .formatted(address, port, USER);
  }

  @Override
  public void close() {
    kill();
  }
}
