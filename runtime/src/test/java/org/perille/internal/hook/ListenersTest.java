package org.perille.internal.hook;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.perille.PerilleListener;

class ListenersTest {
  private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();

  private final PerilleListener recorder =
      new PerilleListener() {
        @Override
        public void unknown(Unknown event) {
          seen.add(event.topic());
        }
      };

  private static void report(Listeners listeners, String topic) {
    listeners.report(() -> listener -> listener.unknown(new PerilleListener.Unknown(topic)));
  }

  private String next() throws InterruptedException {
    return seen.poll(60, SECONDS);
  }

  @Test
  void no_event_is_created_when_nobody_listens() {
    Listeners none = Listeners.of(List.of());
    none.report(() -> fail("an event was created"));
    assertThat(none.areNone()).isTrue();
    assertThat(none).isSameAs(Listeners.NONE);
  }

  @Test
  void events_come_in_the_order_of_their_reports() throws Exception {
    try (Listeners listeners = Listeners.of(List.of(recorder))) {
      for (int i = 0; i < 1_000; i++) {
        report(listeners, "t" + i);
      }
      for (int i = 0; i < 1_000; i++) {
        assertThat(next()).isEqualTo("t" + i);
      }
    }
  }

  @Test
  void a_listener_that_throws_any_error_gets_the_next_event_and_disturbs_no_other()
      throws Exception {
    PerilleListener failing =
        new PerilleListener() {
          @Override
          public void unknown(Unknown event) {
            seen.add("failing " + event.topic());
            Thread.currentThread().interrupt();
            throw new OutOfMemoryError("planned");
          }
        };
    try (Listeners listeners = Listeners.of(List.of(failing, recorder))) {
      report(listeners, "a");
      report(listeners, "b");
      assertThat(List.of(next(), next(), next(), next()))
          .containsExactlyInAnyOrder("failing a", "failing b", "a", "b");
    }
  }

  @Test
  void a_listener_that_blocks_blocks_nobody_and_learns_how_many_events_it_has_missed()
      throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    AtomicLong missed = new AtomicLong();
    PerilleListener blocking =
        new PerilleListener() {
          @Override
          public void unknown(Unknown event) {
            entered.countDown();
            try {
              release.await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          }

          @Override
          public void missed(long events) {
            missed.addAndGet(events);
            seen.add("missed");
          }
        };
    try (Listeners listeners = Listeners.of(List.of(blocking))) {
      report(listeners, "first");
      assertThat(entered.await(60, SECONDS)).isTrue();
      for (int i = 0; i < ListenerQueue.MAX_EVENTS + 7; i++) {
        report(listeners, "more");
      }
      release.countDown();
      assertThat(next()).isEqualTo("missed");
      assertThat(missed).hasValue(7);
    }
  }

  @Test
  void failures_are_logged_once_a_minute() {
    AtomicLong now = new AtomicLong();
    FailureLogger logger = new FailureLogger(now::get);
    List<Boolean> logged = new ArrayList<>();
    for (long seconds : new long[] {0, 1, 59, 60, 61, 121}) {
      now.set(SECONDS.toNanos(seconds));
      logged.add(logger.log("listener", new IllegalStateException("planned")));
    }
    assertThat(logged).containsExactly(true, false, false, true, false, true);
  }
}
