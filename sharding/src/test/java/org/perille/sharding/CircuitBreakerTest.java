package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.perille.CircuitBreaker;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.RetryPolicy;
import org.perille.Subscription;
import org.perille.Topic;

class CircuitBreakerTest {
  record Call(String key) implements PerilleMessage {}

  private static final Topic<Call> CALLS =
      Topic.of("calls", Call.class).keyedBy(Call::key).withPartitions(4);

  @Test
  void while_a_service_is_down_messages_wait_and_are_handled_when_a_probe_succeeds()
      throws Exception {
    AtomicBoolean down = new AtomicBoolean(true);
    AtomicInteger attempts = new AtomicInteger();
    Queue<String> handled = new ConcurrentLinkedQueue<>();
    Subscription<Call> calling =
        Subscription.of("calling", CALLS)
            .atLeastOnce(
                delivery -> {
                  attempts.incrementAndGet();
                  if (down.get()) {
                    throw new IllegalStateException("planned");
                  }
                  handled.add(delivery.key());
                })
            .withRetries(RetryPolicy.fixed(Duration.ofMillis(10)).withUnlimitedAttempts())
            .withCircuitBreaker(CircuitBreaker.of(1, 10, Duration.ofSeconds(2)));
    try (Perille perille = Perille.start(Memory.config(), calling)) {
      for (int i = 0; i < 100; i++) {
        perille.publisher(CALLS).publish(new Call("k" + i)).toCompletableFuture().get(180, SECONDS);
      }
      await().atMost(180, SECONDS).until(() -> attempts.get() >= 10);
      down.set(false);
      await().atMost(180, SECONDS).until(() -> handled.size() >= 100);
      assertThat(List.copyOf(handled)).doesNotHaveDuplicates();
      // The messages that fill the window, those that ran beside them, and a few probes.
      assertThat(attempts.get()).isLessThan(10 + 16 + 100 + 10);
    }
  }
}
