package org.perille.proof.cluster;

import com.typesafe.config.ConfigFactory;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.perille.Message;
import org.perille.MessageId;
import org.perille.Subscription;
import org.perille.SubscriptionStatus;
import org.perille.sharding.Perille;
import org.perille.testkit.history.Operation.Ended;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A fresh client, after the last fault: publishes a last message of every key, waits until
 * everything is handled, and records all that can be read.
 */
final class AuditMain {
  private static final Logger LOG = LoggerFactory.getLogger(AuditMain.class);

  /** The longest time after the final heal within which everything must be handled. */
  static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Perille perille;
  private final Workload workload;
  private final Witness witness;

  private AuditMain(Perille perille, Workload workload, Witness witness) {
    this.perille = perille;
    this.workload = workload;
    this.witness = witness;
  }

  /** The process; takes an {@link NodeMain.Assignment}. */
  public static void main(String[] arguments) {
    Orders.listen();
    NodeMain.Assignment assignment = NodeMain.Assignment.of(arguments);
    try (Witness witness = Witness.open(assignment.directory(), assignment.process());
        HikariDataSource database = NodeMain.database(assignment.databaseUrl())) {
      Workload workload = new Workload(database, witness);
      try (Perille perille = Perille.start(ConfigFactory.load("cluster"), workload.definitions())) {
        new AuditMain(perille, workload, witness).run(database);
      }
      System.exit(0);
    } catch (Exception e) {
      LOG.error("The audit fails", e);
      Runtime.getRuntime().halt(1);
    }
  }

  private void run(HikariDataSource database) throws Exception {
    workload.subscriptions().forEach(witness::declared);
    publishLast();
    drain();
    Findings findings = new Findings(perille, witness);
    findings.readLog(Workload.LOAD, workload.counting());
    findings.readLog(Workload.CHAINED, workload.arrivals());
    for (Subscription<Item> subscription : workload.durable()) {
      findings.readCursors(subscription);
      findings.readDeadLetters(subscription);
    }
    findings.readKeyEffects(workload.counting());
    findings.readPassedOn();
    try (Connection connection = database.getConnection()) {
      findings.readEffectTable(connection, workload.transactional());
      findings.readJournal(connection);
    }
    witness.recorder().record(new Ended(Witness.now()));
  }

  /** What is published when all is well must succeed; an unknown outcome stands in the history. */
  private void publishLast() {
    List<CompletableFuture<?>> published = new ArrayList<>();
    for (String key : Workload.keys()) {
      Item item = Item.of(key, witness.process() + "-" + key, Item.Mood.NORMAL);
      MessageId id = MessageId.of("id-" + item.value());
      Witness.Publishing publishing =
          witness.publishing(Workload.LOAD.name(), item, Optional.of(id));
      published.add(
          perille
              .publisher(Workload.LOAD)
              .publish(Message.of(item).withId(id))
              .whenComplete(
                  (receipt, failure) -> {
                    if (failure == null) {
                      publishing.stored(receipt);
                    } else {
                      publishing.unknown();
                    }
                  })
              .exceptionally(failure -> null)
              .toCompletableFuture());
    }
    CompletableFuture.allOf(published.toArray(CompletableFuture[]::new)).join();
  }

  /** Waits until nothing waits; what isn't handled in time is for the checker to find. */
  private void drain() throws InterruptedException {
    Operator operator = new Operator(perille, workload, witness);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!isDrained() && System.nanoTime() < deadline) {
      for (Subscription<Item> subscription : workload.parking()) {
        operator.tend(subscription);
      }
      TimeUnit.MILLISECONDS.sleep(500);
    }
  }

  private boolean isDrained() {
    // Along the chain: what the first topic's subscriptions have finished is in the second one.
    for (Subscription<Item> subscription : workload.durable()) {
      try {
        SubscriptionStatus status = perille.status(subscription).toCompletableFuture().join();
        if (!status.attached() || status.lag() > 0) {
          LOG.info("Not drained yet: {}", status);
          return false;
        }
      } catch (CompletionException e) {
        LOG.info("Not drained yet", e);
        return false;
      }
    }
    return true;
  }
}
