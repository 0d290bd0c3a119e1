package org.perille.internal.handler;

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
  private final PendingDelivery pending =
      new PendingDelivery(
          new LogEntry(0, 0, NODE.message("a", 0)), "a", 0, PendingDelivery.Past.NONE);
  private final Invocation invocation =
      new Invocation(List.of(new KeyQueues.KeyBatch<>("a", List.of(pending))));

  @AfterAll
  static void close() {
    NODE.close();
  }

  @Test
  void a_message_that_comes_again_is_redelivered() {
    assertThat(deliveries.attempt(pending, invocation).redelivered()).isFalse();
    assertThat(deliveries.attempt(pending, invocation).redelivered()).isTrue();
  }

  @Test
  void no_attempt_begins_in_a_invocation_that_was_given_up() {
    invocation.abandon();
    assertThatThrownBy(() -> deliveries.attempt(pending, invocation))
        .isInstanceOf(Invocation.AbandonedException.class);
    assertThat(pending.entered()).isFalse();
  }
}
