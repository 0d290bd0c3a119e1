package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.perille.sharding.FailureKit.THREE_ATTEMPTS;
import static org.perille.sharding.FailureKit.get;
import static org.perille.sharding.FailureKit.topic;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.perille.DeadLetter;
import org.perille.DeadLetter.Failure;
import org.perille.DeadLetter.Reason;
import org.perille.DeadLetterException;
import org.perille.DeadLetterFilter;
import org.perille.Message;
import org.perille.OnExhausted;
import org.perille.OnExpired;
import org.perille.PublishRefusedException;
import org.perille.Receipt;
import org.perille.Subscription;

/** Messages that may be handled only from a time on, or only until one. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TimesTest {
  private final FailureKit kit = new FailureKit();

  @AfterAll
  void stop() {
    kit.close();
  }

  private static Message<Note> expired(String key, int number) {
    return Message.of(new Note(key, number)).notAfter(Instant.now().minusSeconds(1));
  }

  @Test
  void an_expired_message_is_a_dead_letter_and_its_key_goes_on(TestInfo test) throws Exception {
    Brittle handler = new Brittle();
    Subscription<Note> mail =
        Subscription.of("mail", topic(test)).atLeastOnce(handler).onExhausted(OnExhausted.PARK_KEY);
    kit.perille.register(mail);
    Receipt late = kit.publish(mail.topic(), expired("a", 0));
    kit.handle(mail, "a", 1);
    DeadLetter letter = kit.awaitLetters(mail, 1).get(0);
    assertThat(letter.reason()).isEqualTo(Reason.EXPIRED);
    assertThat(letter.failure()).isEqualTo(Failure.EXPIRY);
    assertThat(letter.error()).isEmpty();
    assertThat(letter.attempts()).isZero();
    assertThat(letter.consequence()).isEqualTo(OnExhausted.CONTINUE);
    assertThatThrownBy(() -> get(kit.perille.subscription(mail).awaitHandled(late)))
        .hasCauseInstanceOf(DeadLetterException.class);
    // An operator who redrives the message wants it handled, although it is late.
    assertThat(kit.redrive(mail)).isEqualTo(1);
    kit.awaitWell(mail);
    assertThat(handler.done()).containsExactly(1, 0);
  }

  @Test
  void at_most_once_can_be_redriven_what_was_never_attempted(TestInfo test) throws Exception {
    Brittle handler = new Brittle().breaking(1);
    Subscription<Note> mail = Subscription.of("mail", topic(test)).atMostOnce(handler);
    kit.perille.register(mail);
    kit.publish(mail.topic(), expired("a", 0));
    kit.publish(mail.topic(), "a", 1);
    kit.awaitLetters(mail, 2);
    handler.fix();
    assertThat(kit.redrive(mail)).isEqualTo(1);
    await().atMost(180, SECONDS).until(() -> handler.done().equals(List.of(0)));
    assertThat(kit.awaitLetters(mail, 1).get(0).offset()).isEqualTo(1);
    assertThat(handler.attempted()).containsExactly(1, 0);
  }

  @Test
  void an_expired_message_is_skipped_and_counted_where_that_was_chosen(TestInfo test)
      throws Exception {
    Brittle handler = new Brittle();
    Subscription<Note> mail =
        Subscription.of("mail", topic(test)).atLeastOnce(handler).onExpired(OnExpired.DROP);
    kit.perille.register(mail);
    Receipt late = kit.publish(mail.topic(), expired("a", 0));
    kit.publish(mail.topic(), expired("b", 1));
    kit.handle(mail, "a", 2);
    get(kit.perille.subscription(mail).awaitHandled(late));
    await().atMost(180, SECONDS).until(() -> kit.problems(mail).skipped() == 2);
    assertThat(kit.letters(mail)).isEmpty();
    assertThat(handler.attempted()).containsExactly(2);
  }

  @Test
  void a_message_that_has_not_expired_is_handled(TestInfo test) throws Exception {
    Brittle handler = new Brittle();
    Subscription<Note> mail = Subscription.of("mail", topic(test)).atLeastOnce(handler);
    kit.perille.register(mail);
    Message<Note> message =
        Message.of(new Note("a", 0)).notAfter(Instant.now().plus(Duration.ofHours(1)));
    get(kit.perille.subscription(mail).awaitHandled(kit.publish(mail.topic(), message)));
    assertThat(handler.done()).containsExactly(0);
  }

  @Test
  void a_delayed_message_holds_back_its_key_and_no_other_one(TestInfo test) throws Exception {
    Brittle handler = new Brittle();
    Subscription<Note> mail = Subscription.of("mail", topic(test)).atLeastOnce(handler);
    kit.perille.register(mail);
    kit.publish(mail.topic(), Message.of(new Note("a", 0)).delayedBy(Duration.ofHours(1)));
    kit.publish(mail.topic(), "a", 1);
    kit.handle(mail, "b", 2);
    kit.awaitWaiting(mail, 2);
    assertThat(handler.attempted()).containsExactly(2);
    assertThat(kit.letters(mail)).isEmpty();
  }

  @Test
  void a_delayed_message_comes_when_its_time_has_come_and_then_its_key(TestInfo test)
      throws Exception {
    Instant due = Instant.now().plusMillis(700);
    Queue<Instant> times = new ConcurrentLinkedQueue<>();
    Queue<Integer> done = new ConcurrentLinkedQueue<>();
    Subscription<Note> mail =
        Subscription.of("mail", topic(test))
            .atLeastOnce(
                delivery -> {
                  times.add(Instant.now());
                  done.add(delivery.payload().number());
                });
    kit.perille.register(mail);
    kit.publish(mail.topic(), Message.of(new Note("a", 0)).notBefore(due));
    kit.handle(mail, "a", 1);
    assertThat(done).containsExactly(0, 1);
    assertThat(times).allMatch(time -> !time.isBefore(due));
    kit.awaitWell(mail);
  }

  @Test
  void a_delayed_message_of_a_work_queue_holds_back_no_other_one(TestInfo test) throws Exception {
    Brittle handler = new Brittle();
    Subscription<Note> work = Subscription.of("work", topic(test)).atLeastOnce(handler).unordered();
    kit.perille.register(work);
    kit.publish(work.topic(), Message.of(new Note("a", 0)).delayedBy(Duration.ofHours(1)));
    kit.handle(work, "a", 1);
    assertThat(handler.attempted()).containsExactly(1);
    kit.awaitWaiting(work, 1);
  }

  @Test
  void an_expired_message_that_is_redriven_takes_nothing_along_that_waits_behind_a_dead_letter(
      TestInfo test) throws Exception {
    Brittle handler = new Brittle().breaking(1);
    Subscription<Note> mail =
        Subscription.of("mail", topic(test))
            .atLeastOnce(handler)
            .withRetries(THREE_ATTEMPTS)
            .onExhausted(OnExhausted.PARK_KEY);
    kit.perille.register(mail);
    Receipt late = kit.publish(mail.topic(), expired("a", 0));
    for (int i = 1; i < 4; i++) {
      kit.publish(mail.topic(), "a", i);
    }
    kit.awaitLetters(mail, 2);
    kit.awaitParked(mail, 2);
    assertThat(
            get(
                kit.perille
                    .subscription(mail)
                    .deadLetters()
                    .redrive(DeadLetterFilter.at(late.partition(), late.offset()))))
        .isEqualTo(1);
    get(kit.perille.subscription(mail).awaitHandled(late));
    kit.awaitParked(mail, 2);
    assertThat(handler.done()).containsExactly(0);
    handler.fix();
    kit.redrive(mail);
    kit.awaitWell(mail);
    assertThat(handler.done()).containsExactly(0, 1, 2, 3);
  }

  @Test
  void times_at_the_end_of_time_are_like_none_and_a_delay_until_then_is_refused(TestInfo test)
      throws Exception {
    Brittle handler = new Brittle();
    Subscription<Note> mail = Subscription.of("mail", topic(test)).atLeastOnce(handler);
    kit.perille.register(mail);
    Message<Note> message = Message.of(new Note("a", 0));
    kit.publish(mail.topic(), message.notBefore(Instant.MIN).notAfter(Instant.MAX));
    assertThatThrownBy(
            () -> kit.publish(mail.topic(), message.delayedBy(Duration.ofSeconds(Long.MAX_VALUE))))
        .hasCauseInstanceOf(PublishRefusedException.class)
        .hasMessageContaining("perille.publisher.max-delay");
    kit.publish(mail.topic(), message.notAfter(Instant.MIN));
    assertThat(kit.awaitLetters(mail, 1).get(0).reason()).isEqualTo(Reason.EXPIRED);
    assertThat(handler.done()).containsExactly(0);
  }
}
