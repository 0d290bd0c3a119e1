package org.perille.internal.failure;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.persistence.testkit.PersistenceTestKitPlugin;
import org.apache.pekko.persistence.testkit.PersistenceTestKitSnapshotPlugin;
import org.apache.pekko.persistence.testkit.javadsl.SnapshotTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.perille.DeadLetter;
import org.perille.internal.OneNode;

class FailureLogTest {
  private static final int MESSAGES = 500;
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final FailureEvent.Cause CAUSE =
      new FailureEvent.Cause(DeadLetter.Failure.HANDLER, "planned.Error", "planned");

  private static OneNode node;

  private final TestProbe<FailureLog.Answer> worker =
      node.kit().createTestProbe(FailureLog.Answer.class);

  @BeforeAll
  static void startNode() {
    node = new OneNode();
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

  private ActorRef<FailureLog.Command> start(String persistenceId) {
    ActorRef<FailureLog.Command> log =
        node.spawn(
            FailureLog.create(
                new FailureLog.Storage(
                    persistenceId,
                    PersistenceTestKitPlugin.PluginId(),
                    PersistenceTestKitSnapshotPlugin.PluginId(),
                    "test"),
                Clock.systemUTC(),
                worker.getRef()));
    worker.expectMessageClass(FailureLog.Recovered.class, TIMEOUT);
    return log;
  }

  private void save(ActorRef<FailureLog.Command> log, List<FailureEvent> changes) {
    log.tell(new FailureLog.Save(changes));
    worker.expectMessageClass(FailureLog.Saved.class, TIMEOUT);
  }

  private static List<FailureEvent> failures(int messages, int attempt) {
    List<FailureEvent> changes = new ArrayList<>();
    for (int i = 0; i < messages; i++) {
      String key = "key" + i;
      if (attempt > 1) {
        changes.add(new FailureEvent.Begun(key, List.of((long) i)));
      }
      changes.add(
          new FailureEvent.Failed(
              new FailureEvent.Position(key, i, i), CAUSE, attempt, attempt + 1));
    }
    return changes;
  }

  private static int snapshots(String persistenceId) {
    return SnapshotTestKit.create(node.kit().system()).persistedInStorage(persistenceId).size();
  }

  @Test
  void what_fails_together_again_and_again_takes_no_snapshot_each_time() {
    ActorRef<FailureLog.Command> log = start("together");
    int changes = 0;
    for (int attempt = 1; attempt <= 20; attempt++) {
      List<FailureEvent> failed = failures(MESSAGES, attempt);
      changes += failed.size();
      save(log, failed);
    }
    assertThat(snapshots("together"))
        .isBetween(
            1,
            changes
                / (FailureLog.LEAST_CHANGES_PER_SNAPSHOT
                    + FailureLog.CHANGES_PER_STORED_MESSAGE * MESSAGES));
  }

  @Test
  void a_worker_that_starts_anew_before_a_snapshot_is_due_replays_no_more_each_time() {
    for (int life = 1; life <= 8; life++) {
      ActorRef<FailureLog.Command> log = start("restarted");
      save(log, failures(MESSAGES, life));
      node.crash(log);
    }
    assertThat(snapshots("restarted")).isEqualTo(1);
  }
}
