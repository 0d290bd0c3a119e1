package org.perille.sharding.internal.bootstrap;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.AddressFromURIString;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.cluster.typed.JoinSeedNodes;
import org.perille.ConfigurationException;
import org.perille.StorageException;
import org.perille.spi.NodeRegistry.Node;
import org.perille.spi.NodeRegistry.State;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a node a member of the cluster that uses its database, or of a new one.
 *
 * <p>It does what {@link Formation} decides. It repeats everything until the node is a member: a
 * join that isn't answered, a statement that fails.
 */
final class Discovery {
  private static final Logger LOG = LoggerFactory.getLogger(Discovery.class);

  private static final int PROBE_TIMEOUT_MILLIS = 2_000;

  private final ActorSystem<?> system;
  private final Cluster cluster;
  private final NodeEntry entry;
  private final Duration interval;
  private final Formation formation;

  private boolean hasEntry;
  private boolean claimed;
  private boolean isMember;
  private List<Address> joining = List.of();
  private List<Node> targets = List.of();
  private String state = "it hasn't read perille_node yet";
  private Optional<SQLException> failure = Optional.empty();

  /**
   * Creates a discovery that hasn't started.
   *
   * @param interval the time between two checks
   */
  Discovery(ActorSystem<?> system, NodeEntry entry, Duration interval) {
    this.system = system;
    this.cluster = Cluster.get(system);
    this.entry = entry;
    this.interval = interval;
    this.formation = new Formation(interval);
  }

  /**
   * Blocks until this node is a member.
   *
   * @throws ConfigurationException if it can't be one
   * @throws StorageException if the database hasn't answered until the time-out
   */
  void run(Duration timeout) throws InterruptedException {
    long start = System.nanoTime();
    while (!isMember) {
      if (system.getWhenTerminated().toCompletableFuture().isDone()) {
        throw new IllegalStateException("the actor system ended before it had found its cluster");
      }
      if (System.nanoTime() - start > timeout.toNanos()) {
        throw late(timeout);
      }
      step();
      TimeUnit.MILLISECONDS.sleep(interval.toMillis());
    }
  }

  private void step() {
    try {
      boolean wasMember = hasEntry && entry.self().state() == State.MEMBER;
      List<Node> nodes = entry.countAsSeeking();
      hasEntry = true;
      // The state that a check finds is stored by the next one.
      isMember = wasMember && entry.self().state() == State.MEMBER;
      failure = Optional.empty();
      if (claimed && entry.self().state() == State.SEEKING) {
        throw superseded();
      }
      if (!entry.isUp()) {
        act(formation.decide(entry.self(), nodes));
      } else if (entry.self().state() == State.SEEKING) {
        state =
            "it has joined a cluster none of whose nodes has an entry in perille_node of this node's database: do they use the same perille.storage?";
      }
    } catch (SQLException e) {
      if (failure.isEmpty()) {
        LOG.warn(
            "This node can't use perille_node at the moment, and tries again: {}", e.toString());
      }
      failure = Optional.of(e);
    }
  }

  private void act(Formation.Decision decision) throws SQLException {
    if (claimed) {
      return;
    }
    if (decision instanceof Formation.Decision.Form form) {
      form(form);
    } else if (decision instanceof Formation.Decision.Join join) {
      join(join.members());
    } else if (decision instanceof Formation.Decision.Wait wait) {
      state = wait.reason();
    } else if (decision instanceof Formation.Decision.Refuse refuse) {
      throw new ConfigurationException(refuse.reason());
    }
  }

  private void form(Formation.Decision.Form form) throws SQLException {
    if (!entry.form(form.gone())) {
      state = "another node is about to form the cluster";
      return;
    }
    claimed = true;
    state = "it forms the cluster, alone";
    LOG.info(
        "This node forms the cluster: no other node is alive in perille_node{}",
        form.gone().isEmpty()
            ? ""
            : ", entries of %d dead ones are removed".formatted(form.gone().size()));
    cluster.manager().tell(Join.create(cluster.selfMember().address()));
  }

  private void join(List<Node> members) {
    targets = members;
    List<Address> addresses =
        members.stream()
            .map(node -> AddressFromURIString.parse(node.description().address()))
            .toList();
    // Pekko repeats the request itself. To begin again takes longer, unless a node has gone.
    if (joining.isEmpty() || !addresses.containsAll(joining)) {
      joining = addresses;
      LOG.info("This node joins the cluster of its database: {}", addresses);
      cluster.manager().tell(new JoinSeedNodes(addresses));
    }
    state = "";
  }

  private static ConfigurationException superseded() {
    return new ConfigurationException(
        "this node was about to form the cluster and was then paused, so that another node has formed it: start this one again");
  }

  private RuntimeException late(Duration timeout) {
    String head =
        "this node did not become a member of its cluster within perille.cluster.start-timeout of %s: "
            .formatted(timeout);
    if (failure.isPresent()) {
      return new StorageException(
          head + "perille_node can't be used: " + failure.get().getMessage(), failure.get());
    }
    return new ConfigurationException(head + (state.isEmpty() ? unanswered() : state));
  }

  /** Explains why no target has answered: either side may be the one that can't be reached. */
  private String unanswered() {
    String own = cluster.selfMember().address().toString();
    StringBuilder text = new StringBuilder();
    for (Node target : targets) {
      NodeAddress address = NodeAddress.parse(target.description().address());
      text.append(
          accepts(address)
              ? "%s accepts connections from here, but its answer doesn't arrive. It can't reach this node at %s: set pekko.remote.artery.canonical.hostname and port of this node to an address that other nodes reach, and check that all have the same pekko.remote.artery.transport. "
                  .formatted(Formation.describe(target), own)
              : "%s is alive, but doesn't accept connections from here: set its pekko.remote.artery.canonical.hostname and port to an address that other nodes reach, or open the port. "
                  .formatted(Formation.describe(target)));
    }
    return text.toString().strip();
  }

  private static boolean accepts(NodeAddress address) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address.host(), address.port()), PROBE_TIMEOUT_MILLIS);
      return true;
    } catch (IOException e) {
      LOG.debug("{} can't be reached", address, e);
      return false;
    }
  }
}
