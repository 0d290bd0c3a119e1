package org.perille.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.perille.benchmarks.contender.Contenders;
import org.perille.benchmarks.contender.Job;
import org.perille.benchmarks.report.Report;
import org.perille.benchmarks.trial.Result;
import org.perille.benchmarks.trial.Setting;
import org.perille.benchmarks.trial.TrialMain;

/**
 * Has all contenders do the same, one after the other and round after round, each trial in a
 * process of its own, and compares what came of it.
 */
public final class CompareMain {
  private static final String USAGE =
      """
      usage: benchmarks/run compare JOB [options]

        --rates R,R,...      parcels due in a second; 0 for as many as possible (0,1000,10000)
        --bytes N,N,...      of a parcel (200)
        --rounds N           how often each has its turn (3)
        --warm-up S          seconds that are left out of each trial (10)
        --seconds S          seconds that are measured in each trial (15)
        --contenders C,C,... who takes part; ratios are to the first (all that can do the job)

      JOB: %s
      contenders: %s

      Results are in benchmarks/target/results/JOB: tables, CSV and plots.
      """
          .formatted(
              String.join(", ", EnumSet.allOf(Job.class).stream().map(Job::label).toList()),
              String.join(", ", Contenders.names()));

  private static final long PATIENCE_SECONDS = 300;

  private final Map<String, String> options;
  private final Job job;
  private final Path directory;

  private CompareMain(Job job, Map<String, String> options) {
    this.job = job;
    this.options = options;
    this.directory = Path.of("benchmarks", "target", "results", job.label());
  }

  /** See {@code benchmarks/run compare --help}. */
  public static void main(String[] arguments) throws Exception {
    List<String> left = new ArrayList<>(List.of(arguments));
    Map<String, String> options = new TreeMap<>();
    while (left.size() >= 3) {
      options.put(left.remove(left.size() - 2), left.remove(left.size() - 1));
    }
    Job job =
        EnumSet.allOf(Job.class).stream()
            .filter(j -> left.size() == 1 && j.label().equals(left.get(0)))
            .findFirst()
            .orElse(null);
    Set<String> known =
        Set.of("--rates", "--bytes", "--rounds", "--warm-up", "--seconds", "--contenders");
    if (job == null || !known.containsAll(options.keySet())) {
      System.err.print(USAGE);
      System.exit(2);
      return;
    }
    new CompareMain(job, options).run();
  }

  private int[] numbers(String option, String otherwise) {
    return Arrays.stream(options.getOrDefault(option, otherwise).split(","))
        .mapToInt(Integer::parseInt)
        .toArray();
  }

  private void run() throws Exception {
    Files.createDirectories(directory);
    Report report = new Report();
    int rounds = numbers("--rounds", "3")[0];
    List<String> contenders = contenders();
    for (int bytes : numbers("--bytes", "200")) {
      for (int rate : numbers("--rates", "0,1000,10000")) {
        List<String> turn = new ArrayList<>(contenders);
        for (int round = 0; round < rounds; round++) {
          for (String contender : turn) {
            Setting setting =
                new Setting(
                    contender,
                    job,
                    rate,
                    bytes,
                    numbers("--warm-up", "10")[0],
                    numbers("--seconds", "15")[0]);
            Result result = trial(setting);
            System.out.printf(
                "%s, %s: %,.0f/s, p50 %.2f ms, p99 %.2f ms%n",
                setting.workload(),
                contender,
                result.throughput(),
                result.millisAt(50),
                result.millisAt(99));
            report.add(setting, result);
          }
          // Nobody always follows the same one.
          Collections.rotate(turn, 1);
        }
      }
    }
    System.out.println(report.write(directory));
    System.out.println("Tables, CSV and plots are in " + directory);
  }

  private List<String> contenders() {
    if (options.containsKey("--contenders")) {
      return List.of(options.get("--contenders").split(","));
    }
    return Contenders.names().stream().filter(name -> Contenders.jobs(name).contains(job)).toList();
  }

  private Result trial(Setting setting) throws IOException, InterruptedException {
    Path file = directory.resolve("trial");
    Path log = directory.resolve("trial.log");
    Files.deleteIfExists(file);
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms1g",
                "-Xmx1g",
                "-Dbenchmark.log=" + directory.resolve("benchmark.log"),
                "-cp",
                System.getProperty("java.class.path"),
                TrialMain.class.getName()));
    command.addAll(List.of(TrialMain.arguments(setting, file)));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    if (!process.waitFor(
        PATIENCE_SECONDS + setting.warmUpSeconds() + setting.seconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException(setting + " doesn't end; see " + log);
    }
    if (process.exitValue() != 0) {
      throw new IOException(setting + " failed; see " + log);
    }
    return Result.read(file);
  }
}
