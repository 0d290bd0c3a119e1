package org.perille.proof.cluster;

import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.perille.proof.workload.Workload;

/**
 * The faults after which a part of the cluster must go on, while the rest is dead or out of reach.
 *
 * <p>Each begins when all partitions handle messages, and ends when all do so again, or at a
 * time-out. The longest pause of any partition between the two is judged.
 */
final class Takeovers {
  /** Twice the time that the product needs by its documentation. */
  private static final Duration BOUND = Duration.ofSeconds(30);

  /**
   * The bound if a split is decided once more, by nodes that possibly have to start again after the
   * first decision.
   */
  private static final Duration BOUND_OF_TWO = Duration.ofSeconds(60);

  /** The time after a bound in which it is measured by how much it was missed. */
  private static final Duration BEYOND_BOUND = Duration.ofSeconds(60);

  private static final Duration WORKS_TIMEOUT = Duration.ofSeconds(60);

  /** The time until a split is decided, and the work of the side that ends has been taken over. */
  private static final Duration SPLIT = Duration.ofSeconds(16);

  private static final Duration HOLDER_TIMEOUT = Duration.ofSeconds(25);
  private static final int LOOK_FOR_HOLDER_MILLIS = 20;
  private static final int LOOK_FOR_MEMBERS_MILLIS = 200;

  /** Counts the nodes, without clients, that have written a heartbeat as members just now. */
  private static final String MEMBERS =
      "SELECT count(DISTINCT address) FROM perille_node WHERE state = 'MEMBER' AND ',' || roles || ',' LIKE '%,"
          + Workload.NODE_ROLE
          + ",%' AND counted > clock_timestamp() - interval '3 s'";

  /** The time until the holder has told its side of its decision, and more. */
  private static final int MOST_MILLIS_AFTER_LEASE = 1_500;

  private static final int LEAST_FLAPS = 15;
  private static final int MORE_FLAPS = 10;

  private final Injector.Target target;
  private final Random random;
  private final FaultLog log;

  Takeovers(Injector.Target target, Random random, FaultLog log) {
    this.target = target;
    this.random = random;
    this.log = log;
  }

  /** Injects a fault. Its end waits until all partitions handle messages. */
  Injector.Injected inject(FaultKind kind) throws Exception {
    return switch (kind) {
      case MAJORITY_KILLED -> {
        List<Member> killed = mostNodes();
        yield judged(
            kind,
            Duration.ZERO,
            BOUND,
            () -> kill(killed),
            () -> {},
            () -> killed.forEach(this::release));
      }
      case CLUSTER_SPLIT -> {
        List<Links.Link> links = acrossSplit();
        yield judged(
            kind, SPLIT, BOUND, () -> links().cut(links), () -> {}, () -> links().heal(links));
      }
      case LEASE_HOLDER_PAUSED ->
          holder(
              kind,
              node -> target.cluster().with(node, Member::pause),
              node -> {},
              node -> target.cluster().with(node, Member::resume));
      // Its side, if it has decided, waits for it as long as it is a member without a database.
      case LEASE_HOLDER_WITHOUT_DATABASE ->
          holder(
              kind,
              node -> target.network().cut(node.place().host(), target.network().launcher()),
              node -> target.network().heal(node.place().host(), target.network().launcher()),
              node -> {});
      case ALL_LINKS_FLAPPING ->
          judged(kind, Duration.ZERO, BOUND_OF_TWO, this::flap, () -> {}, () -> {});
      default -> throw new IllegalArgumentException(kind + " isn't a takeover");
    };
  }

  private Links links() {
    return new Links(target.network());
  }

  /**
   * Injects a fault that is judged.
   *
   * @param lasts the time until the wait for the partitions begins
   * @param ease what is healed before that wait
   * @param heal heals the rest
   */
  private Injector.Injected judged(
      FaultKind kind,
      Duration lasts,
      Duration bound,
      Injector.Deed begin,
      Injector.Deed ease,
      Injector.Deed heal)
      throws Exception {
    HandlingWatch watch = HandlingWatch.begin(target.database());
    boolean worked = awaitMembers() && watch.awaitEverywhere(WORKS_TIMEOUT);
    watch.restart();
    begin.run();
    return new Injector.Injected(
        lasts,
        () -> {
          try {
            ease.run();
            boolean works = watch.awaitEverywhere(bound.plus(BEYOND_BOUND));
            Duration pause = watch.longestPause();
            if (!worked) {
              log.say(
                  kind + " isn't judged: the cluster wasn't complete, or didn't handle messages");
            } else {
              log.paused(kind, pause, bound, works);
            }
          } finally {
            watch.end();
            heal.run();
          }
        });
  }

  /**
   * Waits until all nodes are members. A process whose node starts again counts as up meanwhile.
   *
   * @return false at the time-out
   */
  private boolean awaitMembers() throws InterruptedException {
    int nodes = target.cluster().find(node -> !node.isClient()).size();
    long end = System.nanoTime() + WORKS_TIMEOUT.toNanos();
    while (members() < nodes) {
      if (System.nanoTime() > end) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_FOR_MEMBERS_MILLIS);
    }
    return true;
  }

  private int members() {
    try (Connection connection = target.database().connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(MEMBERS)) {
      row.next();
      return row.getInt(1);
    } catch (SQLException e) {
      return 0;
    }
  }

  /** Splits the cluster, and disturbs the node that gets the lease when it has got it. */
  private Injector.Injected holder(
      FaultKind kind,
      Cluster.Action<IOException> disturb,
      Cluster.Action<IOException> ease,
      Cluster.Action<IOException> end)
      throws Exception {
    List<Links.Link> links = acrossSplit();
    List<Member> disturbed = new ArrayList<>();
    return judged(
        kind,
        SPLIT,
        BOUND_OF_TWO,
        () -> {
          String before = lease();
          links().cut(links);
          Optional<Member> holder = awaitHolder(before);
          // In half of the cases before its side knows of the decision.
          TimeUnit.MILLISECONDS.sleep(
              random.nextBoolean() ? 0 : random.nextInt(MOST_MILLIS_AFTER_LEASE));
          if (holder.isPresent()) {
            disturb.on(holder.get());
            disturbed.add(holder.get());
            log.say("%s has the lease".formatted(holder.get().process()));
          } else {
            log.say("no node has got the lease");
          }
        },
        () -> {
          for (Member node : disturbed) {
            ease.on(node);
          }
        },
        () -> {
          for (Member node : disturbed) {
            end.on(node);
          }
          links().heal(links);
        });
  }

  /** Waits until a node gets the lease. */
  private Optional<Member> awaitHolder(String before) throws InterruptedException {
    long end = System.nanoTime() + HOLDER_TIMEOUT.toNanos();
    while (System.nanoTime() < end) {
      String owner = lease();
      if (!owner.isEmpty() && !owner.equals(before)) {
        return target.cluster().find(node -> owner.startsWith(node.place().member() + "#")).stream()
            .findFirst();
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_FOR_HOLDER_MILLIS);
    }
    return Optional.empty();
  }

  /** Returns the node that holds the lease, or an empty string. */
  private String lease() {
    try (Connection connection = target.database().connect();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT owner FROM perille_lease WHERE owner <> ''")) {
      return row.next() ? row.getString(1) : "";
    } catch (SQLException e) {
      return "";
    }
  }

  private List<Member> shuffledNodes() {
    List<Member> nodes = new ArrayList<>(target.cluster().find(node -> !node.isClient()));
    Collections.shuffle(nodes, random);
    return nodes;
  }

  /** Returns all nodes but the largest minority, and one of two. */
  private List<Member> mostNodes() {
    List<Member> nodes = shuffledNodes();
    int left = Math.max(1, (nodes.size() - 1) / 2);
    return nodes.subList(left, nodes.size());
  }

  private void kill(List<Member> nodes) {
    for (Member node : nodes) {
      target
          .cluster()
          .with(
              node,
              victim -> {
                victim.hold(true);
                victim.kill();
              });
    }
  }

  private void release(Member node) {
    target.cluster().with(node, held -> held.hold(false));
  }

  /** Returns the links between two sides. Each has a node. The client is on one of them. */
  private List<Links.Link> acrossSplit() {
    List<Member> nodes = shuffledNodes();
    int size = 1 + random.nextInt(nodes.size() - 1);
    List<Member> one = new ArrayList<>(nodes.subList(0, size));
    List<Member> other = new ArrayList<>(nodes.subList(size, nodes.size()));
    target
        .cluster()
        .find(Member::isClient)
        .forEach(client -> (random.nextBoolean() ? one : other).add(client));
    List<Links.Link> links = new ArrayList<>();
    for (Member a : one) {
      for (Member b : other) {
        links.add(new Links.Link(a, b));
        links.add(new Links.Link(b, a));
      }
    }
    return links;
  }

  private void flap() throws Exception {
    List<Links.Link> all = Links.among(target.cluster().find(member -> true));
    int flaps = LEAST_FLAPS + random.nextInt(MORE_FLAPS);
    try {
      for (int i = 0; i < flaps; i++) {
        for (Links.Link link : all) {
          if (random.nextBoolean()) {
            links().cut(List.of(link));
          } else {
            links().heal(List.of(link));
          }
        }
        TimeUnit.MILLISECONDS.sleep(200 + random.nextInt(1_000));
      }
    } finally {
      links().heal(all);
    }
  }
}
