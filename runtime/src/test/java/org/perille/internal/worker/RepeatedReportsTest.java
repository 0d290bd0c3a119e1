package org.perille.internal.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RepeatedReportsTest {
  private final RepeatedReports reports = new RepeatedReports();

  @Test
  void a_report_is_repeated_soon_and_then_more_and_more_rarely() {
    assertThat(reports.reported()).isEqualTo(Duration.ofSeconds(5));
    assertThat(reports.repeated(true)).isEqualTo(Duration.ofSeconds(10));
    assertThat(reports.repeated(true)).isEqualTo(Duration.ofSeconds(20));
    for (int i = 0; i < 10; i++) {
      assertThat(reports.repeated(true)).isLessThanOrEqualTo(RepeatedReports.LATEST);
    }
    assertThat(reports.repeated(true)).isEqualTo(RepeatedReports.LATEST);
  }

  @Test
  void a_new_report_is_repeated_soon_again() {
    reports.repeated(true);
    reports.repeated(true);
    assertThat(reports.reported()).isEqualTo(RepeatedReports.SOONEST);
    assertThat(reports.repeated(true)).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void while_handlers_have_something_to_do_a_report_is_repeated_soon() {
    reports.repeated(true);
    reports.repeated(true);
    assertThat(reports.repeated(false)).isEqualTo(RepeatedReports.SOONEST);
    assertThat(reports.repeated(false)).isEqualTo(RepeatedReports.SOONEST);
  }
}
