package org.perille.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perille.benchmarks.contender.Job;
import org.perille.benchmarks.contender.Payload;
import org.perille.benchmarks.contender.Work;
import org.perille.benchmarks.trial.Result;
import org.perille.benchmarks.trial.Setting;

/** The contents of a report. */
class ReportTest {
  private final Report report = new Report();

  private void add(String contender, int rate, long millis, long done) {
    Histogram latency = new Histogram(3);
    latency.recordValue(millis * 1_000_000);
    report.add(setting(contender, rate), new Result(latency, List.of(done)));
  }

  private static Setting setting(String contender, int rate) {
    return new Setting(contender, new Work(Job.HANDLE, 1), rate, Payload.RANDOM, 200, 1, 1);
  }

  @Test
  void a_ratio_is_the_median_of_ratios_within_rounds(@TempDir Path directory) throws Exception {
    // The machine was half as fast in the second round, which doesn't affect the ratio.
    add("ours", 0, 1, 1000);
    add("theirs", 0, 1, 500);
    add("ours", 0, 1, 400);
    add("theirs", 0, 1, 200);
    add("ours", 0, 1, 1000);
    add("theirs", 0, 1, 900);
    assertThat(report.write(directory))
        .contains("### handle, as fast as possible, 200 bytes")
        .contains("| ours | 1,000 | 400 | 1,000 | 1.00 |")
        .contains("| theirs | 500 | 200 | 900 | 0.50 |");
  }

  @Test
  void a_workload_with_a_rate_is_about_latency(@TempDir Path directory) throws Exception {
    add("ours", 1000, 2, 1000);
    add("theirs", 1000, 10, 1000);
    assertThat(report.write(directory))
        .contains("### handle, 1,000/s, 200 bytes")
        .contains("| theirs | 1,000 | 10.00 | 10.00 | 10.00 | 5.00 | 5.00 |");
  }

  @Test
  void each_trial_is_a_line_for_a_spreadsheet_and_each_workload_a_plot(@TempDir Path directory)
      throws Exception {
    add("ours", 0, 1, 1000);
    add("ours", 0, 3, 900);
    report.write(directory);
    assertThat(Files.readAllLines(directory.resolve("handle-as-fast-as-possible-200-bytes.csv")))
        .hasSize(3)
        .contains(
            "\"handle, as fast as possible, 200 bytes\",ours,2,900.0,3.000,3.000,3.000,3.000,3.000");
    assertThat(directory.resolve("handle-as-fast-as-possible-200-bytes.png")).isNotEmptyFile();
  }

  @Test
  void who_cannot_do_it_is_named_with_the_reason(@TempDir Path directory) throws Exception {
    add("ours", 0, 1, 1000);
    report.addFailure(setting("theirs", 0), "asks time out");
    assertThat(report.write(directory))
        .contains("| ours | 1,000 |")
        .contains("- theirs: asks time out");
  }
}
