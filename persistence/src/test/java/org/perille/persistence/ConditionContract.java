package org.perille.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.perille.persistence.Transfers.CREDITS;
import static org.perille.persistence.Transfers.DEBITS;
import static org.perille.persistence.Transfers.get;
import static org.perille.persistence.Transfers.history;

import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perille.ConditionFailedException;
import org.perille.Effect;
import org.perille.Message;
import org.perille.MessageId;
import org.perille.Perille;
import org.perille.PublishRefusedException.Reason;
import org.perille.Publisher;
import org.perille.Receipt;
import org.perille.StoredMessage;
import org.perille.persistence.Databases.Database;
import org.perille.persistence.Transfers.Debited;

/** The promises of conditions on the last offset of a key, on a real database. */
abstract class ConditionContract {
  @TempDir Path directory;

  private Database database;
  private Perille node;
  private Publisher<Debited> publisher;

  abstract Database database(Path directory);

  @BeforeEach
  void start() {
    database = database(directory);
    startNode();
  }

  private void startNode() {
    node =
        Perille.start(
            ConfigFactory.parseString(
                    """
                    perille.partition.condition-max-keys = 3
                    perille.partition.snapshot-events = 10
                    """)
                .withFallback(database.config()),
            DEBITS,
            CREDITS);
    publisher = node.publisher(DEBITS);
  }

  private void restart() {
    node.close();
    startNode();
  }

  @AfterEach
  void stop() {
    node.close();
  }

  private static Message<Debited> message(String account, int transfer) {
    return Message.of(new Debited(account, transfer));
  }

  private static ConditionFailedException refusalOf(CompletionStage<Receipt> stage) {
    Throwable failure =
        stage.<Throwable>handle((done, failed) -> failed).toCompletableFuture().join();
    assertThat(failure).isInstanceOf(ConditionFailedException.class);
    ConditionFailedException refusal = (ConditionFailedException) failure;
    assertThat(refusal.reason()).isEqualTo(Reason.CONDITION_FAILED);
    return refusal;
  }

  private List<Integer> transfers(String account) {
    return history(node, DEBITS, account).stream()
        .map(stored -> stored.payload().transfer())
        .toList();
  }

  @Test
  void a_message_is_stored_only_if_the_last_offset_of_its_key_is_the_expected_one() {
    long first = get(publisher.publish(message("a", 1).ifFirstOfKey())).offset();
    get(publisher.publish(message("b", 1)));
    long second = get(publisher.publish(message("a", 2).ifLastOffset(first))).offset();
    ConditionFailedException late =
        refusalOf(publisher.publish(message("a", 3).ifLastOffset(first)));
    assertThat(late.expectedOffset()).hasValue(first);
    assertThat(late.foundOffset()).hasValue(second);
    assertThat(late).hasMessageContainingAll("debits", "'a'", "" + first, "" + second);
    ConditionFailedException notFirst =
        refusalOf(publisher.publish(message("a", 3).ifFirstOfKey()));
    assertThat(notFirst.expectedOffset()).isEmpty();
    assertThat(notFirst.foundOffset()).hasValue(second);
    ConditionFailedException noMessage =
        refusalOf(publisher.publish(message("new", 1).ifLastOffset(first)));
    assertThat(noMessage.foundOffset()).isEmpty();
    assertThat(transfers("a")).containsExactly(1, 2);
    assertThat(transfers("new")).isEmpty();
  }

  @Test
  void conditions_on_keys_that_the_partition_does_not_know_are_decided_by_reading_the_log() {
    List<Receipt> last = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      last.add(get(publisher.publish(message("account " + i % 40, i))));
    }
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < 40; i++) {
        Message<Debited> message = message("account " + i, 1000 + round);
        Receipt before = last.get(last.size() - 40);
        refusalOf(publisher.publish(message.ifFirstOfKey()));
        assertThat(
                refusalOf(publisher.publish(message.ifLastOffset(before.offset() + 1)))
                    .foundOffset())
            .hasValue(before.offset());
        last.add(get(publisher.publish(message.ifLastOffset(before.offset()))));
      }
      restart();
    }
    for (int i = 0; i < 40; i++) {
      assertThat(history(node, DEBITS, "account " + i))
          .extracting(StoredMessage::offset)
          .hasSize(7)
          .endsWith(last.get(last.size() - 40 + i).offset());
      get(publisher.publish(message("other " + i, 1).ifFirstOfKey()));
    }
  }

  @Test
  void later_messages_of_a_key_do_not_overtake_one_whose_condition_is_being_checked() {
    long offset = get(publisher.publish(message("a", 0))).offset();
    for (int i = 0; i < 50; i++) {
      get(publisher.publish(message("b" + i, 0)));
    }
    restart();
    CompletionStage<Receipt> met = publisher.publish(message("a", 1).ifLastOffset(offset));
    CompletionStage<Receipt> behind = publisher.publish(message("a", 2));
    CompletionStage<Receipt> unmet = publisher.publish(message("a", 3).ifLastOffset(offset));
    CompletionStage<List<Receipt>> transaction =
        node.transaction().add(DEBITS, new Debited("a", 4)).commit().receipts();
    CompletionStage<Receipt> last = publisher.publish(message("a", 5));
    get(met);
    assertThat(refusalOf(unmet).foundOffset()).hasValue(get(behind).offset());
    get(transaction);
    get(last);
    assertThat(transfers("a")).containsExactly(0, 1, 2, 4, 5);
  }

  @Test
  void a_repetition_under_its_id_is_a_duplicate_whatever_its_condition_says_now() {
    Message<Debited> message = message("a", 1).withId(MessageId.of("create a")).ifFirstOfKey();
    long offset = get(publisher.publish(message)).offset();
    get(publisher.publish(message("a", 2)));
    restart();
    Receipt again = get(publisher.publish(message));
    assertThat(again.duplicate()).isTrue();
    assertThat(again.offset()).isEqualTo(offset);
  }

  @Test
  void a_message_with_a_condition_is_refused_where_nothing_may_refuse_it_later() {
    Message<Debited> message = message("a", 1).ifFirstOfKey();
    assertThatThrownBy(() -> node.transaction().add(DEBITS, message))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("condition", "transaction");
    assertThatThrownBy(() -> Effect.none().publish(DEBITS, message))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("condition", "effect");
    assertThatThrownBy(() -> message("a", 1).ifLastOffset(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("ifFirstOfKey");
  }
}
