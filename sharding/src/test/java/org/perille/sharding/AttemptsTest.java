package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;
import static org.perille.sharding.FailureKit.THREE_ATTEMPTS;
import static org.perille.sharding.FailureKit.get;
import static org.perille.sharding.FailureKit.topic;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.perille.DeadLetter;
import org.perille.DeadLetter.Failure;
import org.perille.DeadLetter.Reason;
import org.perille.DeadLetterException;
import org.perille.DeadLetterFilter;
import org.perille.Nack;
import org.perille.Receipt;
import org.perille.RetryPolicy;
import org.perille.Subscription;

/** The conditions under which an attempt has failed, and the time of the next one. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AttemptsTest {
  private final FailureKit kit = new FailureKit();

  @AfterAll
  void stop() {
    kit.close();
  }

  private Subscription<Note> register(TestInfo test, Brittle handler, RetryPolicy policy) {
    Subscription<Note> subscription =
        Subscription.of("mail", topic(test)).atLeastOnce(handler).withRetries(policy);
    kit.perille.register(subscription);
    return subscription;
  }

  @Test
  void at_most_once_has_no_second_attempt_and_none_can_be_ordered(TestInfo test) throws Exception {
    Brittle handler = new Brittle().breaking(0);
    Subscription<Note> mail = Subscription.of("mail", topic(test)).atMostOnce(handler);
    kit.perille.register(mail);
    kit.publish(mail.topic(), "a", 0);
    kit.publish(mail.topic(), "a", 1);
    DeadLetter letter = kit.awaitLetters(mail, 1).get(0);
    assertThat(letter.reason()).isEqualTo(Reason.NO_SECOND_ATTEMPT);
    assertThat(letter.failure()).isEqualTo(Failure.HANDLER);
    assertThat(letter.attempts()).isEqualTo(1);
    handler.fix();
    assertThat(kit.redrive(mail)).isZero();
    kit.publish(mail.topic(), "a", 2);
    await().atMost(180, SECONDS).until(() -> handler.attempted().equals(List.of(0, 1, 2)));
    assertThat(kit.letters(mail)).containsExactly(letter);
    assertThat(
            get(
                kit.perille
                    .subscription(mail)
                    .deadLetters()
                    .discard(DeadLetterFilter.all(), "test")))
        .isEqualTo(1);
    assertThat(kit.letters(mail)).isEmpty();
  }

  @Test
  void a_nack_is_tried_again_as_the_policy_says(TestInfo test) throws Exception {
    Brittle handler = new Brittle().breaking(0, () -> Nack.retry("not yet"));
    Subscription<Note> mail = register(test, handler, THREE_ATTEMPTS);
    kit.publish(mail.topic(), "a", 0);
    DeadLetter letter = kit.awaitLetters(mail, 1).get(0);
    assertThat(letter.reason()).isEqualTo(Reason.ATTEMPTS_EXHAUSTED);
    assertThat(letter.failure()).isEqualTo(Failure.NACK);
    assertThat(letter.errorMessage()).contains("not yet");
    assertThat(letter.attempts()).isEqualTo(3);
  }

  @Test
  void a_nack_with_a_delay_is_tried_again_after_it(TestInfo test) throws Exception {
    Duration asked = Duration.ofMillis(400);
    Queue<Long> times = new ConcurrentLinkedQueue<>();
    Subscription<Note> mail =
        Subscription.of("mail", topic(test))
            .atLeastOnce(
                delivery -> {
                  times.add(System.nanoTime());
                  if (delivery.attempt() == 1) {
                    throw Nack.retryAfter(asked, "later");
                  }
                })
            .withRetries(THREE_ATTEMPTS);
    kit.perille.register(mail);
    kit.handle(mail, "a", 0);
    List<Long> both = List.copyOf(times);
    assertThat(both).hasSize(2);
    // Timers may fire a tick early.
    assertThat(both.get(1) - both.get(0)).isGreaterThan(asked.minusMillis(50).toNanos());
  }

  @Test
  void a_nack_with_a_short_delay_does_not_wait_for_the_policy(TestInfo test) throws Exception {
    Brittle handler =
        new Brittle().breaking(0, () -> Nack.retryAfter(Duration.ofMillis(1), "soon"));
    Subscription<Note> mail =
        register(test, handler, RetryPolicy.fixed(Duration.ofDays(1)).withMaxAttempts(3));
    kit.publish(mail.topic(), "a", 0);
    assertThat(kit.awaitLetters(mail, 1).get(0).attempts()).isEqualTo(3);
  }

  @Test
  void what_a_handler_gives_up_is_a_dead_letter_at_once(TestInfo test) throws Exception {
    Brittle handler = new Brittle().breaking(0, () -> Nack.giveUp("no such address"));
    Subscription<Note> mail =
        register(test, handler, RetryPolicy.standard().withUnlimitedAttempts());
    kit.publish(mail.topic(), "a", 0);
    DeadLetter letter = kit.awaitLetters(mail, 1).get(0);
    assertThat(letter.reason()).isEqualTo(Reason.PERMANENT);
    assertThat(letter.failure()).isEqualTo(Failure.NACK);
    assertThat(letter.errorMessage()).contains("no such address");
    assertThat(handler.attempted()).containsExactly(0);
  }

  @Test
  void an_error_that_the_policy_calls_permanent_is_a_dead_letter_at_once(TestInfo test)
      throws Exception {
    Brittle handler =
        new Brittle()
            .breaking(0, () -> new IllegalArgumentException("no such address"))
            .breaking(1, () -> new IllegalStateException(new IllegalArgumentException("cause")));
    Subscription<Note> mail =
        register(
            test,
            handler,
            RetryPolicy.standard()
                .withUnlimitedAttempts()
                .givingUpOn(IllegalArgumentException.class));
    kit.publish(mail.topic(), "a", 0);
    kit.publish(mail.topic(), "a", 1);
    assertThat(kit.awaitLetters(mail, 2))
        .allSatisfy(
            letter -> {
              assertThat(letter.reason()).isEqualTo(Reason.PERMANENT);
              assertThat(letter.failure()).isEqualTo(Failure.HANDLER);
              assertThat(letter.attempts()).isEqualTo(1);
            });
    assertThat(handler.attempted()).containsExactly(0, 1);
  }

  @Test
  void an_async_handler_s_stage_that_fails_permanently_is_a_dead_letter_at_once(TestInfo test)
      throws Exception {
    Subscription<Note> mail =
        Subscription.of("mail", topic(test))
            .atLeastOnceAsync(
                delivery ->
                    CompletableFuture.runAsync(
                        () -> {
                          throw Nack.giveUp("no such address");
                        }))
            .withRetries(RetryPolicy.standard().withUnlimitedAttempts());
    kit.perille.register(mail);
    kit.publish(mail.topic(), "a", 0);
    DeadLetter letter = kit.awaitLetters(mail, 1).get(0);
    assertThat(letter.failure()).isEqualTo(Failure.NACK);
    assertThat(letter.errorMessage()).contains("no such address");
  }

  @Test
  void a_message_that_failed_too_long_ago_is_given_up(TestInfo test) throws Exception {
    Brittle handler = new Brittle().breaking(0);
    Subscription<Note> mail =
        register(
            test,
            handler,
            RetryPolicy.fixed(Duration.ofMillis(10))
                .withUnlimitedAttempts()
                .withMaxAge(Duration.ofMillis(200)));
    kit.publish(mail.topic(), "a", 0);
    DeadLetter letter = kit.awaitLetters(mail, 1).get(0);
    assertThat(letter.reason()).isEqualTo(Reason.TOO_OLD);
    assertThat(letter.failure()).isEqualTo(Failure.HANDLER);
    assertThat(letter.attempts()).isEqualTo(handler.attempts(0).size());
  }

  @Test
  void a_handler_that_does_not_answer_in_time_has_failed(TestInfo test) throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    Queue<Integer> done = new ConcurrentLinkedQueue<>();
    Subscription<Note> mail =
        Subscription.of("mail", topic(test))
            .atLeastOnce(
                delivery -> {
                  if (delivery.payload().number() == 0) {
                    end.await();
                  }
                  done.add(delivery.payload().number());
                })
            .withDeadline(Duration.ofMillis(500))
            .withRetries(RetryPolicy.fixed(Duration.ofMillis(10)).withMaxAttempts(2));
    kit.perille.register(mail);
    kit.publish(mail.topic(), "a", 0);
    DeadLetter letter = kit.awaitLetters(mail, 1).get(0);
    assertThat(letter.reason()).isEqualTo(Reason.ATTEMPTS_EXHAUSTED);
    assertThat(letter.failure()).isEqualTo(Failure.DEADLINE);
    assertThat(letter.errorMessage()).get(STRING).contains("PT0.5S");
    assertThat(letter.attempts()).isEqualTo(2);
    kit.handle(mail, "a", 1);
    assertThat(done).containsExactly(1);
    end.countDown();
    await().atMost(180, SECONDS).until(() -> done.size() == 3);
    // The late attempt has acknowledged nothing.
    kit.handle(mail, "a", 2);
    assertThat(kit.letters(mail)).containsExactly(letter);
  }

  @Test
  void a_late_answer_does_not_acknowledge_the_attempt_that_has_replaced_it(TestInfo test)
      throws Exception {
    CompletableFuture<String> first = new CompletableFuture<>();
    CompletableFuture<String> second = new CompletableFuture<>();
    Queue<Integer> attempts = new ConcurrentLinkedQueue<>();
    Subscription<Note> mail =
        Subscription.of("mail", topic(test))
            .atLeastOnceAsync(
                delivery -> {
                  if (delivery.payload().number() != 0) {
                    return CompletableFuture.completedFuture("done");
                  }
                  attempts.add(delivery.attempt());
                  if (delivery.attempt() > 1) {
                    first.complete("late");
                  }
                  return delivery.attempt() == 1 ? first : second;
                })
            .withDeadline(Duration.ofMillis(500))
            .withRetries(RetryPolicy.fixed(Duration.ofMillis(1)).withMaxAttempts(2));
    kit.perille.register(mail);
    Receipt receipt = kit.publish(mail.topic(), "a", 0);
    assertThatThrownBy(() -> get(kit.perille.subscription(mail).awaitHandled(receipt)))
        .hasCauseInstanceOf(DeadLetterException.class);
    assertThat(attempts).containsExactly(1, 2);
    assertThat(kit.letters(mail)).extracting(DeadLetter::attempts).containsExactly(2);
    second.complete("late, too");
    kit.handle(mail, "a", 1);
    assertThat(kit.letters(mail)).hasSize(1);
  }

  @Test
  void a_work_queue_handles_messages_of_one_key_at_once(TestInfo test) throws Exception {
    CyclicBarrier together = new CyclicBarrier(3);
    Subscription<Note> work =
        Subscription.of("work", topic(test))
            .atLeastOnce(delivery -> together.await(180, SECONDS))
            .withParallelism(3)
            .unordered();
    kit.perille.register(work);
    for (int i = 0; i < 9; i++) {
      kit.publish(work.topic(), "a", i);
    }
    kit.awaitWell(work);
  }

  @Test
  void a_failed_message_of_a_work_queue_holds_back_no_other_one(TestInfo test) throws Exception {
    Brittle handler = new Brittle().breaking(0);
    Subscription<Note> work =
        Subscription.of("work", topic(test))
            .atLeastOnce(handler)
            .withRetries(RetryPolicy.fixed(Duration.ofMillis(20)).withUnlimitedAttempts())
            .unordered();
    kit.perille.register(work);
    kit.publish(work.topic(), "a", 0);
    kit.handle(work, "a", 1);
    kit.handle(work, "a", 2);
    assertThat(handler.done()).containsExactlyInAnyOrder(1, 2);
    handler.fix();
    kit.awaitWell(work);
    assertThat(handler.done()).containsExactlyInAnyOrder(1, 2, 0);
  }

  @Test
  void the_age_of_a_message_that_was_redriven_counts_anew(TestInfo test) throws Exception {
    AtomicInteger toFail = new AtomicInteger(Integer.MAX_VALUE);
    Queue<Integer> done = new ConcurrentLinkedQueue<>();
    Subscription<Note> mail =
        Subscription.of("mail", topic(test))
            .atLeastOnce(
                delivery -> {
                  if (toFail.getAndDecrement() > 0) {
                    throw new IllegalStateException("planned");
                  }
                  done.add(delivery.payload().number());
                })
            .withRetries(
                RetryPolicy.fixed(Duration.ofMillis(100))
                    .withUnlimitedAttempts()
                    .withMaxAge(Duration.ofSeconds(1)));
    kit.perille.register(mail);
    kit.publish(mail.topic(), "a", 0);
    DeadLetter letter = kit.awaitLetters(mail, 1).get(0);
    assertThat(letter.reason()).isEqualTo(Reason.TOO_OLD);
    toFail.set(1);
    kit.redrive(mail);
    kit.awaitWell(mail);
    assertThat(done).containsExactly(0);
  }
}
