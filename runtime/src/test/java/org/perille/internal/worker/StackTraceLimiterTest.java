package org.perille.internal.worker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StackTraceLimiterTest {
  private final StackTraceLimiter traces = new StackTraceLimiter();

  private static RuntimeException refused(String why) {
    return new IllegalArgumentException(why);
  }

  @Test
  void of_many_failures_of_a_kind_one_is_shown_in_ten_seconds() {
    assertThat(traces.isWorthShowing(refused("a"), 1_000)).isTrue();
    assertThat(traces.isWorthShowing(refused("b"), 1_000)).isFalse();
    assertThat(traces.isWorthShowing(refused("c"), 10_999)).isFalse();
    assertThat(traces.isWorthShowing(refused("d"), 11_000)).isTrue();
    assertThat(traces.isWorthShowing(refused("e"), 11_001)).isFalse();
  }

  @Test
  void another_error_or_place_is_shown_at_once() {
    assertThat(traces.isWorthShowing(refused("a"), 0)).isTrue();
    assertThat(traces.isWorthShowing(new IllegalArgumentException("elsewhere"), 0)).isTrue();
    assertThat(traces.isWorthShowing(new IllegalStateException("a"), 0)).isTrue();
  }

  @Test
  void a_clock_that_is_set_back_silences_nothing() {
    assertThat(traces.isWorthShowing(refused("a"), 1_000_000)).isTrue();
    assertThat(traces.isWorthShowing(refused("a"), 1_000)).isTrue();
  }

  @Test
  void only_so_many_kinds_are_remembered() {
    assertThat(traces.isWorthShowing(refused("a"), 0)).isTrue();
    for (int line = 0; line < 32; line++) {
      RuntimeException other = refused("another place");
      other.setStackTrace(
          new StackTraceElement[] {new StackTraceElement("Handler", "handle", null, line)});
      assertThat(traces.isWorthShowing(other, 0)).isTrue();
    }
    assertThat(traces.isWorthShowing(refused("a"), 0)).isTrue();
  }

  @Test
  void an_error_without_a_trace_is_of_its_own_kind() {
    RuntimeException bare = new RuntimeException("bare");
    bare.setStackTrace(new StackTraceElement[0]);
    assertThat(traces.isWorthShowing(bare, 0)).isTrue();
    assertThat(traces.isWorthShowing(bare, 0)).isFalse();
  }
}
