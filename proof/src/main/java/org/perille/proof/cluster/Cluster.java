package org.perille.proof.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * The processes of a run. Each is restarted when it has stopped, as an orchestrator would do,
 * unless it is held.
 *
 * <p>The processes form one cluster. A process joins the members, and founds a cluster only if
 * there are none.
 *
 * <p><b>Threading</b>: any thread.
 */
final class Cluster implements AutoCloseable {
  private static final int FIRST_PORT = 25520;
  private static final String AUDIT = "audit";
  private static final String INTRUDER = "intruder";
  private static final long LOOK_EVERY_MILLIS = 200;

  /** The settings that the processes of a run have in common. */
  record Setting(
      Network network,
      DatabaseProxy proxy,
      Path directory,
      int rate,
      Isolation isolation,
      Optional<Certificates> certificates) {}

  private final Setting setting;
  private final Random random;
  private final List<Member> members = new ArrayList<>();

  /** The node that doesn't belong to this cluster, once there is one. */
  private Optional<Member> intruder = Optional.empty();

  private boolean isQuiet;
  private boolean stopped;

  Cluster(Setting setting, long seed) {
    this.setting = setting;
    this.random = new Random(seed);
  }

  /** Adds a process. The watcher starts it. */
  synchronized void add(String name, Member.Role role) throws IOException {
    members.add(member(name, role, FIRST_PORT + members.size()));
  }

  private Member member(String name, Member.Role role, int port) throws IOException {
    Host host = setting.network().add(name);
    int databasePort = setting.proxy().open(name);
    Member.Location place =
        new Member.Location(
            host, port, PostgresServer.url(setting.network().launcher().address(), databasePort));
    List<String> tls =
        setting.certificates().isPresent() ? setting.certificates().get().options(host) : List.of();
    return new Member(name, role, place, setting.directory(), setting.isolation(), tls);
  }

  /** Starts the watcher, which keeps the processes running. */
  void watch() {
    Thread watcher = new Thread(this::keepRunning, "cluster");
    watcher.setDaemon(true);
    watcher.start();
  }

  private void keepRunning() {
    try {
      while (startTheDead()) {
        TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException("a process can't be started", e);
    }
  }

  private synchronized boolean startTheDead() throws IOException {
    for (Member member : members) {
      if (!stopped && !member.isAlive() && !member.isHeld()) {
        member.start(isQuiet ? 0 : setting.rate(), random.nextLong());
      }
    }
    return !stopped;
  }

  /** Returns the members for which the predicate is true now. */
  synchronized List<Member> find(Predicate<Member> predicate) {
    return members.stream().filter(predicate).toList();
  }

  /** Acts on a process exclusively. */
  synchronized <E extends Exception> void with(Member member, Action<E> action) throws E {
    action.on(member);
  }

  /** An action on a process. */
  interface Action<E extends Exception> {
    void on(Member member) throws E;
  }

  /**
   * Waits until all members are up.
   *
   * @return false at the time-out
   */
  boolean awaitUp(Duration timeout) throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (!find(m -> !m.isRunning()).isEmpty()) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MILLIS);
    }
    return true;
  }

  /** Stops all publishing, also by processes that start later. */
  synchronized void quiet() {
    isQuiet = true;
    members.forEach(Member::quiet);
  }

  /**
   * Runs a fresh client to its end.
   *
   * @return false if it failed or took too long
   */
  boolean audit(Duration timeout) throws IOException, InterruptedException {
    Member audit = member(AUDIT, Member.Role.AUDIT, FIRST_PORT + members.size());
    try {
      audit.start(0, 0);
      return audit.endsWell(timeout);
    } finally {
      audit.kill();
    }
  }

  /** Returns the node that doesn't belong to this cluster. Doesn't start it. */
  synchronized Member intruder() throws IOException {
    if (intruder.isEmpty()) {
      // After the port of the audit.
      int port = FIRST_PORT + members.size() + 1;
      intruder = Optional.of(member(INTRUDER, Member.Role.INTRUDER, port));
    }
    return intruder.get();
  }

  /** Starts the node that doesn't belong to this cluster, with itself as its seed node. */
  synchronized Member intrude() throws IOException {
    Member node = intruder();
    if (!stopped) {
      node.start(setting.rate(), random.nextLong());
    }
    return node;
  }

  /** Returns the number of process starts. */
  synchronized int starts() {
    return members.stream().mapToInt(Member::starts).sum();
  }

  @Override
  public void close() {
    end();
  }

  /** Stops all processes permanently, and waits until they have exited. */
  synchronized void end() {
    stopped = true;
    members.forEach(Member::kill);
    intruder.ifPresent(Member::kill);
    members.forEach(Member::awaitEnd);
    intruder.ifPresent(Member::awaitEnd);
  }
}
