package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.perille.sharding.FailureKit.THREE_ATTEMPTS;
import static org.perille.sharding.FailureKit.get;
import static org.perille.sharding.FailureKit.topic;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.perille.DeadLetter;
import org.perille.DeadLetter.Failure;
import org.perille.DeadLetter.Reason;
import org.perille.DeadLetterCount;
import org.perille.DeadLetterException;
import org.perille.DeadLetterFilter;
import org.perille.DeadLetters;
import org.perille.Delivery;
import org.perille.Message;
import org.perille.MessageId;
import org.perille.OnExhausted;
import org.perille.Receipt;
import org.perille.RetryPolicy;
import org.perille.StoredMessage;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.UndecodableException;

/** The contents of dead letters, and the operations on them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeadLettersTest {
  private final FailureKit kit = new FailureKit();

  @AfterAll
  void stop() {
    kit.close();
  }

  @AfterEach
  void fix() {
    Note.UNREADABLE.clear();
  }

  private Subscription<Note> register(TestInfo test, Brittle handler) {
    Subscription<Note> subscription =
        Subscription.of("mail", topic(test)).atLeastOnce(handler).withRetries(THREE_ATTEMPTS);
    kit.perille.register(subscription);
    return subscription;
  }

  @Test
  void a_message_without_attempts_left_is_a_dead_letter_that_says_all_about_it(TestInfo test)
      throws Exception {
    Instant before = Instant.now().minusMillis(1);
    Brittle handler = new Brittle().breaking(1, () -> new IllegalStateException("x".repeat(5000)));
    Subscription<Note> mail = register(test, handler);
    kit.publish(mail.topic(), "a", 0);
    kit.publish(mail.topic(), "a", 1);
    kit.handle(mail, "a", 2);
    DeadLetter letter = kit.awaitLetters(mail, 1).get(0);
    assertThat(letter.subscription()).isEqualTo("mail");
    assertThat(letter.topic()).isEqualTo(mail.topic().name());
    assertThat(letter.partition()).isZero();
    assertThat(letter.offset()).isEqualTo(1);
    assertThat(letter.key()).isEqualTo("a");
    assertThat(letter.reason()).isEqualTo(Reason.ATTEMPTS_EXHAUSTED);
    assertThat(letter.failure()).isEqualTo(Failure.HANDLER);
    assertThat(letter.error()).contains(IllegalStateException.class.getName());
    assertThat(letter.errorMessage()).contains("x".repeat(1000));
    assertThat(letter.attempts()).isEqualTo(3);
    assertThat(letter.firstFailure()).isBetween(before, letter.lastFailure());
    assertThat(letter.lastFailure()).isBetween(letter.firstFailure(), Instant.now());
    assertThat(letter.consequence()).isEqualTo(OnExhausted.CONTINUE);
    assertThat(letter.deliveryId()).isEqualTo(handler.attempts(1).get(0).deliveryId());
    assertThat(handler.attempted()).containsExactly(0, 1, 1, 1, 2);
  }

  @Test
  void a_caller_that_waits_for_a_message_is_notified_that_it_is_given_up(TestInfo test)
      throws Exception {
    Brittle handler = new Brittle().breaking(0);
    Subscription<Note> mail = register(test, handler);
    Receipt receipt = kit.publish(mail.topic(), "a", 0);
    assertThatThrownBy(() -> get(kit.perille.subscription(mail).awaitHandled(receipt)))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(DeadLetterException.class)
        .hasMessageContainingAll("'mail'", mail.topic().name(), "offset 0", "deadLetters()");
    handler.fix();
    kit.redrive(mail);
    kit.awaitWell(mail);
    get(kit.perille.subscription(mail).awaitHandled(receipt));
  }

  @Test
  void dead_letters_are_listed_over_many_pages_and_counted(TestInfo test) throws Exception {
    Subscription<Note> mail =
        Subscription.of("mail", topic(test, 3))
            .atLeastOnce(
                delivery -> {
                  if (delivery.payload().number() % 5 == 0) {
                    throw new IOException("planned");
                  }
                  throw new IllegalStateException("planned");
                })
            .withRetries(RetryPolicy.never());
    kit.perille.register(mail);
    List<CompletionStage<Receipt>> receipts = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      receipts.add(kit.perille.publisher(mail.topic()).publish(new Note("k" + i % 20, i)));
    }
    for (CompletionStage<Receipt> receipt : receipts) {
      get(receipt);
    }
    List<DeadLetter> letters = kit.awaitLetters(mail, 200);
    assertThat(letters)
        .isSortedAccordingTo(
            (one, other) ->
                one.partition() == other.partition()
                    ? Long.compare(one.offset(), other.offset())
                    : Integer.compare(one.partition(), other.partition()));
    assertThat(letters).extracting(DeadLetter::deliveryId).doesNotHaveDuplicates();
    DeadLetters<Note> desk = kit.perille.subscription(mail).deadLetters();
    assertThat(get(desk.count(DeadLetterFilter.all())))
        .containsExactly(
            new DeadLetterCount(
                Reason.ATTEMPTS_EXHAUSTED,
                Failure.HANDLER,
                Optional.of(IllegalStateException.class.getName()),
                160),
            new DeadLetterCount(
                Reason.ATTEMPTS_EXHAUSTED,
                Failure.HANDLER,
                Optional.of(IOException.class.getName()),
                40));
    DeadLetterFilter some =
        DeadLetterFilter.all().withKey("k5").withError(IOException.class.getName());
    assertThat(kit.letters(mail, some))
        .isNotEmpty()
        .isEqualTo(letters.stream().filter(some::matches).toList());
    assertThat(kit.letters(mail, DeadLetterFilter.all().withPartition(2)))
        .isEqualTo(letters.stream().filter(letter -> letter.partition() == 2).toList());
    assertThat(kit.letters(mail, DeadLetterFilter.only(letters.get(77))))
        .containsExactly(letters.get(77));
    await()
        .atMost(180, SECONDS)
        .until(() -> get(kit.perille.subscription(mail).status()).deadLetters() == 200);
  }

  @Test
  void the_message_of_a_dead_letter_can_be_read_also_when_it_is_gone(TestInfo test)
      throws Exception {
    Subscription<Note> mail = register(test, new Brittle().breaking(1));
    kit.publish(mail.topic(), "a", 0);
    kit.publish(
        mail.topic(), Message.of(new Note("a", 1)).withId(MessageId.of("id")).withHeader("h", "v"));
    DeadLetter letter = kit.awaitLetters(mail, 1).get(0);
    DeadLetters<Note> desk = kit.perille.subscription(mail).deadLetters();
    StoredMessage<Note> read = get(desk.read(letter));
    assertThat(read.offset()).isEqualTo(letter.offset());
    assertThat(read.payload()).isEqualTo(new Note("a", 1));
    assertThat(read.messageId()).contains(MessageId.of("id"));
    assertThat(read.headers()).containsExactly(Map.entry("h", "v"));
    get(desk.discard(DeadLetterFilter.only(letter), "test"));
    assertThat(get(desk.read(letter))).isEqualTo(read);
  }

  @Test
  void a_payload_that_can_not_be_decoded_becomes_a_dead_letter_and_its_bytes_can_be_read(
      TestInfo test) throws Exception {
    Brittle handler = new Brittle();
    Topic<Note> topic = topic(test);
    kit.perille.register(topic);
    kit.publish(topic, "a", 13);
    Note.UNREADABLE.add(13);
    Subscription<Note> mail = register(test, handler);
    DeadLetter letter = kit.awaitLetters(mail, 1).get(0);
    assertThat(letter.failure()).isEqualTo(Failure.UNDECODABLE);
    assertThat(letter.attempts()).isEqualTo(3);
    StoredMessage<Note> read = get(kit.perille.subscription(mail).deadLetters().read(letter));
    assertThat(read.isDecodable()).isFalse();
    assertThatThrownBy(read::payload)
        .isInstanceOf(UndecodableException.class)
        .hasMessageContaining("offset " + letter.offset());
    assertThat(read.bytes()).isNotEmpty();
    assertThat(read.manifest()).contains("Note");
    assertThat(handler.attempted()).isEmpty();
    Note.UNREADABLE.clear();
    assertThat(kit.redrive(mail)).isEqualTo(1);
    kit.awaitWell(mail);
    assertThat(handler.done()).containsExactly(13);
  }

  @Test
  void what_is_redriven_is_chosen_by_place_key_and_error(TestInfo test) throws Exception {
    Brittle handler =
        new Brittle()
            .breaking(0, 1, 2, 5)
            .breaking(3, () -> new IOException("planned"))
            .breaking(4, () -> new IOException("planned"));
    Subscription<Note> mail = register(test, handler);
    for (int i = 0; i < 6; i++) {
      kit.publish(mail.topic(), i < 3 ? "a" : "b", i);
    }
    DeadLetter first = kit.awaitLetters(mail, 6).get(0);
    handler.fix();
    DeadLetters<Note> desk = kit.perille.subscription(mail).deadLetters();
    assertThat(get(desk.redrive(DeadLetterFilter.only(first)))).isEqualTo(1);
    await().atMost(180, SECONDS).until(() -> handler.done().equals(List.of(0)));
    assertThat(get(desk.redrive(DeadLetterFilter.all().withKey("a")))).isEqualTo(2);
    await().atMost(180, SECONDS).until(() -> handler.done().equals(List.of(0, 1, 2)));
    assertThat(get(desk.redrive(DeadLetterFilter.all().withError(IOException.class.getName()))))
        .isEqualTo(2);
    await().atMost(180, SECONDS).until(() -> handler.done().equals(List.of(0, 1, 2, 3, 4)));
    assertThat(kit.letters(mail)).extracting(DeadLetter::offset).containsExactly(5L);
    assertThat(get(desk.redrive(DeadLetterFilter.all()))).isEqualTo(1);
    kit.awaitWell(mail);
    assertThat(handler.done()).containsExactly(0, 1, 2, 3, 4, 5);
  }

  @Test
  void a_redriven_message_has_all_attempts_again_and_goes_on_counting_them(TestInfo test)
      throws Exception {
    Brittle handler = new Brittle().breaking(0);
    Subscription<Note> mail = register(test, handler);
    kit.publish(mail.topic(), "a", 0);
    DeadLetter first = kit.awaitLetters(mail, 1).get(0);
    assertThat(kit.redrive(mail)).isEqualTo(1);
    await().atMost(180, SECONDS).until(() -> handler.attempts(0).size() == 6);
    DeadLetter second = kit.awaitLetters(mail, 1).get(0);
    assertThat(second.attempts()).isEqualTo(6);
    assertThat(second.firstFailure()).isEqualTo(first.firstFailure());
    assertThat(handler.attempts(0)).extracting(Delivery::attempt).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(handler.attempts(0)).extracting(Delivery::redelivered).startsWith(false, true);
  }

  @Test
  void an_order_that_is_repeated_under_its_name_changes_nothing_more(TestInfo test)
      throws Exception {
    Brittle handler = new Brittle().breaking(0, 1, 2);
    Subscription<Note> mail = register(test, handler);
    DeadLetters<Note> desk = kit.perille.subscription(mail).deadLetters();
    kit.publish(mail.topic(), "a", 0);
    kit.awaitLetters(mail, 1);
    assertThat(get(desk.redrive(DeadLetterFilter.all(), "monday"))).isEqualTo(1);
    await().atMost(180, SECONDS).until(() -> handler.attempts(0).size() == 6);
    kit.publish(mail.topic(), "a", 1);
    kit.awaitLetters(mail, 2);
    assertThat(get(desk.redrive(DeadLetterFilter.all(), "monday"))).isEqualTo(1);
    assertThat(get(desk.discard(DeadLetterFilter.all(), "test", "tuesday"))).isEqualTo(2);
    kit.publish(mail.topic(), "a", 2);
    kit.awaitLetters(mail, 1);
    assertThat(get(desk.discard(DeadLetterFilter.all(), "test", "tuesday"))).isEqualTo(2);
    assertThat(kit.letters(mail)).extracting(DeadLetter::offset).containsExactly(2L);
    assertThat(handler.attempted()).containsExactly(0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2);
  }

  @Test
  void what_is_discarded_is_never_handled(TestInfo test) throws Exception {
    Brittle handler = new Brittle().breaking(0);
    Subscription<Note> mail = register(test, handler);
    kit.publish(mail.topic(), "a", 0);
    kit.awaitLetters(mail, 1);
    handler.fix();
    assertThat(
            get(
                kit.perille
                    .subscription(mail)
                    .deadLetters()
                    .discard(DeadLetterFilter.all(), "test")))
        .isEqualTo(1);
    kit.awaitWell(mail);
    assertThat(kit.redrive(mail)).isZero();
    kit.handle(mail, "a", 1);
    assertThat(handler.done()).containsExactly(1);
  }
}
