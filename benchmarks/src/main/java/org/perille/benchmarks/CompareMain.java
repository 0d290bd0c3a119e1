package org.perille.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.perille.benchmarks.contender.Contenders;
import org.perille.benchmarks.contender.JavaProcess;
import org.perille.benchmarks.contender.Job;
import org.perille.benchmarks.contender.Payload;
import org.perille.benchmarks.contender.Work;
import org.perille.benchmarks.report.Report;
import org.perille.benchmarks.trial.Result;
import org.perille.benchmarks.trial.Setting;
import org.perille.benchmarks.trial.TrialMain;

/**
 * Runs the same workloads on all contenders and compares the results.
 *
 * <p>The contenders take turns, round by round, in a {@linkplain BalancedOrder balanced order}.
 * Each trial is a process of its own.
 */
public final class CompareMain {
  private static final String USAGE =
      """
      usage: benchmarks/run compare JOB [options]

        --rates R,R,...      parcels per second; 0 for as many as possible (0,1000,10000)
        --bytes N,N,...      size of a parcel (200)
        --payload P          content of parcels: random bytes, or invoices as JSON, which have
                             their own size (random)
        --subscriptions N,.. number that handle each parcel, in job 'handle' (1)
        --rounds N           number of trials of each contender (3)
        --warm-up S          seconds before the measurement of each trial (10)
        --seconds S          seconds of the measurement of each trial (15)
        --contenders C,C,... contenders; ratios are to the first (all that can do the job, without
                             those in brackets)

      JOB: %s
      contenders: %s

      Results are in benchmarks/target/results/JOB: tables, CSV and plots.
      """
          .formatted(
              String.join(", ", EnumSet.allOf(Job.class).stream().map(Job::label).toList()),
              Contenders.names().stream()
                  .map(name -> Contenders.isUsual(name) ? name : "(" + name + ")")
                  .collect(Collectors.joining(", ")));

  private static final Set<String> OPTIONS =
      Set.of(
          "--rates",
          "--bytes",
          "--payload",
          "--subscriptions",
          "--rounds",
          "--warm-up",
          "--seconds",
          "--contenders");

  private static final long TIMEOUT_SECONDS = 300;

  private final Map<String, String> options;
  private final Job job;
  private final Path directory;

  private CompareMain(Job job, Map<String, String> options) {
    this.job = job;
    this.options = options;
    this.directory = Path.of("benchmarks", "target", "results", job.label());
  }

  /** Runs a comparison. See {@code benchmarks/run compare --help}. */
  public static void main(String[] arguments) throws Exception {
    CompareMain compare;
    List<Setting> workloads;
    try {
      compare = parse(List.of(arguments));
      workloads = compare.workloads();
    } catch (IllegalArgumentException e) {
      boolean asked = List.of(arguments).contains("--help");
      System.err.print(asked ? USAGE : "benchmarks/run compare: " + e.getMessage() + "\n" + USAGE);
      System.exit(asked ? 0 : 2);
      return;
    }
    compare.run(workloads);
  }

  private static CompareMain parse(List<String> arguments) {
    if (arguments.size() % 2 == 0) {
      throw new IllegalArgumentException("use a job, and a value for each option");
    }
    Job job =
        EnumSet.allOf(Job.class).stream()
            .filter(known -> known.label().equals(arguments.get(0)))
            .findFirst()
            .orElseThrow(
                () -> new IllegalArgumentException("there is no job '" + arguments.get(0) + "'"));
    Map<String, String> options = new TreeMap<>();
    for (int i = 1; i < arguments.size(); i += 2) {
      if (!OPTIONS.contains(arguments.get(i))) {
        throw new IllegalArgumentException("there is no option '" + arguments.get(i) + "'");
      }
      options.put(arguments.get(i), arguments.get(i + 1));
    }
    return new CompareMain(job, options);
  }

  private List<Integer> numbers(String option, String otherwise) {
    String value = options.getOrDefault(option, otherwise);
    if (!value.matches("[0-9]{1,9}(,[0-9]{1,9})*")) {
      throw new IllegalArgumentException(
          option + " is '" + value + "': use one number, or several separated by commas");
    }
    return Arrays.stream(value.split(",")).map(Integer::valueOf).toList();
  }

  private int number(String option, String otherwise) {
    return numbers(option, otherwise).get(0);
  }

  /** Returns the workloads, with the first contender. */
  private List<Setting> workloads() {
    List<Setting> workloads = new ArrayList<>();
    for (int bytes : numbers("--bytes", "200")) {
      for (int subscriptions : numbers("--subscriptions", "1")) {
        for (int rate : numbers("--rates", "0,1000,10000")) {
          workloads.add(
              new Setting(
                  contenders().get(0),
                  new Work(job, subscriptions),
                  rate,
                  payload(),
                  bytes,
                  number("--warm-up", "10"),
                  number("--seconds", "15")));
        }
      }
    }
    return workloads;
  }

  private Payload payload() {
    String name = options.getOrDefault("--payload", Payload.RANDOM.label());
    return EnumSet.allOf(Payload.class).stream()
        .filter(known -> known.label().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("there is no payload '" + name + "'"));
  }

  private List<String> contenders() {
    List<String> able =
        Contenders.names().stream().filter(name -> Contenders.jobs(name).contains(job)).toList();
    List<String> wanted =
        options.containsKey("--contenders")
            ? List.of(options.get("--contenders").split(","))
            : able.stream().filter(Contenders::isUsual).toList();
    if (!able.containsAll(wanted)) {
      throw new IllegalArgumentException(
          "not all of %s can do '%s'; these can: %s"
              .formatted(wanted, job.label(), String.join(", ", able)));
    }
    return wanted;
  }

  private void run(List<Setting> workloads) throws Exception {
    Files.createDirectories(directory);
    Report report = new Report();
    for (Setting workload : workloads) {
      Set<String> failed = new HashSet<>();
      for (int round = 0; round < number("--rounds", "3"); round++) {
        for (String contender : BalancedOrder.of(contenders(), round)) {
          if (!failed.contains(contender) && !trial(workload.by(contender), report)) {
            failed.add(contender);
          }
        }
      }
    }
    System.out.println(report.write(directory));
    System.out.println("Tables, CSV and plots are in " + directory);
  }

  /**
   * Runs a trial.
   *
   * @return false if it failed; the contender then takes no further part in the job
   */
  private boolean trial(Setting setting, Report report) throws IOException, InterruptedException {
    try {
      Result result = trial(setting);
      System.out.printf(
          "%s, %s: %,.0f/s, p50 %.2f ms, p99 %.2f ms%n",
          setting.workload(),
          setting.contender(),
          result.throughput(),
          result.millisAt(50),
          result.millisAt(99));
      report.add(setting, result);
      return true;
    } catch (TrialFailedException e) {
      System.out.printf("%s, %s: %s%n", setting.workload(), setting.contender(), e.getMessage());
      report.addFailure(setting, e.getMessage());
      return false;
    }
  }

  private static final class TrialFailedException extends Exception {
    private static final long serialVersionUID = 1;

    private TrialFailedException(String message) {
      super(message);
    }
  }

  private Result trial(Setting setting)
      throws IOException, InterruptedException, TrialFailedException {
    Path file = directory.resolve("trial");
    Path log = directory.resolve("trial.log");
    Files.deleteIfExists(file);
    List<String> options = new ArrayList<>(JavaProcess.USUAL_HEAP);
    options.add("-Dbenchmark.log=" + directory.resolve("benchmark.log"));
    Process process =
        JavaProcess.of(
                TrialMain.class.getName(), options, List.of(TrialMain.arguments(setting, file)))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    if (!process.waitFor(
        TIMEOUT_SECONDS + setting.warmUpSeconds() + setting.seconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      throw new TrialFailedException("didn't finish in time");
    }
    if (process.exitValue() != 0) {
      throw new TrialFailedException(cause(log));
    }
    return Result.read(file);
  }

  /** Returns the exceptions in a log, each followed by its cause. */
  private static String cause(Path log) throws IOException {
    try (Stream<String> lines = Files.lines(log)) {
      List<String> said =
          lines
              .filter(line -> line.matches("(Caused by: )?[\\w.$]+(Exception|Error)\\b.*"))
              .map(line -> line.replaceFirst("^Caused by: ", ""))
              .toList();
      return said.isEmpty() ? "failed; see " + log : String.join(" / ", said);
    }
  }
}
