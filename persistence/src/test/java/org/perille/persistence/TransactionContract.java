package org.perille.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.perille.persistence.Transfers.CREDITS;
import static org.perille.persistence.Transfers.DEBITS;
import static org.perille.persistence.Transfers.get;
import static org.perille.persistence.Transfers.history;

import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perille.Commit;
import org.perille.Message;
import org.perille.MessageId;
import org.perille.Perille;
import org.perille.PublishRefusedException;
import org.perille.PublishRefusedException.Reason;
import org.perille.Receipt;
import org.perille.StoredMessage;
import org.perille.Topic;
import org.perille.Transaction;
import org.perille.persistence.Databases.Database;
import org.perille.persistence.Transfers.Credited;
import org.perille.persistence.Transfers.Debited;

/** The promises of transactions, on a real database. */
abstract class TransactionContract {
  @TempDir Path directory;

  private Database database;
  private Perille node;

  abstract Database database(Path directory);

  @BeforeEach
  void start() {
    database = database(directory);
    node = started();
  }

  private Perille started() {
    return Perille.start(
        ConfigFactory.parseString(
                """
                perille.partition.snapshot-events = 10
                """)
            .withFallback(database.config()),
        DEBITS,
        CREDITS);
  }

  @AfterEach
  void stop() {
    node.close();
  }

  private static Reason reasonOf(CompletionStage<?> stage) {
    Throwable failure =
        stage.<Throwable>handle((done, failed) -> failed).toCompletableFuture().join();
    assertThat(failure).isInstanceOf(PublishRefusedException.class);
    return ((PublishRefusedException) failure).reason();
  }

  @Test
  void all_messages_of_a_transaction_are_stored_with_their_headers_and_get_receipts_in_order() {
    Commit commit =
        node.transaction()
            .add(DEBITS, Message.of(new Debited("a", 1)).withHeader("trace", "t1"))
            .add(CREDITS, new Credited("b", 1))
            .add(DEBITS, new Debited("a", 2))
            .commit();
    get(commit.committed());
    List<Receipt> receipts = get(commit.receipts());
    assertThat(receipts).extracting(Receipt::topic).containsExactly("debits", "credits", "debits");
    assertThat(receipts).extracting(Receipt::key).containsExactly("a", "b", "a");
    assertThat(receipts).noneMatch(Receipt::duplicate);
    List<StoredMessage<Debited>> debits = history(node, DEBITS, "a");
    assertThat(debits)
        .extracting(StoredMessage::offset)
        .containsExactly(receipts.get(0).offset(), receipts.get(2).offset());
    assertThat(debits)
        .extracting(StoredMessage::partition)
        .containsOnly(receipts.get(0).partition());
    assertThat(debits.get(0).headers()).containsEntry("trace", "t1");
    assertThat(history(node, CREDITS, "b"))
        .extracting(StoredMessage::offset)
        .containsExactly(receipts.get(1).offset());
  }

  @Test
  void a_repeated_transaction_stores_nothing_and_gets_the_same_receipts_also_after_a_restart() {
    List<List<Receipt>> first =
        IntStream.range(0, 40)
            .mapToObj(transfer -> Transfers.commit(node, transfer))
            .toList()
            .stream()
            .map(commit -> get(commit.receipts()))
            .toList();
    for (int round = 0; round < 2; round++) {
      for (int transfer = 0; transfer < 40; transfer++) {
        List<Receipt> again = get(Transfers.commit(node, transfer).receipts());
        assertThat(again).allMatch(Receipt::duplicate);
        assertThat(again)
            .extracting(Receipt::offset)
            .isEqualTo(first.get(transfer).stream().map(Receipt::offset).toList());
      }
      node.close();
      node = started();
    }
    assertThat(Transfers.sorted(Transfers.debits(node)))
        .isEqualTo(IntStream.range(0, 40).boxed().toList());
    assertThat(Transfers.sorted(Transfers.credits(node)))
        .isEqualTo(IntStream.range(0, 40).boxed().toList());
  }

  @Test
  void a_transaction_with_a_message_that_is_refused_stores_nothing() {
    Topic<Debited> unknown = Topic.of("unknown", Debited.class).keyedBy(Debited::account);
    Commit toUnknown =
        node.transaction()
            .add(DEBITS, new Debited("a", 1))
            .add(unknown, new Debited("a", 1))
            .commit();
    assertThat(reasonOf(toUnknown.committed())).isEqualTo(Reason.UNKNOWN_TOPIC);
    assertThat(reasonOf(toUnknown.receipts())).isEqualTo(Reason.UNKNOWN_TOPIC);
    Commit withoutKey =
        node.transaction()
            .add(DEBITS, new Debited("a", 1))
            .add(CREDITS, new Credited("", 1))
            .commit();
    assertThat(reasonOf(withoutKey.receipts())).isEqualTo(Reason.INVALID_KEY);
    Transaction large = node.transaction();
    Transaction many = node.transaction();
    for (int i = 0; i <= Transaction.MAX_MESSAGES; i++) {
      large.add(DEBITS, Message.of(new Debited("a", i)).withHeader("h", "x".repeat(500)));
      many.add(DEBITS, new Debited("a", i));
    }
    assertThat(reasonOf(large.commit().receipts())).isEqualTo(Reason.TOO_LARGE);
    assertThat(reasonOf(many.commit().receipts())).isEqualTo(Reason.TOO_LARGE);
    Receipt next = get(node.publisher(DEBITS).publish(new Debited("a", 7)));
    assertThat(next.offset()).isZero();
    assertThat(history(node, DEBITS, "a")).hasSize(1);
  }

  @Test
  void a_transaction_is_committed_once_and_not_without_messages() {
    assertThatThrownBy(() -> node.transaction().commit()).isInstanceOf(IllegalStateException.class);
    Transaction one = node.transaction().add(DEBITS, new Debited("a", 1));
    get(one.commit().receipts());
    assertThatThrownBy(one::commit)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("same id");
  }

  @Test
  void the_id_of_a_transaction_is_refused_for_one_with_other_keys() {
    get(Transfers.commit(node, 1).receipts());
    Commit other =
        node.transaction()
            .withId(MessageId.of("transfer-1"))
            .add(DEBITS, new Debited("somebody-else", 1))
            .commit();
    assertThat(reasonOf(other.receipts())).isEqualTo(Reason.INVALID_ID);
    assertThat(reasonOf(other.committed())).isEqualTo(Reason.INVALID_ID);
    assertThat(history(node, DEBITS, "somebody-else")).isEmpty();
  }

  @Test
  void a_message_with_an_id_of_its_own_is_stored_once_by_any_transaction_or_publish() {
    Message<Debited> message = Message.of(new Debited("a", 1)).withId(MessageId.of("d1"));
    Receipt single = get(node.publisher(DEBITS).publish(message));
    List<Receipt> receipts =
        get(
            node.transaction()
                .add(DEBITS, message)
                .add(CREDITS, new Credited("b", 1))
                .commit()
                .receipts());
    assertThat(receipts.get(0).offset()).isEqualTo(single.offset());
    assertThat(receipts).extracting(Receipt::duplicate).containsExactly(true, false);
    assertThat(history(node, DEBITS, "a")).hasSize(1);
  }

  @Test
  void transactions_and_single_messages_of_a_key_are_stored_in_the_order_of_the_calls() {
    List<CompletableFuture<?>> outcomes = new ArrayList<>();
    for (int number = 0; number < 600; number++) {
      String key = "k" + number % 3;
      if (number % 7 < 3) {
        outcomes.add(
            node.publisher(DEBITS).publish(new Debited(key, number)).toCompletableFuture());
      } else {
        outcomes.add(
            node.transaction()
                .add(DEBITS, new Debited(key, number))
                .add(CREDITS, new Credited("k" + number % 5, number))
                .commit()
                .receipts()
                .toCompletableFuture());
      }
    }
    outcomes.forEach(Transfers::get);
    for (int i = 0; i < 3; i++) {
      assertThat(history(node, DEBITS, "k" + i))
          .extracting(stored -> stored.payload().transfer())
          .hasSize(200)
          .isSorted();
    }
    for (int i = 0; i < 5; i++) {
      assertThat(history(node, CREDITS, "k" + i))
          .extracting(stored -> stored.payload().transfer())
          .isSorted();
    }
  }

  @Test
  void threads_that_commit_transactions_for_the_same_keys_do_not_block_each_other() {
    List<CompletableFuture<Void>> threads =
        IntStream.range(0, 6)
            .mapToObj(
                thread ->
                    CompletableFuture.runAsync(
                        () -> {
                          List<CompletionStage<?>> commits = new ArrayList<>();
                          for (int i = 0; i < 50; i++) {
                            commits.add(
                                node.transaction()
                                    .add(DEBITS, new Debited("x" + (thread + i) % 2, i))
                                    .add(CREDITS, new Credited("y" + (thread + i) % 3, i))
                                    .commit()
                                    .receipts());
                          }
                          commits.forEach(Transfers::get);
                        }))
            .toList();
    threads.forEach(Transfers::get);
    assertThat(history(node, DEBITS, "x0").size() + history(node, DEBITS, "x1").size())
        .isEqualTo(300);
  }

  @Test
  void the_log_of_transactions_keeps_a_bounded_number_of_events() throws SQLException {
    List<CompletionStage<?>> commits = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      commits.add(Transfers.commit(node, i).receipts());
      if (i % 10 == 0) {
        commits.forEach(Transfers::get);
        commits.clear();
      }
    }
    commits.forEach(Transfers::get);
    node.close();
    try (Connection connection = database.storage().getConnection();
        PreparedStatement query =
            connection.prepareStatement(
                "SELECT COUNT(*) FROM \"perille_journal\" WHERE \"persistence_id\" LIKE 'perille-partition|~transactions~%'")) {
      ResultSet rows = query.executeQuery();
      rows.next();
      // Two snapshots, ten events apart, in each of the logs; more while writes are under way.
      assertThat(rows.getInt(1)).isBetween(4, 400);
    }
  }
}
