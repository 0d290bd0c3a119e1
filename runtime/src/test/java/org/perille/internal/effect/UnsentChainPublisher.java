package org.perille.internal.effect;

import java.time.Clock;
import java.time.Duration;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.Topic;
import org.perille.internal.payload.PayloadCodec;
import org.perille.internal.publish.Admission;
import org.perille.internal.publish.BatchingPublisher;
import org.perille.internal.settings.PublisherSettings;

/** The chain publisher of a topic on a node that serializes messages and sends none. */
final class UnsentChainPublisher {
  private static final PublisherSettings SETTINGS =
      new PublisherSettings(
          Duration.ofMinutes(1),
          Duration.ofSeconds(1),
          10_000,
          1_000_000,
          5,
          100_000,
          100_000,
          1,
          Duration.ofDays(1));

  private UnsentChainPublisher() {}

  static ChainPublisher of(Topic<String> topic, ActorSystem<?> system) {
    return new BatchingPublisher<>(
        topic,
        new PayloadCodec<>(system, String.class),
        SETTINGS,
        new Admission(Long.MAX_VALUE, Long.MAX_VALUE),
        submission -> {
          throw new IllegalStateException("nothing is sent here");
        },
        Clock.systemUTC());
  }
}
