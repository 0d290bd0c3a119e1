package org.perille.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.perille.benchmarks.trial.Result;

/** Results as tables in Markdown, and as lines for a spreadsheet. */
final class Tables {
  static final String CSV_HEADER =
      "workload,contender,round,throughput,p50_ms,p90_ms,p99_ms,p999_ms,max_ms";

  private Tables() {}

  /** Returns latencies and their ratios to the first contender's. */
  static String latency(String workload, Trials trials) {
    String first = trials.contenders().get(0);
    StringBuilder table = new StringBuilder("### " + workload + "\n\n");
    table.append("| | done/s | p50 ms | p99 ms | p99.9 ms | p50, ").append(first);
    table
        .append("'s is 1 | p99, ")
        .append(first)
        .append("'s is 1 |\n|---|---|---|---|---|---|---|\n");
    for (String contender : trials.contenders()) {
      Histogram all = trials.latency(contender);
      table.append(
          "| %s | %,.0f | %.2f | %.2f | %.2f | %.2f | %.2f |%n"
              .formatted(
                  contender,
                  trials.medianThroughput(contender),
                  all.getValueAtPercentile(50) / 1e6,
                  all.getValueAtPercentile(99) / 1e6,
                  all.getValueAtPercentile(99.9) / 1e6,
                  trials.ratio(contender, first, result -> result.millisAt(50)),
                  trials.ratio(contender, first, result -> result.millisAt(99))));
    }
    return table.toString();
  }

  /** Returns throughputs and their ratios to the first contender's. */
  static String throughput(String workload, Trials trials) {
    String first = trials.contenders().get(0);
    StringBuilder table = new StringBuilder("### " + workload + "\n\n");
    table.append("| | done/s, median | least | most | ").append(first);
    table.append("'s is 1 |\n|---|---|---|---|---|\n");
    for (String contender : trials.contenders()) {
      List<Result> rounds = trials.of(contender);
      table.append(
          "| %s | %,.0f | %,.0f | %,.0f | %.2f |%n"
              .formatted(
                  contender,
                  trials.medianThroughput(contender),
                  rounds.stream().mapToDouble(Result::throughput).min().orElseThrow(),
                  rounds.stream().mapToDouble(Result::throughput).max().orElseThrow(),
                  trials.ratio(contender, first, Result::throughput)));
    }
    return table.toString();
  }

  /** Returns one line for each trial. */
  static List<String> csv(String workload, Trials trials) {
    List<String> lines = new ArrayList<>();
    for (String contender : trials.contenders()) {
      int round = 0;
      for (Result result : trials.of(contender)) {
        lines.add(
            "\"%s\",%s,%d,%.1f,%.3f,%.3f,%.3f,%.3f,%.3f"
                .formatted(
                    workload,
                    contender,
                    ++round,
                    result.throughput(),
                    result.millisAt(50),
                    result.millisAt(90),
                    result.millisAt(99),
                    result.millisAt(99.9),
                    result.millisAt(100)));
      }
    }
    return lines;
  }
}
