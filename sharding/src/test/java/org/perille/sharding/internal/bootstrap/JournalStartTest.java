package org.perille.sharding.internal.bootstrap;

import java.time.Duration;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.persistence.testkit.PersistenceTestKitPlugin;
import org.apache.pekko.persistence.testkit.PersistenceTestKitSnapshotPlugin;
import org.apache.pekko.persistence.testkit.javadsl.PersistenceTestKit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JournalStartTest {
  private static final Duration TIMEOUT = Duration.ofMinutes(3);

  private final ActorTestKit testKit =
      ActorTestKit.create(
          PersistenceTestKitPlugin.getInstance()
              .config()
              .withFallback(PersistenceTestKitSnapshotPlugin.config()));
  private final PersistenceTestKit journal = PersistenceTestKit.create(testKit.system());

  @AfterEach
  void stop() {
    testKit.shutdownTestKit();
  }

  private void start() {
    ActorRef<JournalStart.Stop> started =
        testKit.spawn(
            JournalStart.create(
                PersistenceTestKitPlugin.PluginId(), PersistenceTestKitSnapshotPlugin.PluginId()));
    TestProbe<Object> probe = testKit.createTestProbe();
    probe.expectTerminated(started, TIMEOUT);
  }

  @Test
  void it_stores_nothing_and_stops() {
    start();
    journal.expectNothingPersisted("perille-start");
  }

  @Test
  void it_stops_if_the_journal_fails() {
    journal.failNextRead("perille-start");
    start();
  }
}
