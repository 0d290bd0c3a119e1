package org.perille.internal.subscribe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.perille.internal.OneNode;
import org.perille.internal.OneNode.Line;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.PartitionId;

class DeliveriesTest {
  private static final OneNode NODE = new OneNode();

  private final Deliveries<Line> deliveries =
      new Deliveries<>(
          "s",
          new PartitionId("lines", 0),
          NODE.codec(),
          new WorkerTime(Clock.systemUTC(), System::nanoTime, Duration.ofMinutes(1), due -> {}));
  private final Work work =
      new Work(new LogEntry(0, 0, NODE.message("a", 0)), "a", 0, Work.Past.NONE);
  private final Round round = new Round(List.of(new KeyQueues.Run<>("a", List.of(work))));

  @AfterAll
  static void close() {
    NODE.close();
  }

  @Test
  void a_message_that_comes_again_is_redelivered() {
    assertThat(deliveries.attempt(work, round).redelivered()).isFalse();
    assertThat(deliveries.attempt(work, round).redelivered()).isTrue();
  }

  @Test
  void no_attempt_begins_in_a_round_that_was_given_up() {
    round.abandon();
    assertThatThrownBy(() -> deliveries.attempt(work, round))
        .isInstanceOf(Round.AbandonedException.class);
    assertThat(work.entered()).isFalse();
  }
}
