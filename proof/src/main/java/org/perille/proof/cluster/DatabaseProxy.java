package org.perille.proof.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/** A proxy between the nodes and their database that understands the protocol and can interfere. */
final class DatabaseProxy implements AutoCloseable {
  /** A time longer than any fault holds a message. After it, a forgotten message passes. */
  private static final long LONGEST_HOLD_SECONDS = 60;

  private static final int CONNECT_MILLIS = 3000;

  private final String listenAddress;
  private volatile InetSocketAddress database;
  private final Map<String, ServerSocket> listeners = new ConcurrentHashMap<>();
  private final Set<ProxiedConnection> connections = ConcurrentHashMap.newKeySet();
  private final Map<String, AtomicLong> appends = new ConcurrentHashMap<>();
  private final Set<CommitBreakpoint> armed = ConcurrentHashMap.newKeySet();

  DatabaseProxy(String listenAddress) {
    this.listenAddress = listenAddress;
  }

  /**
   * Opens a port that leads a node to the database.
   *
   * @return the port
   */
  int open(String node) throws IOException {
    ServerSocket listener = new ServerSocket(0, 50, InetAddress.getByName(listenAddress));
    listeners.put(node, listener);
    thread("proxy of " + node, () -> accept(node, listener));
    return listener.getLocalPort();
  }

  /** Sets the server for new connections. Existing ones remain. */
  void pointTo(InetSocketAddress server) {
    database = server;
  }

  private void accept(String node, ServerSocket listener) {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        thread("proxied connection of " + node, () -> serve(node, client));
      } catch (IOException e) {
        // The listener is closed, or the client has gone already.
      }
    }
  }

  private void serve(String node, Socket client) {
    try (client;
        Socket server = new Socket()) {
      server.connect(database, CONNECT_MILLIS);
      ProxiedConnection connection =
          new ProxiedConnection(
              client, server, moment -> decide(moment, node), appendsOf(node)::incrementAndGet);
      connections.add(connection);
      try {
        thread("answers for " + node, connection::passAnswers);
        connection.passRequests();
      } finally {
        connections.remove(connection);
      }
    } catch (IOException e) {
      // The database is down. The client learns it from the closed connection.
    }
  }

  private CommitBreakpoint.Decision decide(CommitBreakpoint.Moment moment, String node) {
    Optional<CommitBreakpoint> sprung = spring(moment, node);
    if (sprung.isEmpty()) {
      return CommitBreakpoint.Decision.PASS;
    }
    CommitBreakpoint trap = sprung.get();
    trap.sprung().complete(node);
    try {
      return trap.decision().get(LONGEST_HOLD_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      return CommitBreakpoint.Decision.PASS;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return CommitBreakpoint.Decision.CUT;
    }
  }

  private Optional<CommitBreakpoint> spring(CommitBreakpoint.Moment moment, String node) {
    for (CommitBreakpoint trap : List.copyOf(armed)) {
      if (trap.waitsFor(moment, node) && armed.remove(trap)) {
        return Optional.of(trap);
      }
    }
    return Optional.empty();
  }

  /** Sets a breakpoint, in addition to the existing ones. */
  CommitBreakpoint arm(CommitBreakpoint.Moment moment, Optional<String> node) {
    CommitBreakpoint trap = CommitBreakpoint.of(moment, node);
    armed.add(trap);
    return trap;
  }

  void disarm(CommitBreakpoint trap) {
    armed.remove(trap);
    trap.decision().complete(CommitBreakpoint.Decision.PASS);
  }

  private AtomicLong appendsOf(String node) {
    return appends.computeIfAbsent(node, any -> new AtomicLong());
  }

  /**
   * Returns a number that isn't 0 if a node has written to the journal. Executions of a statement
   * that the server has parsed before aren't counted.
   */
  long appends(String node) {
    return appendsOf(node).get();
  }

  /** Counts the appends of a node from 0. */
  void forgetAppends(String node) {
    appendsOf(node).set(0);
  }

  /**
   * Resets all connections.
   *
   * @return the number of connections
   */
  int reset() {
    int open = connections.size();
    connections.forEach(ProxiedConnection::reset);
    return open;
  }

  private static void thread(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    for (ServerSocket listener : listeners.values()) {
      listener.close();
    }
    reset();
  }
}
