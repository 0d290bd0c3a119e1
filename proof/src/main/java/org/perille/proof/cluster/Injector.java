package org.perille.proof.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Knows how each fault is injected, how long it lasts, and how it ends. */
final class Injector {
  /** What faults are injected into. */
  record Target(
      Cluster cluster, Network network, Database database, Disk disk, DatabaseProxy proxy) {}

  /** Something that may fail as the world does. */
  interface Deed {
    void run() throws Exception;
  }

  /**
   * A fault that has been injected.
   *
   * @param lasts until it is to be ended
   * @param end ends it; harmless if that has been done already
   */
  record Injected(Duration lasts, Deed end) {
    static Injected atOnce() {
      return new Injected(Duration.ZERO, () -> {});
    }
  }

  /** Beyond the time after which the others go on without a node: twice, to be sure. */
  private static final int BEYOND_DOWNING_MILLIS = 11_000;

  private static final int SPREAD_MILLIS = 4_000;
  private static final int FLAPS = 5;

  /** Less than what a dead letter, or a dedup window, may be late. */
  private static final int MOST_MILLIS_SET = 30_000;

  private static final int MOST_DAYS_SET = 40;

  /** Until every session that a vanished host leaves should have ended, and has been looked at. */
  private static final int BEYOND_SESSIONS_MILLIS = (SessionWatch.MOST_SECONDS + 5) * 1_000;

  private final Target target;
  private final Random random;
  private final Consumer<String> findings;

  /**
   * @param findings is told of what must not happen, and what no history shows
   */
  Injector(Target target, Random random, Consumer<String> findings) {
    this.target = target;
    this.random = random;
    this.findings = findings;
  }

  boolean canInject(FaultKind kind) {
    return switch (kind.group()) {
      case PROCESS, DATABASE -> true;
      case NETWORK -> target.network().canBeCut();
      case DISK -> target.disk().canBeFilled();
      case POWER -> target.disk().canLosePower();
    };
  }

  /** Does what takes longer than a moment, before the moment of a fault. */
  void prepare(FaultKind kind) throws InterruptedException {
    if (kind == FaultKind.FAILOVER) {
      boolean unused = target.database().prepareFailover();
    }
  }

  /** Injects a fault; those of the proxy are none of ours: a trap is all it takes. */
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
      case HALF_OPEN -> vanish(victim);
      case NODE_CUT_OFF -> cut(links(victim), shortOrBeyondDowning());
      case CUT_ONE_WAY ->
          cut(
              others(victim).stream().map(other -> new Link(victim, other)).toList(),
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
      case COMMIT_ANSWER_LOST, COMMIT_REQUEST_LOST -> Injected.atOnce();
      case COMMIT_LATE -> {
        // Half of the time for a node that will never know, and whose successor is at work by then.
        if (random.nextBoolean()) {
          target.cluster().with(victim, Member::kill);
        }
        yield new Injected(millis(3_000, 9_000), () -> {});
      }
    };
  }

  /** A host stops, and nobody hears that its connections are gone: there is no FIN, and no RST. */
  private Injected vanish(Member victim) throws Exception {
    Host launcher = target.network().launcher();
    Host host = victim.place().host();
    List<Link> links = links(victim);
    for (Link link : links) {
      target.network().cut(link.from.place().host(), link.to.place().host());
    }
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
          heal(links);
          target.network().heal(host, launcher);
          target.network().heal(launcher, host);
          target.cluster().with(victim, Member::resume);
        });
  }

  private record Link(Member from, Member to) {}

  private List<Link> links(Member victim) {
    List<Link> links = new ArrayList<>();
    others(victim)
        .forEach(other -> links.addAll(List.of(new Link(victim, other), new Link(other, victim))));
    return links;
  }

  private List<Member> nodes() {
    return target.cluster().find(member -> !member.isClient());
  }

  private List<Member> others(Member victim) {
    return target.cluster().find(member -> member != victim);
  }

  /** With three nodes one of the three links, with more all but those to two neighbours. */
  private List<Link> ring() {
    List<Member> nodes = nodes();
    int size = nodes.size();
    int turn = random.nextInt(size);
    List<Link> links = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      for (int j = i + 1; j < size; j++) {
        boolean neighbours = size == 3 ? (i + j) % 3 != turn : j - i == 1 || j - i == size - 1;
        if (!neighbours) {
          links.add(new Link(nodes.get(i), nodes.get(j)));
          links.add(new Link(nodes.get(j), nodes.get(i)));
        }
      }
    }
    return links;
  }

  private Injected cut(List<Link> links, Duration lasts) throws Exception {
    for (Link link : links) {
      target.network().cut(link.from.place().host(), link.to.place().host());
    }
    return new Injected(lasts, () -> heal(links));
  }

  private void heal(List<Link> links) throws Exception {
    for (Link link : links) {
      target.network().heal(link.from.place().host(), link.to.place().host());
    }
  }

  private Injected flap(Member victim) throws Exception {
    List<Link> links = links(victim);
    for (int i = 0; i < FLAPS; i++) {
      Injected cut = cut(links, millis(200, 1_500));
      TimeUnit.MILLISECONDS.sleep(cut.lasts().toMillis());
      cut.end().run();
      TimeUnit.MILLISECONDS.sleep(200 + random.nextInt(800));
    }
    return Injected.atOnce();
  }

  /** On a full disk a database may not come up: then it is waited for when there is room again. */
  private void awaitDatabase() throws Exception {
    if (!target.disk().isFull()) {
      target.database().awaitReady();
    }
  }

  private void freeDisk() throws Exception {
    target.disk().free();
    target.database().awaitReady();
  }

  /** Ends whatever may still last. */
  void healAll() throws Exception {
    freeDisk();
    List<Member> members = target.cluster().find(member -> true);
    for (Member member : members) {
      target.cluster().with(member, Member::resume);
      target.cluster().with(member, node -> node.setClock(0));
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
