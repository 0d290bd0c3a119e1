package org.perille.proof.workload;

import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.perille.Perille;
import org.perille.Subscription;
import org.perille.SubscriptionStatus;
import org.perille.testkit.history.Operation.Ended;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The audit after the last fault.
 *
 * <p>It publishes a last message for every key, waits until everything is handled, and records all
 * that can be read.
 */
public final class Audit {
  private static final Logger LOG = LoggerFactory.getLogger(Audit.class);
  private static final Duration LOOK_AGAIN_AFTER = Duration.ofMillis(500);

  private final Perille perille;
  private final Workload workload;
  private final Witness witness;
  private final Timing tempo;
  private final LastMessages lastMessages;

  /**
   * Creates an audit of a run.
   *
   * @param perille a node that can read everything, and whose publisher only the audit uses
   */
  public Audit(Perille perille, Workload workload, Witness witness, Timing tempo) {
    this.perille = perille;
    this.workload = workload;
    this.witness = witness;
    this.tempo = tempo;
    this.lastMessages = new LastMessages(perille, witness);
  }

  /** Records all that can be read, and that the run has ended. */
  public void read(DataSource database) throws Exception {
    Findings findings = new Findings(perille, witness);
    findings.readLog(Workload.LOAD, Workload.keys(), workload.counting(), message -> {});
    findings.readLog(Workload.CHAINED, Workload.keys(), workload.arrivals(), message -> {});
    for (Subscription<Item> subscription : workload.own()) {
      findings.readCursors(subscription);
      findings.readDeadLetters(subscription);
    }
    findings.readKeyEffects(
        workload.counting(), Workload.keys(), event -> ((Counting.ItemCounted) event).value());
    findings.readPassedOn(Workload.CHAINED, Workload.keys(), Workload.PASSED_ON);
    try (Connection connection = database.getConnection()) {
      new FeatureAudit(perille, workload, witness, findings, tempo.timeout())
          .read(lastMessages.receipts());
      for (Subscription<Item> subscription : workload.features().durable()) {
        findings.readDeadLetters(subscription);
      }
      findings.readEffectTable(connection, workload.transactional());
      findings.readJournal(connection);
    }
    witness.recorder().record(new Ended(Witness.now()));
  }

  /**
   * Publishes the last messages, and waits until everything is handled.
   *
   * @return descriptions of what isn't handled in time; empty if everything is
   */
  public List<String> drain() throws InterruptedException {
    List<String> left = new ArrayList<>(lastMessages.publish(tempo.timeout()));
    if (!left.isEmpty()) {
      return left;
    }
    Operator operator = new Operator(perille, workload, witness, tempo.operatorPause());
    long deadline = System.nanoTime() + tempo.timeout().toNanos();
    left = left();
    while (!left.isEmpty() && System.nanoTime() < deadline) {
      for (Subscription<Item> subscription : workload.parking()) {
        operator.tend(subscription);
      }
      TimeUnit.MILLISECONDS.sleep(
          Math.min(LOOK_AGAIN_AFTER.toMillis(), tempo.operatorPause().toMillis()));
      left = left();
    }
    return left;
  }

  private List<String> left() {
    // In the order of the chain: finished messages of the first topic are stored in the second one.
    for (Subscription<Item> subscription : workload.durable()) {
      try {
        SubscriptionStatus status =
            perille.subscription(subscription).status().toCompletableFuture().join();
        List<String> left =
            status.partitions().stream()
                .filter(partition -> partition.nextOffset().isEmpty() || partition.lag() > 0)
                .map(partition -> subscription + " hasn't handled everything: " + partition)
                .toList();
        if (!left.isEmpty()) {
          LOG.info("Not drained yet: {}", status);
          return left;
        }
      } catch (CompletionException e) {
        LOG.info("Not drained yet", e);
        return List.of(subscription + " has no status: " + e.getCause());
      }
    }
    return List.of();
  }
}
