package org.perille.benchmarks.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;
import org.perille.benchmarks.trial.Result;
import org.perille.benchmarks.trial.Setting;

/**
 * The results of the contenders for one workload, round by round.
 *
 * <p>Each contender runs once in each round. Two figures of one round are comparable; those of two
 * rounds may not be.
 */
final class Trials {
  private final Map<String, List<Result>> byContender = new TreeMap<>();
  private final List<String> contenders = new ArrayList<>();

  void add(Setting setting, Result result) {
    if (!contenders.contains(setting.contender())) {
      contenders.add(setting.contender());
    }
    byContender.computeIfAbsent(setting.contender(), c -> new ArrayList<>()).add(result);
  }

  /** Returns the contenders, in the order of their first trials. */
  List<String> contenders() {
    return contenders;
  }

  List<Result> of(String contender) {
    return byContender.get(contender);
  }

  /** Returns the latencies of all rounds. */
  Histogram latency(String contender) {
    Histogram all = new Histogram(3);
    of(contender).forEach(result -> all.add(result.latency()));
    return all;
  }

  /** Returns the median of the rounds. */
  double medianThroughput(String contender) {
    return median(of(contender).stream().mapToDouble(Result::throughput).toArray());
  }

  /** A figure of one round. */
  interface Figure {
    double of(Result result);
  }

  /** Returns the median of the rounds' ratios. */
  double ratio(String contender, String to, Figure figure) {
    List<Result> ours = of(contender);
    List<Result> theirs = of(to);
    double[] ratios = new double[Math.min(ours.size(), theirs.size())];
    Arrays.setAll(ratios, round -> figure.of(ours.get(round)) / figure.of(theirs.get(round)));
    return median(ratios);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
