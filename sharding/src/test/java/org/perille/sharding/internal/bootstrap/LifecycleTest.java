package org.perille.sharding.internal.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.junit.jupiter.api.Test;
import org.perille.sharding.internal.bootstrap.Lifecycle.Next;
import org.perille.sharding.internal.bootstrap.Lifecycle.WhenDowned;

class LifecycleTest {
  @Test
  void a_node_that_was_downed_starts_again_or_ends_the_process_as_configured() {
    Optional<CoordinatedShutdown.Reason> downed =
        Optional.of(CoordinatedShutdown.clusterDowningReason());
    assertThat(Lifecycle.after(downed, WhenDowned.RESTART)).isEqualTo(Next.RESTART);
    assertThat(Lifecycle.after(downed, WhenDowned.EXIT)).isEqualTo(Next.EXIT);
  }

  @Test
  void a_node_that_was_ended_on_purpose_does_not_start_again() {
    for (CoordinatedShutdown.Reason reason :
        new CoordinatedShutdown.Reason[] {
          CoordinatedShutdown.actorSystemTerminateReason(),
          CoordinatedShutdown.clusterLeavingReason(),
          CoordinatedShutdown.jvmExitReason(),
          CoordinatedShutdown.unknownReason()
        }) {
      for (WhenDowned setting : WhenDowned.values()) {
        assertThat(Lifecycle.after(Optional.of(reason), setting)).isEqualTo(Next.STOPPED);
      }
    }
    assertThat(Lifecycle.after(Optional.empty(), WhenDowned.EXIT)).isEqualTo(Next.STOPPED);
  }

  @Test
  void attempts_become_rarer_and_never_end() {
    assertThat(IntStream.rangeClosed(1, 6).mapToObj(Lifecycle::delayAfter))
        .containsExactly(
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(4),
            Duration.ofSeconds(8),
            Duration.ofSeconds(16),
            Duration.ofSeconds(30));
    assertThat(Lifecycle.delayAfter(Integer.MAX_VALUE)).isEqualTo(Duration.ofSeconds(30));
  }
}
