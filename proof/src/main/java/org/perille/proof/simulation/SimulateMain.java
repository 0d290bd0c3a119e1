package org.perille.proof.simulation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Runs a number of simulations, or runs simulations for a time, on all cores. */
public final class SimulateMain {
  /** The start of the line that names the first failure, with {@code --until-failure}. */
  public static final String FIRST_FAILURE = "first failure: ";

  private static final String USAGE =
      """
      usage: proof/run simulate [--runs N] [--minutes M] [--from SEED]   runs consecutive seeds
             proof/run simulate --until-failure 1 [...]                  the same, up to the first failure
             proof/run simulate --seed SEED                              prints the events of one run
             proof/run simulate --world delivery,chain,storage,transaction [...]     simulates only these worlds
      Each seed is run in each world. N counts runs of all worlds: 10,000 by default.
      A run depends only on its seed, and is always the same.
      Failed runs are shortened and written to proof/target/simulation; the exit code is 1. It is
      also 1 if 2,000 or more runs of a world have not gone through everything that they must.
      """;

  private static final Duration PROGRESS = Duration.ofSeconds(10);
  private static final int MAX_EXPLAINED = 5;

  private record Failed(World world, long seed) {}

  private final Simulator simulator;
  private final List<Series> all;
  private final long from;
  private final long runs;
  private final OptionalLong endNanos;
  private final boolean untilFailure;
  private final AtomicLong next = new AtomicLong();
  private final AtomicLong done = new AtomicLong();
  private final ConcurrentLinkedQueue<Failed> failed = new ConcurrentLinkedQueue<>();

  private SimulateMain(Simulator simulator, List<World> worlds, Map<String, Long> options) {
    this.simulator = simulator;
    this.all = worlds.stream().map(Series::new).toList();
    this.from = options.getOrDefault("from", 1L);
    this.endNanos =
        options.containsKey("minutes")
            ? OptionalLong.of(System.nanoTime() + TimeUnit.MINUTES.toNanos(options.get("minutes")))
            : OptionalLong.empty();
    this.untilFailure = options.containsKey("until-failure");
    this.runs = options.getOrDefault("runs", endNanos.isPresent() ? Long.MAX_VALUE : 10_000L);
  }

  /** Runs simulations. See {@code proof/run simulate --help}. */
  public static void main(String[] arguments) throws Exception {
    Map<String, Long> options = new TreeMap<>();
    Optional<List<World>> worlds = read(arguments, options);
    if (worlds.isEmpty()) {
      System.err.print(USAGE);
      System.exit(2);
    }
    boolean good;
    try (Simulator simulator = new Simulator()) {
      Long seed = options.get("seed");
      good =
          seed == null
              ? new SimulateMain(simulator, worlds.get(), options).run()
              : tell(simulator, worlds.get(), seed);
    }
    System.exit(good ? 0 : 1);
  }

  /** Returns the selected worlds. Empty if the arguments are invalid. */
  private static Optional<List<World>> read(String[] arguments, Map<String, Long> options) {
    List<World> worlds = Simulator.WORLDS;
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      String value = arguments[i + 1];
      if (arguments[i].equals("--world")) {
        List<String> names = List.of(value.split(",", -1));
        worlds = Simulator.WORLDS.stream().filter(world -> names.contains(world.name())).toList();
      } else if (arguments[i].matches("--(runs|minutes|from|seed|until-failure)")
          && value.matches("[0-9]{1,18}")) {
        options.put(arguments[i].substring(2), Long.parseLong(value));
      } else {
        return Optional.empty();
      }
    }
    return arguments.length % 2 == 0 && !worlds.isEmpty() ? Optional.of(worlds) : Optional.empty();
  }

  private static boolean tell(Simulator simulator, List<World> worlds, long seed) {
    boolean good = true;
    for (World world : worlds) {
      SimulatedRun run = simulator.tell(world, seed);
      run.lines().forEach(System.out::println);
      System.out.println(world.name() + ": " + run.failure().orElse("good"));
      good &= run.failure().isEmpty();
    }
    return good;
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
    return failed.isEmpty()
        && (untilFailure || all.stream().allMatch(series -> series.shortfalls().isEmpty()));
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
      Series series = all.get((int) (number % all.size()));
      long seed = from + number / all.size();
      SimulatedRun run = simulator.run(series.world(), seed);
      run.failure().ifPresent(failure -> onFailure(series.world(), seed, failure));
      series.add(run);
      done.incrementAndGet();
    }
  }

  private synchronized void onFailure(World world, long seed, String failure) {
    if (untilFailure && failed.isEmpty()) {
      System.out.printf(
          "%s%s seed %d, after %d runs: %s%n",
          FIRST_FAILURE, world.name(), seed, done.get() + 1, Simulator.wayOf(failure));
    }
    failed.add(new Failed(world, seed));
  }

  private String progress(long begin) {
    double seconds = (System.nanoTime() - begin) / 1e9;
    return "%,d runs, %,.0f per second, %,d operations, %d failed"
        .formatted(
            done.get(),
            done.get() / seconds,
            all.stream().mapToLong(Series::operations).sum(),
            failed.size());
  }

  private void report() throws IOException {
    all.forEach(series -> series.report().forEach(System.out::println));
    int explained = 0;
    for (Failed one : failed) {
      if (explained++ == MAX_EXPLAINED) {
        System.out.printf("and %d more%n", failed.size() - MAX_EXPLAINED);
        return;
      }
      explain(one.world, one.seed);
    }
  }

  private void explain(World world, long seed) throws IOException {
    Path file = Path.of("proof/target/simulation/%s-%d.txt".formatted(world.name(), seed));
    Files.createDirectories(file.getParent());
    SimulatedRun shortest = simulator.shrink(world, seed).orElseThrow();
    Files.writeString(
        file, String.join("\n", shortest.lines()) + "\n\n" + shortest.failure().orElse("") + "\n");
    System.out.printf(
        "%s seed %d failed; the shortest run that fails in the same way (%d lines) is in %s:%n%s%n",
        world.name(), seed, shortest.lines().size(), file, shortest.failure().orElse("not again"));
  }
}
