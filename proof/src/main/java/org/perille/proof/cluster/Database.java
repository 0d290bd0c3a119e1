package org.perille.proof.cluster;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The database of a run: a server, and from time to time a standby that takes over from it.
 *
 * <p><b>Threading</b>: any thread.
 */
final class Database implements AutoCloseable {
  /** The refused writes of one session after which its pool should have discarded it. */
  private static final int MOST_REFUSED = 5;

  private static final long STANDBY_SECONDS = 30;
  private static final long READY_SECONDS = 90;
  private static final long DEMOTION_MILLIS = 500;

  /** The source of ports for servers. */
  interface Ports {
    int next() throws IOException;
  }

  private final Disk disk;
  private final Path logs;
  private final Ports ports;
  private Consumer<InetSocketAddress> clients = address -> {};
  private PostgresServer primary;
  private Optional<PostgresServer> standby = Optional.empty();
  private Optional<PostgresServer> former = Optional.empty();
  private int servers = 1;

  private Database(Disk disk, Path logs, Ports ports, PostgresServer primary) {
    this.disk = disk;
    this.logs = logs;
    this.ports = ports;
    this.primary = primary;
  }

  static Database create(Host host, Ports ports, Disk disk, Path logs)
      throws IOException, SQLException, InterruptedException {
    return new Database(
        disk,
        logs,
        ports,
        PostgresServer.create(host, ports.next(), disk.path(), logs.resolve("postgres.log")));
  }

  /** Sets the listener of the database's address. It is called now and after each failover. */
  synchronized void onMove(Consumer<InetSocketAddress> connects) {
    clients = connects;
    tell();
  }

  private void tell() {
    clients.accept(new InetSocketAddress(primary.address(), primary.port()));
  }

  /** Kills the server, as in a crash. */
  synchronized void kill() {
    primary.kill();
  }

  private PostgresServer primary() {
    synchronized (this) {
      return primary;
    }
  }

  /** Waits until the database answers. Starts the current server if it has stopped. */
  void awaitReady() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
    while (!primary().answers()) {
      if (System.nanoTime() > deadline) {
        throw new IOException("PostgreSQL doesn't come up; see the logs in " + logs);
      }
      TimeUnit.MILLISECONDS.sleep(200);
      startPrimary();
    }
  }

  private synchronized void startPrimary() throws IOException {
    primary.start();
  }

  boolean terminateBackend() throws SQLException {
    return primary().terminateBackend();
  }

  void execute(String sql) throws SQLException {
    primary().execute(sql);
  }

  Connection connect() throws SQLException {
    return primary().connect();
  }

  /** Fails the power of the machine of all servers, and restores it. Doesn't start the servers. */
  synchronized void losePower() throws IOException, InterruptedException {
    disk.losePower(
        () -> {
          primary.kill();
          standby.ifPresent(PostgresServer::kill);
          former.ifPresent(PostgresServer::kill);
        });
    dropStandby();
    dropFormer();
  }

  /**
   * Creates a standby unless there is one. Each commit is replicated to it before it is confirmed.
   *
   * @return whether there is a standby
   */
  synchronized boolean prepareFailover() throws InterruptedException {
    if (standby.isPresent()) {
      return true;
    }
    dropFormer();
    try {
      servers++;
      PostgresServer copy =
          primary.copyTo(
              disk.path().resolve("postgres-" + servers),
              ports.next(),
              logs.resolve("postgres-" + servers + ".log"));
      standby = Optional.of(copy);
      copy.start();
      primary.replicateSynchronously(STANDBY_SECONDS);
      return true;
    } catch (IOException | SQLException e) {
      // Another fault has stopped the primary, or filled its disk.
      dropStandby();
      return false;
    }
  }

  private void dropStandby() {
    standby.ifPresent(PostgresServer::delete);
    standby = Optional.empty();
    primary.replicateNoMore();
  }

  private void dropFormer() {
    former.ifPresent(PostgresServer::delete);
    former = Optional.empty();
  }

  /**
   * Lets the standby take over. Connections to the former primary stay open, and can only read.
   *
   * @return whether there was a standby
   */
  synchronized boolean failOver() throws IOException, SQLException, InterruptedException {
    if (standby.isEmpty()) {
      return false;
    }
    PostgresServer successor = standby.get();
    if (primary.isAlive()) {
      primary.readOnly();
      // A transaction that began before could still write.
      TimeUnit.MILLISECONDS.sleep(DEMOTION_MILLIS);
      primary.terminateTransactions();
    }
    successor.promote();
    former = Optional.of(primary);
    primary = successor;
    standby = Optional.empty();
    tell();
    return true;
  }

  /** Stops the former primary, and reports sessions that continued with writes that it refuses. */
  synchronized void endFailover(Consumer<String> findings) throws IOException {
    if (former.isPresent()) {
      former.get().kill();
      former
          .get()
          .refusedWrites()
          .forEach(
              (session, refused) -> {
                if (refused > MOST_REFUSED) {
                  findings.accept(
                      "session %s was used for %d writes that a server refused because it is read-only since a failover"
                          .formatted(session, refused));
                }
              });
      dropFormer();
    }
  }

  @Override
  public synchronized void close() {
    standby.ifPresent(PostgresServer::kill);
    former.ifPresent(PostgresServer::kill);
    primary.kill();
  }
}
