package org.perille.proof.actors;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.perille.proof.workload.LastMessages;

/**
 * The cluster of a run.
 *
 * <p><b>Threading</b>: one thread may replace nodes while another one reads.
 */
final class Nodes {
  private final World world;
  private final List<Node> nodes = new CopyOnWriteArrayList<>();
  private final List<Integer> starts = new ArrayList<>();
  private Node client;
  private volatile boolean quiet;
  private volatile Instant lateBegin = Instant.MAX;

  private Nodes(World world) {
    this.world = world;
  }

  /** Starts this number of nodes, and a client. */
  static Nodes start(World world, int count) throws Exception {
    Nodes all = new Nodes(world);
    try {
      Node first = Node.start(world, "node-1.1", Node.Role.NODE, List.of());
      all.nodes.add(first);
      List<String> seeds = List.of(first.address());
      List<CompletableFuture<Node>> others =
          IntStream.rangeClosed(2, count)
              .mapToObj(i -> start(world, "node-" + i + ".1", Node.Role.NODE, seeds))
              .toList();
      all.client = start(world, "client", Node.Role.CLIENT, seeds).get();
      for (CompletableFuture<Node> other : others) {
        all.nodes.add(other.get());
      }
      all.nodes.forEach(node -> all.starts.add(1));
      return all;
    } catch (Exception e) {
      all.end();
      throw e;
    }
  }

  private static CompletableFuture<Node> start(
      World world, String process, Node.Role role, List<String> seeds) {
    CompletableFuture<Node> started = new CompletableFuture<>();
    new Thread(
            () -> {
              try {
                started.complete(Node.start(world, process, role, seeds));
              } catch (RuntimeException e) {
                started.completeExceptionally(e);
              }
            },
            "start-" + process)
        .start();
    return started;
  }

  int size() {
    return nodes.size();
  }

  Node client() {
    return client;
  }

  /**
   * Starts all publishing. The oldest node comes last: it relays the outbox from then on, and must
   * fence those that have relayed before.
   */
  void publish() throws InterruptedException {
    client.publish();
    for (int i = nodes.size() - 1; i >= 0; i--) {
      nodes.get(i).publish();
    }
  }

  /** Registers the subscription that starts at a time, on all nodes. */
  void registerLate(Instant begin) throws InterruptedException {
    for (Node node : nodes) {
      node.registerLate(begin);
    }
    client.registerLate(begin);
    lateBegin = begin;
  }

  /** Stops all publishing. Nodes that start later don't publish either. */
  void quiet() throws InterruptedException {
    quiet = true;
    for (Node node : nodes) {
      node.quiet();
    }
    client.quiet();
  }

  /**
   * Waits until nothing is under way.
   *
   * @return descriptions of what still is after the time-out
   */
  List<String> settle() {
    return nodes.stream()
        .flatMap(
            node ->
                new LastMessages(node.perille(), node.witness())
                    .publish(World.TEMPO.timeout()).stream())
        .toList();
  }

  /** Lets a node leave, and then another one join. */
  void replace(int index) throws Exception {
    Node leaving = nodes.get(index);
    leaving.leave();
    starts.set(index, starts.get(index) + 1);
    List<String> seeds = nodes.stream().filter(node -> node != leaving).map(Node::address).toList();
    Node next =
        Node.start(world, "node-" + (index + 1) + "." + starts.get(index), Node.Role.NODE, seeds);
    nodes.set(index, next);
    next.registerLate(lateBegin);
    if (!quiet) {
      next.publish();
    }
  }

  /** Returns all actors with the sizes of their mailboxes, to find one that hangs. */
  List<String> actors() {
    return nodes.stream().map(node -> node.process() + "\n" + node.actors()).toList();
  }

  /** Stops all nodes at once. */
  void end() throws Exception {
    for (Node node : nodes) {
      node.end();
    }
    if (client != null) {
      client.end();
    }
  }
}
