package org.perille.benchmarks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Compares Perille with itself with metrics: a registry of Prometheus that is scraped, behind
 * {@code PerilleMetrics}. The trials alternate.
 *
 * <p>Arguments: options of {@link CompareMain}, for each of the jobs.
 */
final class MetricsBenchmark {
  private static final List<String> JOBS = List.of("publish", "handle", "event-effect");

  private MetricsBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    for (String job : JOBS) {
      List<String> all = new ArrayList<>(List.of(job, "--rates", "0", "--rounds", "10"));
      Collections.addAll(all, arguments);
      all.addAll(List.of("--contenders", "perille,perille-metrics"));
      CompareMain.main(all.toArray(String[]::new));
    }
  }
}
