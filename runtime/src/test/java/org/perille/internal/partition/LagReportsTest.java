package org.perille.internal.partition;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.perille.PerilleListener;
import org.perille.SubscriptionStatus.PartitionProblems;
import org.perille.internal.hook.Listeners;
import org.perille.internal.log.PartitionClock;
import org.perille.internal.log.PartitionEvent.BatchAppended;
import org.perille.internal.log.PartitionId;
import org.perille.internal.partition.PartitionRequest.CursorReport;

class LagReportsTest {
  private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();

  private final BlockingQueue<Long> ends = new LinkedBlockingQueue<>();

  private final Listeners listeners =
      Listeners.of(
          List.of(
              new PerilleListener() {
                @Override
                public void progress(Progress event) {
                  seen.add(
                      "%s lags %d, %d s"
                          .formatted(
                              event.place().subscription(),
                              event.status().lag(),
                              event.age().toSeconds()));
                }

                @Override
                public void logProgress(LogProgress event) {
                  ends.add(event.endOffset());
                }

                @Override
                public void recovered(Recovered event) {
                  seen.add("recovered " + event.kind() + " " + event.time().isNegative());
                }

                @Override
                public void partitionStarted(String topic, int partition) {
                  seen.add("started " + topic + " " + partition);
                }

                @Override
                public void partitionStopped(String topic, int partition) {
                  seen.add("stopped " + topic + " " + partition);
                }

                @Override
                public void unknown(Unknown event) {
                  seen.add("end");
                }
              }));

  private final LagReports reports = new LagReports(new PartitionId("orders", 3), listeners);

  @AfterEach
  void close() {
    listeners.close();
  }

  private void append(long offset, long seconds) {
    reports.see(
        new BatchAppended(
            offset,
            SECONDS.toMillis(seconds),
            "p",
            1,
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            PartitionClock.NEW));
  }

  private void hear(String subscription, long nextOffset) {
    reports.hear(new CursorReport(subscription, 1, nextOffset, 0, PartitionProblems.none()));
  }

  private void report(long endOffset, long seconds) {
    reports.report(endOffset, SECONDS.toMillis(seconds));
  }

  /** Returns the events since the last call. */
  private List<String> events() throws InterruptedException {
    listeners.report(() -> listener -> listener.unknown(new PerilleListener.Unknown("orders")));
    List<String> events = new ArrayList<>();
    for (String event = seen.take(); !event.equals("end"); event = seen.take()) {
      events.add(event);
    }
    return events;
  }

  @Test
  void what_is_not_finished_is_counted_with_the_age_of_the_oldest() throws Exception {
    append(0, 100);
    append(10, 160);
    hear("mail", 4);
    hear("paying", 12);
    report(20, 200);
    assertThat(events()).containsExactlyInAnyOrder("mail lags 16, 100 s", "paying lags 8, 40 s");
  }

  @Test
  void what_has_not_changed_and_does_not_lag_is_repeated_once_a_minute() throws Exception {
    append(0, 100);
    hear("mail", 1);
    for (int seconds = 105; seconds <= 225; seconds += 5) {
      hear("mail", 1);
      report(1, seconds);
    }
    assertThat(Duration.ofSeconds(5)).isEqualTo(LagReports.INTERVAL);
    assertThat(events()).hasSize(3).containsOnly("mail lags 0, 0 s");
  }

  @Test
  void the_lag_of_a_subscription_without_a_worker_grows_and_ends_after_an_hour() throws Exception {
    append(0, 100);
    hear("mail", 0);
    for (int i = 1; i <= 720; i++) {
      report(i, 100 + 5 * i);
    }
    assertThat(events()).hasSize(720).endsWith("mail lags 720, 3600 s");
    report(721, 5_000);
    assertThat(events()).isEmpty();
  }

  @Test
  void the_end_of_the_log_is_reported_when_it_grows_and_once_a_minute() throws Exception {
    report(7, 100);
    for (int i = 0; i < 12; i++) {
      report(9, 105 + 5 * i);
    }
    assertThat(events()).isEmpty();
    assertThat(ends).containsExactly(7L, 9L);
    report(9, 170);
    assertThat(events()).isEmpty();
    assertThat(ends).containsExactly(7L, 9L, 9L);
  }

  @Test
  void a_partition_that_was_active_ends_once_it_stops() throws Exception {
    reports.ended();
    assertThat(events()).isEmpty();
    reports.activated();
    reports.ended();
    assertThat(events())
        .containsExactly("recovered PARTITION false", "started orders 3", "stopped orders 3");
  }
}
