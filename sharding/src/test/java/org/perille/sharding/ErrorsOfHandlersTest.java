package org.perille.sharding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.perille.sharding.FailureKit.get;
import static org.perille.sharding.FailureKit.topic;

import java.io.Serial;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.stream.IntStream;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.perille.DeadLetter;
import org.perille.Definition;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.Guarantee;
import org.perille.OnExhausted;
import org.perille.OutsideCall;
import org.perille.PerilleMessage;
import org.perille.Receipt;
import org.perille.RetryPolicy;
import org.perille.Subscription;
import org.perille.Topic;

/** Goal: any error of a handler is a failed attempt at its message, and harms nothing else. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ErrorsOfHandlersTest {
  record Count(int notes) implements PerilleMessage {}

  record Text(String text) implements PerilleMessage {}

  /** An exception whose methods all fail. */
  private static final class Unreadable extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    @Override
    public String getMessage() {
      throw new IllegalStateException("getMessage() throws");
    }

    @Override
    public String toString() {
      throw new NoClassDefFoundError("toString() throws");
    }

    @Override
    public synchronized Throwable getCause() {
      throw new IllegalStateException("getCause() throws");
    }

    @Override
    public StackTraceElement[] getStackTrace() {
      throw new StackOverflowError();
    }
  }

  private static int recurse(int depth) {
    return depth < 0 ? 0 : recurse(depth + 1) + 1;
  }

  private static Throwable stackOverflow() {
    try {
      return new IllegalStateException("a depth of " + recurse(0));
    } catch (StackOverflowError e) {
      return e;
    }
  }

  private static Throwable cyclic() {
    Exception one = new IllegalStateException("one");
    one.initCause(new IllegalStateException("other", one));
    return one;
  }

  /** The failures, by the number of the message that causes them. */
  @SuppressWarnings({"deprecation", "removal"})
  private static final List<Callable<Throwable>> FAILURES =
      List.of(
          ErrorsOfHandlersTest::stackOverflow,
          () -> new OutOfMemoryError("planned"),
          () -> new NoClassDefFoundError("planned"),
          () -> new ExceptionInInitializerError("planned"),
          () -> new InternalError("planned"),
          ThreadDeath::new,
          () -> new AssertionError("planned"),
          () -> new InterruptedException("planned"),
          () -> new IllegalStateException("planned"),
          Unreadable::new,
          ErrorsOfHandlersTest::cyclic);

  private static final List<String> NAMES =
      List.of(
          "java.lang.StackOverflowError",
          "java.lang.OutOfMemoryError",
          "java.lang.NoClassDefFoundError",
          "java.lang.ExceptionInInitializerError",
          "java.lang.InternalError",
          "java.lang.ThreadDeath",
          "java.lang.AssertionError",
          "java.lang.InterruptedException",
          "java.lang.IllegalStateException",
          Unreadable.class.getName(),
          "java.lang.IllegalStateException");

  private static final RetryPolicy TWO_ATTEMPTS =
      RetryPolicy.fixed(Duration.ofMillis(1))
          .withMaxAttempts(2)
          .givingUpOn(ConnectException.class)
          .givingUpWhen(
              failure -> {
                throw new NoClassDefFoundError("the predicate fails, too");
              });

  private final FailureKit kit = new FailureKit("perille.effect.max-reply-bytes = 1 KiB");

  /** The handled numbers, by the names of the subscriptions. */
  private final Map<String, Queue<Integer>> called = new LinkedHashMap<>();

  @AfterAll
  void stop() {
    kit.close();
  }

  private static <E extends Throwable> void fail(Delivery<Note> delivery) throws E {
    Throwable failure = failureOf(delivery);
    if (failure != null) {
      @SuppressWarnings("unchecked") // it isn't one, on purpose
      E unchecked = (E) failure;
      throw unchecked;
    }
  }

  private static Throwable failureOf(Delivery<Note> delivery) {
    try {
      int number = delivery.payload().number();
      return number < FAILURES.size() ? FAILURES.get(number).call() : null;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private void called(String subscription, Delivery<Note> delivery) {
    called.get(subscription).add(delivery.payload().number());
  }

  private void call(String subscription, Delivery<Note> delivery) {
    called(subscription, delivery);
    ErrorsOfHandlersTest.<RuntimeException>fail(delivery);
  }

  private final class Counting implements EventSourcedHandler<Note, Count, Count> {
    @Override
    public Class<Count> stateType() {
      return Count.class;
    }

    @Override
    public Class<Count> eventType() {
      return Count.class;
    }

    @Override
    public Count emptyState() {
      return new Count(0);
    }

    @Override
    public Effect<Count> handle(Count state, Delivery<Note> delivery) {
      call("event-sourced", delivery);
      return Effect.of(new Count(1));
    }

    @Override
    public Count apply(Count state, Count event) {
      return new Count(state.notes() + event.notes());
    }
  }

  private <R> CompletableFuture<R> later(String name, Delivery<Note> delivery, R result) {
    called(name, delivery);
    CompletableFuture<R> stage = new CompletableFuture<>();
    Executor executor =
        CompletableFuture.delayedExecutor(1, java.util.concurrent.TimeUnit.MILLISECONDS);
    executor.execute(
        () -> {
          Throwable failure = failureOf(delivery);
          if (failure == null) {
            stage.complete(result);
          } else {
            stage.completeExceptionally(failure);
          }
        });
    return stage;
  }

  private List<Subscription<Note>> ofEveryKind(Topic<Note> topic) {
    return List.of(
        Subscription.of("blocking", topic).atLeastOnce(delivery -> call("blocking", delivery)),
        Subscription.of("at-most-once", topic)
            .atMostOnce(delivery -> call("at-most-once", delivery)),
        Subscription.of("async", topic)
            .atLeastOnceAsync(
                delivery -> {
                  call("async", delivery);
                  return CompletableFuture.completedFuture(null);
                }),
        Subscription.of("stage", topic)
            .atLeastOnceAsync(delivery -> later("stage", delivery, "done")),
        Subscription.of("call", topic)
            .atLeastOnce(
                OutsideCall.of(
                    delivery -> {
                      call("call", delivery);
                      return new Count(1);
                    })),
        Subscription.of("call-stage", topic)
            .atLeastOnce(
                OutsideCall.async(delivery -> later("call-stage", delivery, new Count(1)))),
        Subscription.of("publishing", topic)
            .effectivelyOnce(
                delivery -> {
                  call("publishing", delivery);
                  return Effect.none();
                }),
        Subscription.of("event-sourced", topic).effectivelyOnce(new Counting()));
  }

  @Test
  void each_is_a_failed_attempt_of_its_message_and_nobody_else_s(TestInfo test) throws Exception {
    List<Subscription<Note>> subscriptions = new ArrayList<>();
    for (Subscription<Note> each : ofEveryKind(topic(test))) {
      called.put(each.name(), new ConcurrentLinkedQueue<>());
      subscriptions.add(
          each.guarantee() == Guarantee.AT_MOST_ONCE
              ? each
              : each.withRetries(TWO_ATTEMPTS).onExhausted(OnExhausted.CONTINUE));
    }
    kit.perille.register(subscriptions.toArray(Definition[]::new));
    List<Receipt> fine = new ArrayList<>();
    for (int i = 0; i < FAILURES.size(); i++) {
      kit.publish(topic(test), "bad" + i, i);
      fine.add(kit.publish(topic(test), "good" + i, 100 + i));
      fine.add(kit.publish(topic(test), "bad" + i, 200 + i));
    }
    for (Subscription<Note> subscription : subscriptions) {
      String name = subscription.name();
      for (Receipt receipt : fine) {
        get(kit.perille.subscription(subscription).awaitHandled(receipt));
      }
      List<DeadLetter> letters = kit.awaitLetters(subscription, FAILURES.size());
      assertThat(letters)
          .as(name)
          .extracting(letter -> letter.error().orElseThrow())
          .containsExactlyElementsOf(NAMES);
      assertThat(letters.get(9).errorMessage().orElseThrow())
          .as(name)
          .contains("getMessage() threw java.lang.IllegalStateException");
      int attempts = name.equals("at-most-once") ? 1 : 2;
      assertThat(letters).as(name).extracting(DeadLetter::attempts).containsOnly(attempts);
      assertThat(called.get(name))
          .as(name)
          .containsExactlyInAnyOrderElementsOf(
              IntStream.range(0, FAILURES.size())
                  .boxed()
                  .flatMap(
                      i ->
                          IntStream.concat(
                                  IntStream.range(0, attempts).map(attempt -> i),
                                  IntStream.of(100 + i, 200 + i))
                              .boxed())
                  .toList());
    }
  }

  @Test
  void a_handler_that_interrupts_its_thread_does_not_interrupt_the_next_one(TestInfo test)
      throws Exception {
    Queue<Boolean> interrupted = new ConcurrentLinkedQueue<>();
    Runnable handle =
        () -> {
          interrupted.add(Thread.currentThread().isInterrupted());
          Thread.currentThread().interrupt();
        };
    Topic<Note> topic = topic(test);
    List<Subscription<Note>> subscriptions =
        List.of(
            Subscription.of("blocking", topic).atLeastOnce(delivery -> handle.run()),
            Subscription.of("publishing", topic)
                .effectivelyOnce(
                    delivery -> {
                      handle.run();
                      return Effect.none();
                    }),
            Subscription.of("call", topic)
                .atLeastOnce(
                    OutsideCall.of(
                        delivery -> {
                          handle.run();
                          return new Count(1);
                        })));
    kit.perille.register(
        subscriptions.stream().map(s -> s.withParallelism(1)).toArray(Definition[]::new));
    List<Receipt> receipts = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      receipts.add(kit.publish(topic, "k" + i, i));
    }
    for (Subscription<Note> subscription : subscriptions) {
      for (Receipt receipt : receipts) {
        get(kit.perille.subscription(subscription).awaitHandled(receipt));
      }
    }
    assertThat(interrupted).hasSize(60).containsOnly(false);
  }

  @Test
  void an_effect_that_is_too_large_is_a_dead_letter_at_once_and_leaves_nothing(TestInfo test)
      throws Exception {
    Topic<Note> topic = topic(test);
    Subscription<Note> calling =
        Subscription.of("calling", topic)
            .atLeastOnce(
                OutsideCall.of(
                    delivery -> new Text("x".repeat(delivery.key().equals("large") ? 2000 : 10))))
            .withRetries(RetryPolicy.fixed(Duration.ofMillis(1)));
    kit.perille.register(calling);
    Receipt large = kit.publish(topic, "large", 0);
    Receipt small = kit.publish(topic, "small", 1);
    assertThat(get(kit.perille.subscription(calling).reply(small, Text.class)))
        .contains(new Text("x".repeat(10)));
    DeadLetter letter = kit.awaitLetters(calling, 1).get(0);
    assertThat(letter.offset()).isEqualTo(large.offset());
    assertThat(letter.reason()).isEqualTo(DeadLetter.Reason.PERMANENT);
    assertThat(letter.attempts()).isEqualTo(1);
    assertThat(letter.errorMessage())
        .get(STRING)
        .contains("perille.effect.max-reply-bytes is 1024");
    assertThat(
            get(
                kit.perille
                    .subscription(calling)
                    .key("large")
                    .effects()
                    .runWith(Sink.seq(), kit.perille.system())))
        .isEmpty();
  }
}
