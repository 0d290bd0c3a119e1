package org.perille.proof.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.function.Consumer;

/** The injection of each kind of fault: how it starts, how long it lasts, and how it ends. */
final class Injector {
  /**
   * The objects into which faults are injected.
   *
   * @param exclusive held while a fault is injected that excludes others
   */
  record Target(
      Cluster cluster,
      Network network,
      Database database,
      Disk disk,
      DatabaseProxy proxy,
      Optional<Certificates> certificates,
      Lock exclusive) {}

  /** An action that may fail. */
  interface Deed {
    void run() throws Exception;
  }

  /**
   * A fault that was injected.
   *
   * @param lasts the time after which the fault must be ended
   * @param end ends the fault; has no effect when called again
   */
  record Injected(Duration lasts, Deed end) {
    static Injected atOnce() {
      return new Injected(Duration.ZERO, () -> {});
    }
  }

  /** Twice the time after which the other nodes continue without a node, to be sure. */
  private static final int BEYOND_DOWNING_MILLIS = 11_000;

  private static final Duration ALL_UP_TIMEOUT = Duration.ofSeconds(90);
  private static final int SPREAD_MILLIS = 4_000;
  private static final int FLAPS = 5;

  /** A shift below the tolerances for late dead letters and for dedup windows. */
  private static final int MOST_MILLIS_SET = 30_000;

  private static final int MOST_DAYS_SET = 40;

  /**
   * The time until every session of a vanished host should have ended, and the watch has checked
   * that.
   */
  private static final int BEYOND_SESSIONS_MILLIS = (SessionWatch.MOST_SECONDS + 5) * 1_000;

  private static final int BEYOND_RELOAD_MILLIS = (Certificates.RELOAD_SECONDS + 1) * 1_000;

  private final Target target;
  private final Random random;
  private final FaultLog log;
  private final Consumer<String> findings;

  /**
   * Creates an injector.
   *
   * @param log receives reports of what must not happen, and what no history shows
   */
  Injector(Target target, Random random, FaultLog log) {
    this.target = target;
    this.random = random;
    this.log = log;
    this.findings = log::found;
  }

  boolean canInject(FaultKind kind) {
    if (nodes().size() < kind.leastNodes()) {
      return false;
    }
    return switch (kind.group()) {
      case PROCESS, DATABASE -> true;
      case NETWORK -> target.network().canBeCut();
      case DISK -> target.disk().canBeFilled();
      case POWER -> target.disk().canLosePower();
      case TLS -> target.certificates().isPresent();
    };
  }

  /** Prepares a fault, if that takes longer than the moment of the fault allows. */
  void prepare(FaultKind kind) throws InterruptedException {
    if (kind == FaultKind.FAILOVER) {
      boolean unused = target.database().prepareFailover();
    } else if (kind.isExclusive()) {
      boolean unused = target.cluster().awaitUp(ALL_UP_TIMEOUT);
    }
  }

  /**
   * Injects a fault. For the faults of the proxy this does nothing, because the breakpoint is
   * sufficient.
   */
  Injected inject(FaultKind kind, Member victim) throws Exception {
    return switch (kind) {
      case NODE_KILLED, CLIENT_KILLED -> {
        target.cluster().with(victim, Member::kill);
        yield Injected.atOnce();
      }
      case ALL_NODES_KILLED -> {
        nodes().forEach(node -> target.cluster().with(node, Member::kill));
        yield Injected.atOnce();
      }
      case NODE_PAUSED -> {
        target.cluster().with(victim, Member::pause);
        yield new Injected(beyondDowning(), () -> target.cluster().with(victim, Member::resume));
      }
      case NODE_REPLACED -> {
        target.cluster().with(victim, Member::leave);
        yield Injected.atOnce();
      }
      case CLOCK_SET -> {
        int shift = random.nextInt(2 * MOST_MILLIS_SET) - MOST_MILLIS_SET;
        target.cluster().with(victim, node -> node.setClock(shift));
        yield new Injected(
            millis(1_000, 6_000), () -> target.cluster().with(victim, node -> node.setClock(0)));
      }
      case CLOCK_SET_BY_DAYS -> {
        long days = (1 + random.nextInt(MOST_DAYS_SET)) * (random.nextBoolean() ? 1L : -1L);
        long shift = TimeUnit.DAYS.toMillis(days);
        target.cluster().with(victim, node -> node.setClock(shift));
        yield new Injected(
            millis(1_000, 6_000), () -> target.cluster().with(victim, node -> node.setClock(0)));
      }
      case SECOND_CLUSTER -> {
        SecondCluster second = SecondCluster.begin(target, log);
        yield new Injected(Duration.ZERO, second::end);
      }
      case MAJORITY_KILLED,
          CLUSTER_SPLIT,
          LEASE_HOLDER_PAUSED,
          LEASE_HOLDER_WITHOUT_DATABASE,
          ALL_LINKS_FLAPPING ->
          new Takeovers(target, random, log).inject(kind);
      case HALF_OPEN -> vanish(victim);
      case NODE_CUT_OFF -> cut(links(victim), shortOrBeyondDowning());
      case CUT_ONE_WAY ->
          cut(
              others(victim).stream().map(other -> new Links.Link(victim, other)).toList(),
              shortOrBeyondDowning());
      case MAJORITY_RING -> cut(ring(), shortOrBeyondDowning());
      case FLAPPING -> flap(victim);
      case DATABASE_CUT_OFF -> {
        Host node = victim.place().host();
        Host launcher = target.network().launcher();
        target.network().cut(node, launcher);
        yield new Injected(millis(2_000, 8_000), () -> target.network().heal(node, launcher));
      }
      case DATABASE_KILLED -> {
        target.database().kill();
        yield new Injected(millis(300, 4_000), this::awaitDatabase);
      }
      case BACKEND_KILLED -> {
        target.database().terminateBackend();
        yield Injected.atOnce();
      }
      case CONNECTIONS_RESET -> {
        target.proxy().reset();
        yield Injected.atOnce();
      }
      case FAILOVER -> {
        boolean failedOver = target.database().prepareFailover() && target.database().failOver();
        yield failedOver
            ? new Injected(millis(8_000, 4_000), () -> target.database().endFailover(findings))
            : Injected.atOnce();
      }
      case POWER_LOST -> {
        target.database().losePower();
        yield new Injected(millis(300, 4_000), this::awaitDatabase);
      }
      case DISK_FULL -> {
        target.disk().fill();
        yield new Injected(millis(3_000, 3_000), this::freeDisk);
      }
      case CERTIFICATES_REPLACED -> {
        target.certificates().orElseThrow().trustNext();
        yield new Injected(millis(BEYOND_RELOAD_MILLIS, SPREAD_MILLIS), this::replaceCertificates);
      }
      case COMMIT_ANSWER_LOST, COMMIT_REQUEST_LOST -> Injected.atOnce();
      case COMMIT_LATE -> {
        // In half of the cases the node never learns of it, and its successor is at work by then.
        if (random.nextBoolean()) {
          target.cluster().with(victim, Member::kill);
        }
        yield new Injected(millis(3_000, 9_000), () -> {});
      }
    };
  }

  /** Stops a host without closing its connections: the network delivers no FIN and no RST. */
  private Injected vanish(Member victim) throws Exception {
    Host launcher = target.network().launcher();
    Host host = victim.place().host();
    List<Links.Link> links = links(victim);
    links().cut(links);
    target.network().cut(host, launcher);
    target.network().cut(launcher, host);
    target.cluster().with(victim, Member::pause);
    SessionWatch watch = SessionWatch.begin(target.database(), findings);
    boolean dies = random.nextBoolean();
    return new Injected(
        millis(BEYOND_SESSIONS_MILLIS, SPREAD_MILLIS),
        () -> {
          watch.end();
          if (dies) {
            target.cluster().with(victim, Member::kill);
          }
          links().heal(links);
          target.network().heal(host, launcher);
          target.network().heal(launcher, host);
          target.cluster().with(victim, Member::resume);
        });
  }

  private Links links() {
    return new Links(target.network());
  }

  private List<Links.Link> links(Member victim) {
    return Links.among(target.cluster().find(member -> true)).stream()
        .filter(link -> link.from() == victim || link.to() == victim)
        .toList();
  }

  private List<Member> nodes() {
    return target.cluster().find(member -> !member.isClient());
  }

  private List<Member> others(Member victim) {
    return target.cluster().find(member -> member != victim);
  }

  /**
   * Returns the links to cut. With three nodes: one of the three; with more: all but those to two
   * neighbours.
   */
  private List<Links.Link> ring() {
    List<Member> nodes = nodes();
    int size = nodes.size();
    int turn = random.nextInt(size);
    List<Links.Link> links = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      for (int j = i + 1; j < size; j++) {
        boolean neighbours = size == 3 ? (i + j) % 3 != turn : j - i == 1 || j - i == size - 1;
        if (!neighbours) {
          links.add(new Links.Link(nodes.get(i), nodes.get(j)));
          links.add(new Links.Link(nodes.get(j), nodes.get(i)));
        }
      }
    }
    return links;
  }

  private Injected cut(List<Links.Link> links, Duration lasts) throws Exception {
    links().cut(links);
    return new Injected(lasts, () -> links().heal(links));
  }

  private Injected flap(Member victim) throws Exception {
    List<Links.Link> links = links(victim);
    for (int i = 0; i < FLAPS; i++) {
      Injected cut = cut(links, millis(200, 1_500));
      TimeUnit.MILLISECONDS.sleep(cut.lasts().toMillis());
      cut.end().run();
      TimeUnit.MILLISECONDS.sleep(200 + random.nextInt(800));
    }
    return Injected.atOnce();
  }

  private void replaceCertificates() throws Exception {
    Certificates certificates = target.certificates().orElseThrow();
    certificates.issueNext();
    TimeUnit.MILLISECONDS.sleep(BEYOND_RELOAD_MILLIS);
    certificates.trustNextOnly();
  }

  /**
   * Waits for the database, unless the disk is full. It may not come up then; the end of that fault
   * waits for it.
   */
  private void awaitDatabase() throws Exception {
    if (!target.disk().isFull()) {
      target.database().awaitReady();
    }
  }

  private void freeDisk() throws Exception {
    target.disk().free();
    target.database().awaitReady();
  }

  /** Ends all faults that may still last. */
  void healAll() throws Exception {
    freeDisk();
    List<Member> members = target.cluster().find(member -> true);
    for (Member member : members) {
      target.cluster().with(member, Member::resume);
      target.cluster().with(member, node -> node.setClock(0));
      target.cluster().with(member, node -> node.hold(false));
      if (target.network().canBeCut()) {
        target.network().heal(member.place().host(), target.network().launcher());
        target.network().heal(target.network().launcher(), member.place().host());
        for (Member other : members) {
          target.network().heal(member.place().host(), other.place().host());
        }
      }
    }
  }

  private Duration beyondDowning() {
    return millis(BEYOND_DOWNING_MILLIS, SPREAD_MILLIS);
  }

  private Duration shortOrBeyondDowning() {
    return random.nextInt(3) == 0 ? millis(1_000, SPREAD_MILLIS) : beyondDowning();
  }

  private Duration millis(int least, int spread) {
    return Duration.ofMillis(least + random.nextInt(spread + 1));
  }
}
