package org.perille.proof.cluster;

import java.io.IOException;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.perille.proof.workload.Bookings;
import org.perille.proof.workload.EffectTable;
import org.perille.proof.workload.Report;
import org.perille.proof.workload.Witness;
import org.perille.testkit.history.Operation.Healed;

/** A run of the suite: a cluster under load, faults, the final heal, the audit and the verdict. */
final class FaultSuite {
  private static final Duration START_TIMEOUT = Duration.ofMinutes(5);
  private static final Duration AUDIT_TIMEOUT = NodeMain.TEMPO.timeout().plusMinutes(10);
  private static final long CALM_SECONDS = 5;

  /**
   * The number of faults from which on each kind must have occurred: the number of pairs of kind
   * and phase.
   */
  private static final int LONG_RUN_FAULTS = 100;

  /** The number of faults from which on each pair of kind and phase must have occurred. */
  private static final int EVERY_PAIR_FAULTS = 1_000;

  private final Options options;
  private final PrintStream out;

  FaultSuite(Options options, PrintStream out) {
    this.options = options;
    this.out = out;
  }

  /**
   * Runs the suite.
   *
   * @return whether nothing was found, and a run that isn't short did what it claims
   */
  boolean run() throws Exception {
    Path directory = Files.createDirectories(options.directory());
    boolean clean = false;
    try {
      clean = run(directory);
    } finally {
      // Also after an exception, because then the files are the only information.
      if (clean && !options.keep()) {
        delete(directory);
      } else {
        tellWhatIsLeft(directory);
      }
    }
    return clean;
  }

  private void tellWhatIsLeft(Path directory) {
    out.printf(
        """
        The run's files are in %s: the history of each process (*.history), the logs of nodes and database (*.log).
        Judge them once more:  proof/run cluster --judge %s
        The same faults again: proof/run cluster %s--seed %d --nodes %d --rate %d --tls %s
        """,
        directory,
        directory,
        options.brief() ? "--short " : "",
        options.seed(),
        options.nodes(),
        options.rate(),
        options.tls() ? "on" : "off");
  }

  private boolean run(Path directory) throws Exception {
    try (Network network = options.loopback() ? new Loopback() : Network.open();
        Disk disk = Disk.make(directory);
        Witness witness = Witness.open(directory, "nemesis")) {
      // An interrupted run must not leave devices behind. Both objects may be closed twice.
      Runtime.getRuntime().addShutdownHook(new Thread(() -> leave(network, disk)));
      out.printf(
          "seed %d, %d nodes on %s, in %s%n",
          options.seed(), options.nodes(), network.description(), directory);
      Host host = network.add("database");
      Isolation isolation = Isolation.of(options.seed());
      out.printf("effects at %s%n", isolation);
      if (!disk.canLosePower()) {
        out.println("POWER_LOST is NOT AVAILABLE: it requires root, loop devices, ext4 and perl");
      }
      options.only().stream()
          .filter(kind -> kind.leastNodes() > options.nodes())
          .forEach(
              kind -> out.printf("%s is LEFT OUT: it needs %d nodes%n", kind, kind.leastNodes()));
      Optional<Certificates> certificates = certificates(directory);
      try (Database database = Database.create(host, ports(network), disk, directory);
          DatabaseProxy proxy = new DatabaseProxy(network.launcher().address());
          Cluster cluster =
              new Cluster(
                  new Cluster.Setting(
                      network, proxy, directory, options.rate(), isolation, certificates),
                  options.seed())) {
        database.onMove(proxy::pointTo);
        database.execute(EffectTable.CREATE);
        for (String table : Bookings.CREATE) {
          database.execute(table);
        }
        FaultLog faults = new FaultLog(out, witness.recorder(), !options.brief());
        boolean audited =
            proceed(
                new Injector.Target(
                    cluster, network, database, disk, proxy, certificates, new ReentrantLock()),
                faults,
                witness);
        // No process may write any more while the files are read one after the other.
        cluster.end();
        out.printf("%d starts of processes, seed %d%n", cluster.starts(), options.seed());
        faults
            .longestPauses()
            .forEach(
                (kind, pause) ->
                    out.printf(
                        "longest pause of a partition after %s: %.1f s%n",
                        kind, pause.toMillis() / 1e3));
        boolean good = judge(directory, possible(network, disk, certificates)) && audited;
        faults.findings().forEach(finding -> out.println("FOUND: " + finding));
        return good
            && faults.findings().isEmpty()
            && judged(faults, possible(network, disk, certificates));
      }
    }
  }

  private Optional<Certificates> certificates(Path directory) throws IOException {
    if (options.tls() && !Certificates.canBeMade()) {
      out.println("TLS is NOT AVAILABLE: it requires the program openssl of version 3");
      return Optional.empty();
    }
    out.println("connections between processes " + (options.tls() ? "use TLS" : "are plain"));
    return options.tls()
        ? Optional.of(Certificates.create(directory.resolve("tls")))
        : Optional.empty();
  }

  /** Returns false if a long run had no occasion to judge a fault that is judged by itself. */
  private boolean judged(FaultLog faults, List<FaultKind> possible) {
    List<FaultKind> missing =
        possible.stream().filter(kind -> kind.isExclusive() && !faults.wasJudged(kind)).toList();
    boolean binding = !options.brief() && options.faults().orElse(0) >= LONG_RUN_FAULTS;
    missing.forEach(
        kind -> out.printf("%s  no %s was judged%n", binding ? "NOT DONE" : "not met ", kind));
    return missing.isEmpty() || !binding;
  }

  private boolean proceed(Injector.Target target, FaultLog faults, Witness witness)
      throws Exception {
    Cluster cluster = target.cluster();
    for (int i = 1; i <= options.nodes(); i++) {
      cluster.add("node-" + i, Member.Role.NODE);
    }
    cluster.add("client", Member.Role.CLIENT);
    cluster.watch();
    if (!cluster.awaitUp(START_TIMEOUT)) {
      throw new IOException("the cluster doesn't come up; see the logs");
    }
    TimeUnit.SECONDS.sleep(CALM_SECONDS);
    faults.say("the cluster is up");
    Nemesis nemesis = new Nemesis(target, faults, new Random(options.seed()));
    ConnectionFaults beside = connectionFaults(target, faults);
    try {
      beside.begin();
      torment(nemesis, faults);
    } catch (Exception e) {
      // Its consequences may keep the heal from succeeding.
      out.println("The faults ended with " + e);
      throw e;
    } finally {
      beside.end();
      nemesis.healAll();
    }
    faults.say("all faults are healed");
    boolean up = cluster.awaitUp(START_TIMEOUT);
    cluster.quiet();
    witness.recorder().record(new Healed(Witness.now()));
    boolean audited = cluster.audit(AUDIT_TIMEOUT);
    faults.say("the audit has " + (audited ? "ended" : "FAILED, see audit.log"));
    return up && audited;
  }

  /**
   * Returns the faults of connections. They have their own random numbers, so that their timing
   * doesn't affect the other faults.
   */
  private ConnectionFaults connectionFaults(Injector.Target target, FaultLog faults) {
    Random random = new Random(options.seed() + 1);
    return new ConnectionFaults(
        new Nemesis(target, faults, random),
        Schedule.ofConnections(options.only()::contains, random),
        random);
  }

  private void torment(Nemesis nemesis, FaultLog faults) throws Exception {
    Random random = new Random(options.seed() + 2);
    Predicate<FaultKind> possible =
        kind -> options.only().contains(kind) && nemesis.canInject(kind);
    if (options.brief()) {
      for (Schedule.Pair pair : Schedule.brief(possible, random)) {
        nemesis.strike(pair.first(), pair.meanwhile());
      }
      return;
    }
    Schedule schedule = Schedule.endless(possible, random);
    Schedule others = Schedule.endless(possible.and(kind -> !kind.isExclusive()), random);
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(options.minutes());
    while (options.faults().map(n -> faults.count() < n).orElse(System.nanoTime() < end)) {
      Schedule.Entry entry = schedule.next();
      if (!nemesis.strike(
          entry,
          nemesis.combines() && others.size() > 0
              ? Optional.of(others.next())
              : Optional.empty())) {
        schedule.missed(entry);
      }
    }
  }

  private List<FaultKind> possible(
      Network network, Disk disk, Optional<Certificates> certificates) {
    return options.only().stream()
        .filter(kind -> kind.leastNodes() <= options.nodes())
        .filter(kind -> kind.group() != FaultKind.Group.TLS || certificates.isPresent())
        .filter(kind -> kind.group() != FaultKind.Group.NETWORK || network.canBeCut())
        .filter(kind -> kind.group() != FaultKind.Group.DISK || disk.canBeFilled())
        .filter(kind -> kind.group() != FaultKind.Group.POWER || disk.canLosePower())
        .toList();
  }

  private boolean judge(Path directory, List<FaultKind> possible) throws IOException {
    boolean allKinds = options.only().size() == FaultKind.values().length;
    boolean longEnough = options.faults().orElse(0) >= LONG_RUN_FAULTS;
    return new Report(
            new Report.Claims(
                !options.brief(),
                longEnough ? possible.stream().map(FaultKind::name).toList() : List.of(),
                1,
                longEnough && allKinds,
                options.faults().orElse(0) >= EVERY_PAIR_FAULTS ? pairs(possible) : Set.of(),
                longEnough,
                (long) options.rate() * CALM_SECONDS),
            NodeMain.TEMPO.timeout(),
            out)
        .judge(directory);
  }

  private static Set<Report.Met> pairs(List<FaultKind> kinds) {
    return kinds.stream()
        .flatMap(
            kind -> Schedule.phases(kind).stream().map(phase -> new Report.Met(kind.name(), phase)))
        .collect(Collectors.toSet());
  }

  private static void leave(Network network, Disk disk) {
    network.close();
    disk.close();
  }

  private static Database.Ports ports(Network network) {
    AtomicInteger next = new AtomicInteger(PostgresServer.PORT);
    return network.canBeCut() ? next::getAndIncrement : FaultSuite::freePort;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
