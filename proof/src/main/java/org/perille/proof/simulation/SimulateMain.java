package org.perille.proof.simulation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.perille.internal.subscribe.SimulatedRun;
import org.perille.testkit.history.Coverage;

/** Runs as many simulations as one wants, or for as long, on all cores. */
public final class SimulateMain {
  /** Begins the line that names the first failure, if there was to be only one. */
  public static final String FIRST_FAILURE = "first failure: ";

  private static final String USAGE =
      """
      usage: proof/run simulate [--runs N] [--minutes M] [--from SEED]   runs seed after seed
             proof/run simulate --until-failure 1 [...]                  the same, up to the first that fails
             proof/run simulate --seed SEED                              tells what happens in one
      10,000 runs unless told. Each run is made of the seed alone, and is the same each time.
      What failed is shortened and written to proof/target/simulation; exit code 1.
      """;

  private static final Duration PROGRESS = Duration.ofSeconds(10);
  private static final int MAX_EXPLAINED = 5;

  private final Simulator simulator;
  private final long from;
  private final long runs;
  private final OptionalLong endNanos;
  private final boolean untilFailure;
  private final AtomicLong next = new AtomicLong();
  private final AtomicLong done = new AtomicLong();
  private final ConcurrentLinkedQueue<Long> failed = new ConcurrentLinkedQueue<>();
  private final Map<String, Long> marks = new TreeMap<>();
  private Coverage coverage = Coverage.none();

  private SimulateMain(Simulator simulator, Map<String, Long> options) {
    this.simulator = simulator;
    this.from = options.getOrDefault("from", 1L);
    this.endNanos =
        options.containsKey("minutes")
            ? OptionalLong.of(System.nanoTime() + TimeUnit.MINUTES.toNanos(options.get("minutes")))
            : OptionalLong.empty();
    this.untilFailure = options.containsKey("until-failure");
    this.runs = options.getOrDefault("runs", endNanos.isPresent() ? Long.MAX_VALUE : 10_000L);
  }

  /** See {@code proof/run simulate --help}. */
  public static void main(String[] arguments) throws Exception {
    Optional<Map<String, Long>> options = options(arguments);
    if (options.isEmpty()) {
      System.err.print(USAGE);
      System.exit(2);
    }
    boolean good;
    try (Simulator simulator = new Simulator()) {
      Long seed = options.get().get("seed");
      good =
          seed == null
              ? new SimulateMain(simulator, options.get()).run()
              : tell(simulator.tell(seed));
    }
    System.exit(good ? 0 : 1);
  }

  private static Optional<Map<String, Long>> options(String[] arguments) {
    Map<String, Long> options = new TreeMap<>();
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      if (!arguments[i].matches("--(runs|minutes|from|seed|until-failure)")
          || !arguments[i + 1].matches("[0-9]{1,18}")) {
        return Optional.empty();
      }
      options.put(arguments[i].substring(2), Long.parseLong(arguments[i + 1]));
    }
    return arguments.length % 2 == 0 ? Optional.of(options) : Optional.empty();
  }

  private static boolean tell(SimulatedRun run) {
    run.told().forEach(System.out::println);
    System.out.println(run.failure().orElse("good"));
    return run.failure().isEmpty();
  }

  private boolean run() throws InterruptedException, IOException {
    int threads = Runtime.getRuntime().availableProcessors();
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    long begin = System.nanoTime();
    for (int i = 0; i < threads; i++) {
      executor.execute(this::runSeeds);
    }
    executor.shutdown();
    while (!executor.awaitTermination(PROGRESS.toSeconds(), TimeUnit.SECONDS)) {
      System.out.println(progress(begin));
    }
    System.out.println(progress(begin));
    if (!untilFailure) {
      report();
    }
    return failed.isEmpty();
  }

  private void runSeeds() {
    while (endNanos.isEmpty() || System.nanoTime() < endNanos.getAsLong()) {
      if (untilFailure && !failed.isEmpty()) {
        return;
      }
      long number = next.getAndIncrement();
      if (number >= runs) {
        return;
      }
      SimulatedRun run = simulator.run(from + number);
      run.failure().ifPresent(failure -> onFailure(from + number, failure));
      add(run);
      done.incrementAndGet();
    }
  }

  private synchronized void onFailure(long seed, String failure) {
    if (untilFailure && failed.isEmpty()) {
      System.out.printf(
          "%sseed %d, after %d runs: %s%n",
          FIRST_FAILURE, seed, done.get() + 1, Simulator.wayOf(failure));
    }
    failed.add(seed);
  }

  private synchronized void add(SimulatedRun run) {
    run.marks().forEach((mark, count) -> marks.merge(mark, count, Long::sum));
    coverage = coverage.plus(run.coverage());
  }

  private synchronized String progress(long begin) {
    double seconds = (System.nanoTime() - begin) / 1e9;
    return "%,d runs, %,.0f a second, %,d operations, %d failed"
        .formatted(done.get(), done.get() / seconds, coverage.operations(), failed.size());
  }

  private synchronized void report() throws IOException {
    System.out.println("went through:");
    SimulatedRun.wantedMarks()
        .forEach(mark -> System.out.printf("  %-24s %,12d%n", mark, marks.getOrDefault(mark, 0L)));
    System.out.println("faults by what they hit:");
    coverage.faults().forEach((kind, phases) -> System.out.printf("  %-24s %s%n", kind, phases));
    int explained = 0;
    for (long seed : failed) {
      if (explained++ == MAX_EXPLAINED) {
        System.out.printf("and %d more%n", failed.size() - MAX_EXPLAINED);
        return;
      }
      explain(seed);
    }
  }

  private void explain(long seed) throws IOException {
    Path file = Path.of("proof/target/simulation/seed-" + seed + ".txt");
    Files.createDirectories(file.getParent());
    SimulatedRun shortest = simulator.shrink(seed).orElseThrow();
    Files.writeString(
        file, String.join("\n", shortest.told()) + "\n\n" + shortest.failure().orElse("") + "\n");
    System.out.printf(
        "seed %d failed; what happens in the shortest run like it (%d lines) is in %s:%n%s%n",
        seed, shortest.told().size(), file, shortest.failure().orElse("not again"));
  }
}
