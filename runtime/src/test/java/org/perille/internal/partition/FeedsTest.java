package org.perille.internal.partition;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.perille.internal.feed.ReadFrom;

class FeedsTest {
  private static final ReadFrom FROM = new ReadFrom.Earliest();
  private static final long END = 10;

  private final Feeds<String> feeds = new Feeds<>();

  private Feeds.Decision<String> request(long epoch, long session) {
    return feeds.requested("s", epoch, session, FROM, END);
  }

  private static Feeds.Decision<String> starts(String replaced) {
    return new Feeds.Start<>(Optional.ofNullable(replaced));
  }

  @Test
  void a_first_request_starts_a_feed() {
    assertThat(request(1, 1)).isEqualTo(starts(null));
    feeds.started("s", 1, 1, "feed");
    assertThat(feeds.of("s")).contains("feed");
    assertThat(feeds.of("other")).isEmpty();
  }

  @Test
  void a_repeated_request_is_answered_by_the_feed_that_it_started() {
    feeds.started("s", 1, 1, "feed");
    assertThat(request(1, 1)).isEqualTo(new Feeds.AnswerAgain<>("feed"));
  }

  @Test
  void a_later_session_or_epoch_replaces_the_feed() {
    feeds.started("s", 2, 3, "feed");
    assertThat(request(2, 4)).isEqualTo(starts("feed"));
    assertThat(request(3, 1)).isEqualTo(starts("feed"));
  }

  @Test
  void a_late_request_of_an_earlier_session_or_a_replaced_worker_has_no_effect() {
    feeds.started("s", 2, 3, "feed");
    assertThat(request(2, 2)).isEqualTo(new Feeds.Ignore<>());
    assertThat(request(1, 9)).isEqualTo(new Feeds.Ignore<>());
  }

  @Test
  void a_start_that_the_log_has_not_reached_is_not_answered_yet() {
    assertThat(feeds.requested("s", 1, 1, new ReadFrom.Offset(END + 1), END))
        .isEqualTo(new Feeds.Ignore<>());
    assertThat(feeds.requested("s", 1, 1, new ReadFrom.Offset(END), END)).isEqualTo(starts(null));
  }

  @Test
  void the_end_of_a_replaced_feed_does_not_remove_its_successor() {
    feeds.started("s", 1, 1, "first");
    feeds.started("s", 1, 2, "second");
    assertThat(feeds.ended("s", "first")).isFalse();
    assertThat(feeds.of("s")).contains("second");
    assertThat(feeds.ended("s", "second")).isTrue();
    assertThat(feeds.of("s")).isEmpty();
  }
}
