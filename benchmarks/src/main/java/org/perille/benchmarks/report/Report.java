package org.perille.benchmarks.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.perille.benchmarks.trial.Result;
import org.perille.benchmarks.trial.Setting;

/** Collects results, and writes them as tables, CSV and plots. */
public final class Report {
  private record Workload(Trials trials, List<String> failures, boolean isThroughput) {}

  private final Map<String, Workload> workloads = new LinkedHashMap<>();

  /** Adds the result of a trial. */
  public void add(Setting setting, Result result) {
    workload(setting).trials.add(setting, result);
  }

  /** Adds a contender's failed trial. */
  public void addFailure(Setting setting, String reason) {
    workload(setting).failures.add("%s: %s".formatted(setting.contender(), reason));
  }

  private Workload workload(Setting setting) {
    return workloads.computeIfAbsent(
        setting.workload(),
        name -> new Workload(new Trials(), new ArrayList<>(), setting.isThroughput()));
  }

  /**
   * Writes a table, CSV and a plot for each workload, with file names from the workload.
   *
   * @return the text of the tables
   */
  public String write(Path directory) throws IOException {
    Files.createDirectories(directory);
    List<String> tables = new ArrayList<>();
    for (Map.Entry<String, Workload> entry : workloads.entrySet()) {
      tables.add(write(entry.getKey(), entry.getValue(), directory));
    }
    return String.join("\n", tables);
  }

  private static String write(String name, Workload workload, Path directory) throws IOException {
    String table = "";
    if (!workload.trials.contenders().isEmpty()) {
      Path plot = directory.resolve(fileName(name, "png"));
      if (workload.isThroughput) {
        table = Tables.throughput(name, workload.trials);
        Plots.throughput(name, workload.trials, plot);
      } else {
        table = Tables.latency(name, workload.trials);
        Plots.latency(name, workload.trials, plot);
      }
    }
    List<String> lines = new ArrayList<>(List.of(Tables.CSV_HEADER));
    lines.addAll(Tables.csv(name, workload.trials));
    Files.write(directory.resolve(fileName(name, "csv")), lines);
    String all =
        workload.failures.isEmpty()
            ? table
            : table + "\nFailed:\n\n- " + String.join("\n- ", workload.failures) + "\n";
    Files.writeString(directory.resolve(fileName(name, "md")), all);
    return all;
  }

  private static String fileName(String workload, String ending) {
    return workload.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-") + "." + ending;
  }
}
