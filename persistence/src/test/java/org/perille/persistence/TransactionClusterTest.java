package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.perille.persistence.Transfers.CREDITS;
import static org.perille.persistence.Transfers.DEBITS;

import com.typesafe.config.ConfigFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.perille.Commit;
import org.perille.Perille;
import org.perille.Receipt;
import org.perille.Topic;
import org.perille.persistence.Databases.Database;

/** Transactions on several nodes in one JVM, with real connections, on one PostgreSQL. */
class TransactionClusterTest {
  private final Database database = Databases.postgresql();
  private final List<Perille> nodes = new ArrayList<>();

  @AfterEach
  void stop() {
    for (int i = nodes.size() - 1; i >= 0; i--) {
      nodes.get(i).close();
    }
  }

  private Perille start(List<String> roles, Topic<?>... topics) {
    Perille started =
        Perille.start(
            ConfigFactory.parseMap(
                    Map.of(
                        "pekko.remote.artery.canonical.port",
                        0,
                        "pekko.cluster.roles",
                        roles,
                        "perille.cluster.partition-role",
                        roles.isEmpty() ? "" : "log"))
                .withFallback(database.config()),
            topics);
    nodes.add(started);
    return started;
  }

  @Test
  void a_node_that_leaves_loses_and_doubles_nothing_and_another_one_knows_the_receipts() {
    Perille first = start(List.of(), DEBITS, CREDITS);
    start(List.of(), DEBITS, CREDITS);
    Perille leaving = start(List.of(), DEBITS, CREDITS);
    AtomicBoolean stop = new AtomicBoolean();
    List<Commit> commits = Collections.synchronizedList(new ArrayList<>());
    CompletableFuture<Void> committing =
        CompletableFuture.runAsync(
            () -> {
              for (int transfer = 0; !stop.get() || transfer < 200; transfer++) {
                commits.add(Transfers.commit(first, transfer));
                if (transfer % 20 == 0) {
                  Transfers.get(commits.get(transfer).receipts());
                }
              }
            });
    await().atMost(180, SECONDS).until(() -> commits.size() > 100);
    leaving.close();
    nodes.remove(leaving);
    stop.set(true);
    Transfers.get(committing);
    List<List<Receipt>> receipts =
        commits.stream().map(commit -> Transfers.get(commit.receipts())).toList();
    List<Integer> all = IntStream.range(0, commits.size()).boxed().toList();
    assertThat(Transfers.sorted(Transfers.debits(first))).isEqualTo(all);
    assertThat(Transfers.sorted(Transfers.credits(first))).isEqualTo(all);
    Transfers.debits(first).values().forEach(transfers -> assertThat(transfers).isSorted());
    Transfers.credits(first).values().forEach(transfers -> assertThat(transfers).isSorted());
    for (int transfer = 0; transfer < 20; transfer++) {
      assertThat(Transfers.get(Transfers.commit(nodes.get(1), transfer).receipts()))
          .allMatch(Receipt::duplicate)
          .extracting(Receipt::offset)
          .isEqualTo(receipts.get(transfer).stream().map(Receipt::offset).toList());
    }
  }

  @Test
  void nodes_with_logs_need_not_know_the_topics_of_transactions() {
    // A node knows one topic at least.
    Topic<Transfers.Debited> other =
        Topic.of("other", Transfers.Debited.class).keyedBy(Transfers.Debited::account);
    start(List.of("log"), other);
    Perille publishing = start(List.of("web"), other, DEBITS, CREDITS);
    Transfers.get(Transfers.commit(publishing, 1).receipts());
    assertThat(Transfers.sorted(Transfers.credits(publishing))).containsExactly(1);
  }
}
