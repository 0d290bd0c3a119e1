package org.perille.benchmarks.trial;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Results cross process boundaries, and can be combined. */
class ResultTest {
  private static Result result(long nanos, Long... done) {
    Histogram latency = new Histogram(3);
    latency.recordValue(nanos);
    return new Result(latency, List.of(done));
  }

  @Test
  void another_process_reads_what_was_written(@TempDir Path directory) throws Exception {
    Result written = result(1_500_000, 10L, 20L);
    written.write(directory.resolve("result"));
    Result read = Result.read(directory.resolve("result"));
    assertThat(read).isEqualTo(written);
    assertThat(read.throughput()).isEqualTo(15);
    assertThat(read.millisAt(50)).isBetween(1.49, 1.51);
  }

  @Test
  void what_several_did_at_the_same_time_is_added_up_second_by_second() {
    Result all = Result.together(List.of(result(1_000_000, 10L, 20L), result(9_000_000, 1L, 2L)));
    assertThat(all.doneBySecond()).containsExactly(11L, 22L);
    assertThat(all.latency().getTotalCount()).isEqualTo(2);
    assertThat(all.millisAt(100)).isBetween(8.99, 9.01);
  }
}
