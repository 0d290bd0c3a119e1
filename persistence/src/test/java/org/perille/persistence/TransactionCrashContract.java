package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.apache.pekko.persistence.AtomicWrite;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.perille.Commit;
import org.perille.Perille;
import org.perille.internal.log.PartitionEvent;
import org.perille.persistence.Databases.Database;

/**
 * Goal: all messages of a transaction are stored once, or none; in order; and all of a transaction
 * that was committed. Fault: the node dies before and after each of its writes.
 */
abstract class TransactionCrashContract {
  private static final String LOGS = "perille-partition|~transactions~";
  private static final int ROUNDS = 2;
  private static final int TRANSFERS_PER_ROUND = 120;

  /** The number of writes of each kind in a round, however many are in one transaction. */
  private static final int WRITES = 3;

  /** The writes of a transaction. */
  enum Step {
    BEFORE_THE_COMMIT(LOGS, PartitionEvent.BatchAppended.class, false),
    AFTER_THE_COMMIT_BEFORE_THE_ANSWER(LOGS, PartitionEvent.BatchAppended.class, true),
    BEFORE_A_MESSAGE("perille-partition|debits~", PartitionEvent.BatchAppended.class, false),
    AFTER_A_MESSAGE("perille-partition|debits~", PartitionEvent.BatchAppended.class, true),
    BEFORE_THE_OTHER_MESSAGE(
        "perille-partition|credits~", PartitionEvent.BatchAppended.class, false),
    AFTER_THE_OTHER_MESSAGE("perille-partition|credits~", PartitionEvent.BatchAppended.class, true),
    BEFORE_IT_IS_FINISHED(LOGS, PartitionEvent.TransactionsFinished.class, false),
    AFTER_IT_IS_FINISHED(LOGS, PartitionEvent.TransactionsFinished.class, true);

    private final String persistenceIds;
    private final Class<? extends PartitionEvent> event;
    private final boolean after;

    Step(String persistenceIds, Class<? extends PartitionEvent> event, boolean after) {
      this.persistenceIds = persistenceIds;
      this.event = event;
      this.after = after;
    }

    private boolean isMeant(AtomicWrite write) {
      return write.persistenceId().startsWith(persistenceIds)
          && event.isInstance(write.payload().head().payload());
    }
  }

  @TempDir Path directory;

  private Database database;
  private Perille node;
  private int committed;

  abstract Database database(Path directory);

  @BeforeEach
  void prepare() {
    database = database(directory);
  }

  @AfterEach
  void stop() {
    node.close();
  }

  @ParameterizedTest
  @EnumSource(Step.class)
  void a_crash_at_any_write_leaves_all_messages_of_a_transaction_once_or_none(Step step)
      throws Exception {
    Set<Integer> known = new HashSet<>();
    for (int round = 0; round < ROUNDS; round++) {
      CrashingJournal.Plan plan =
          CrashingJournal.plan(
              step::isMeant, step.after, 1 + ThreadLocalRandom.current().nextInt(WRITES));
      node = start(plan);
      List<Commit> commits = commitTransfers();
      plan.crashed().get(180, SECONDS);
      for (int transfer = 0; transfer < commits.size(); transfer++) {
        if (isDone(commits.get(transfer))) {
          known.add(transfer);
        }
      }
      // No further write of the node reaches the database.
      node.system().terminate();
      Transfers.get(node.system().getWhenTerminated());
    }
    node = start(CrashingJournal.plan(write -> false, false, 1));
    // Nothing is committed again yet: the log of transactions goes on by itself.
    await()
        .atMost(180, SECONDS)
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              List<Integer> debited = Transfers.sorted(Transfers.debits(node));
              assertThat(debited)
                  .isEqualTo(Transfers.sorted(Transfers.credits(node)))
                  .containsAll(known)
                  .doesNotHaveDuplicates();
            });
    commitTransfers().forEach(commit -> Transfers.get(commit.receipts()));
    requireAllOnceInOrder(Transfers.debits(node));
    requireAllOnceInOrder(Transfers.credits(node));
  }

  private static boolean isDone(Commit commit) {
    return commit
        .committed()
        .handle((done, failure) -> failure == null)
        .toCompletableFuture()
        .getNow(false);
  }

  private Perille start(CrashingJournal.Plan plan) {
    return Perille.start(
        plan.config()
            .withFallback(
                ConfigFactory.parseString(
                    """
                    perille.publisher.batch-messages = 10
                    perille.partition.snapshot-events = 10
                    """))
            .withFallback(database.config()),
        Transfers.DEBITS,
        Transfers.CREDITS);
  }

  /** Commits all transfers of earlier rounds again, and those of another one. */
  private List<Commit> commitTransfers() {
    committed += TRANSFERS_PER_ROUND;
    List<Commit> commits = new ArrayList<>();
    for (int transfer = 0; transfer < committed; transfer++) {
      commits.add(Transfers.commit(node, transfer));
    }
    return commits;
  }

  private void requireAllOnceInOrder(Map<String, List<Integer>> transfers) {
    assertThat(Transfers.sorted(transfers))
        .isEqualTo(IntStream.range(0, committed).boxed().toList());
    transfers.values().forEach(ofAccount -> assertThat(ofAccount).isSorted());
  }
}
