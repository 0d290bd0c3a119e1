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
  private record Workload(Trials trials, boolean isThroughput) {}

  private final Map<String, Workload> workloads = new LinkedHashMap<>();

  public void add(Setting setting, Result result) {
    workloads
        .computeIfAbsent(
            setting.workload(), name -> new Workload(new Trials(), setting.isThroughput()))
        .trials
        .add(setting, result);
  }

  /** Writes results.md, results.csv and the plots, and gives what results.md says. */
  public String write(Path directory) throws IOException {
    Files.createDirectories(directory);
    List<String> tables = new ArrayList<>();
    List<String> lines = new ArrayList<>(List.of(Tables.CSV_HEADER));
    for (Map.Entry<String, Workload> entry : workloads.entrySet()) {
      String name = entry.getKey();
      Trials trials = entry.getValue().trials;
      Path plot = directory.resolve(fileName(name));
      if (entry.getValue().isThroughput) {
        tables.add(Tables.throughput(name, trials));
        Plots.throughput(name, trials, plot);
      } else {
        tables.add(Tables.latency(name, trials));
        Plots.latency(name, trials, plot);
      }
      lines.addAll(Tables.csv(name, trials));
    }
    Files.write(directory.resolve("results.csv"), lines);
    String all = String.join("\n", tables);
    Files.writeString(directory.resolve("results.md"), all);
    return all;
  }

  private static String fileName(String workload) {
    return workload.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-") + ".svg";
  }
}
