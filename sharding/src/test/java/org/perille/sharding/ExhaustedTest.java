package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.perille.sharding.FailureKit.THREE_ATTEMPTS;
import static org.perille.sharding.FailureKit.get;
import static org.perille.sharding.FailureKit.topic;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.perille.DeadLetter;
import org.perille.DeadLetterFilter;
import org.perille.Definition;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.OnExhausted;
import org.perille.OutsideCall;
import org.perille.PerilleMessage;
import org.perille.Receipt;
import org.perille.Subscription;
import org.perille.Topic;

/** The consequences for a key, or a partition, when one of its messages becomes a dead letter. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExhaustedTest {
  record Count(int notes) implements PerilleMessage {}

  /** A state machine that counts, with another handler's failures. */
  private record Counting(Brittle handler) implements EventSourcedHandler<Note, Count, Count> {
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
    public Effect<Count> handle(Count state, Delivery<Note> delivery) throws Exception {
      handler.handle(delivery);
      return Effect.of(new Count(1));
    }

    @Override
    public Count apply(Count state, Count event) {
      return new Count(state.notes() + event.notes());
    }
  }

  private final FailureKit kit = new FailureKit();

  @AfterAll
  void stop() {
    kit.close();
  }

  /**
   * Returns subscriptions of every kind that stores its cursor in the journal, with the same
   * handler.
   */
  private List<Subscription<Note>> ofEveryKind(Topic<Note> topic, Map<String, Brittle> handlers) {
    handlers.putAll(
        Map.of(
            "plain", new Brittle(),
            "async", new Brittle(),
            "calling", new Brittle(),
            "event-sourced", new Brittle(),
            "publishing", new Brittle()));
    OutsideCall<Note, Count> call =
        OutsideCall.of(
            delivery -> {
              handlers.get("calling").handle(delivery);
              return new Count(1);
            });
    return List.of(
        Subscription.of("plain", topic).atLeastOnce(handlers.get("plain")),
        Subscription.of("async", topic)
            .atLeastOnceAsync(
                delivery ->
                    CompletableFuture.runAsync(
                        () -> {
                          try {
                            handlers.get("async").handle(delivery);
                          } catch (Exception e) {
                            throw new CompletionException(e);
                          }
                        })),
        Subscription.of("calling", topic).atLeastOnce(call),
        Subscription.of("event-sourced", topic)
            .effectivelyOnce(new Counting(handlers.get("event-sourced"))),
        Subscription.of("publishing", topic)
            .effectivelyOnce(
                delivery -> {
                  handlers.get("publishing").handle(delivery);
                  return Effect.none();
                }));
  }

  private List<Subscription<Note>> registerEveryKind(
      TestInfo test, Map<String, Brittle> handlers, Optional<OnExhausted> action) {
    List<Subscription<Note>> subscriptions =
        ofEveryKind(topic(test), handlers).stream()
            .map(subscription -> subscription.withRetries(THREE_ATTEMPTS))
            .map(subscription -> action.map(subscription::onExhausted).orElse(subscription))
            .toList();
    handlers.values().forEach(handler -> handler.breaking(0));
    kit.perille.register(subscriptions.toArray(Definition[]::new));
    return subscriptions;
  }

  @Test
  void a_key_that_skips_goes_on_behind_the_dead_letter(TestInfo test) throws Exception {
    Map<String, Brittle> handlers = new HashMap<>();
    List<Subscription<Note>> subscriptions =
        registerEveryKind(test, handlers, Optional.of(OnExhausted.CONTINUE));
    kit.publish(topic(test), "a", 0);
    Receipt next = kit.publish(topic(test), "a", 1);
    for (Subscription<Note> subscription : subscriptions) {
      get(kit.perille.subscription(subscription).awaitHandled(next));
      DeadLetter letter = kit.awaitLetters(subscription, 1).get(0);
      assertThat(letter.offset()).isZero();
      assertThat(letter.consequence()).isEqualTo(OnExhausted.CONTINUE);
      assertThat(letter.error()).contains(IllegalStateException.class.getName());
      assertThat(handlers.get(subscription.name()).attempted()).containsExactly(0, 0, 0, 1);
    }
  }

  @Test
  void a_parked_key_waits_behind_its_dead_letter_and_comes_in_order_when_it_is_redriven(
      TestInfo test) throws Exception {
    Map<String, Brittle> handlers = new HashMap<>();
    List<Subscription<Note>> subscriptions =
        registerEveryKind(test, handlers, Optional.of(OnExhausted.PARK_KEY));
    kit.publish(topic(test), "a", 0);
    List<Receipt> parked = new ArrayList<>();
    for (int i = 1; i <= 20; i++) {
      parked.add(kit.publish(topic(test), "a", i));
    }
    Receipt other = kit.publish(topic(test), "b", 100);
    for (Subscription<Note> subscription : subscriptions) {
      Brittle handler = handlers.get(subscription.name());
      CompletionStage<?> handled =
          kit.perille.subscription(subscription).awaitHandled(parked.get(7));
      get(kit.perille.subscription(subscription).awaitHandled(other));
      assertThat(kit.awaitLetters(subscription, 1).get(0).consequence())
          .isEqualTo(OnExhausted.PARK_KEY);
      kit.awaitParked(subscription, 20);
      assertThat(handler.done()).containsExactly(100);
      assertThat(handled.toCompletableFuture()).isNotDone();
      handler.fix();
      assertThat(kit.redrive(subscription)).isEqualTo(1);
      get(handled);
      kit.awaitWell(subscription);
      assertThat(handler.done().subList(1, 22))
          .isEqualTo(IntStream.rangeClosed(0, 20).boxed().toList());
    }
  }

  @Test
  void a_parked_key_whose_dead_letter_fails_again_stays_parked(TestInfo test) throws Exception {
    Brittle handler = new Brittle().breaking(0);
    Subscription<Note> mail =
        Subscription.of("mail", topic(test))
            .atLeastOnce(handler)
            .withRetries(THREE_ATTEMPTS)
            .onExhausted(OnExhausted.PARK_KEY);
    kit.perille.register(mail);
    kit.publish(mail.topic(), "a", 0);
    kit.publish(mail.topic(), "a", 1);
    kit.awaitLetters(mail, 1);
    kit.awaitParked(mail, 1);
    kit.redrive(mail);
    await().atMost(180, SECONDS).until(() -> handler.attempts(0).size() == 6);
    kit.awaitLetters(mail, 1);
    kit.publish(mail.topic(), "a", 2);
    kit.handle(mail, "b", 3);
    kit.awaitParked(mail, 2);
    assertThat(handler.done()).containsExactly(3);
    handler.fix();
    kit.redrive(mail);
    kit.awaitWell(mail);
    assertThat(handler.done()).containsExactly(3, 0, 1, 2);
  }

  @Test
  void a_second_message_of_a_parked_key_can_fail_in_its_turn(TestInfo test) throws Exception {
    Brittle handler = new Brittle().breaking(0, 1);
    Subscription<Note> mail =
        Subscription.of("mail", topic(test))
            .atLeastOnce(handler)
            .withRetries(THREE_ATTEMPTS)
            .onExhausted(OnExhausted.PARK_KEY);
    kit.perille.register(mail);
    for (int i = 0; i < 3; i++) {
      kit.publish(mail.topic(), "a", i);
    }
    kit.awaitLetters(mail, 1);
    kit.awaitParked(mail, 2);
    get(kit.perille.subscription(mail).deadLetters().discard(DeadLetterFilter.all(), "test"));
    await()
        .atMost(180, SECONDS)
        .untilAsserted(
            () -> assertThat(kit.letters(mail)).extracting(DeadLetter::offset).containsExactly(1L));
    kit.awaitParked(mail, 1);
    handler.fix();
    kit.redrive(mail);
    kit.awaitWell(mail);
    assertThat(handler.done()).containsExactly(1, 2);
  }

  @Test
  void a_discarded_dead_letter_lets_its_parked_key_go_on(TestInfo test) throws Exception {
    Map<String, Brittle> handlers = new HashMap<>();
    List<Subscription<Note>> subscriptions =
        registerEveryKind(test, handlers, Optional.of(OnExhausted.PARK_KEY));
    kit.publish(topic(test), "a", 0);
    kit.publish(topic(test), "a", 1);
    kit.publish(topic(test), "a", 2);
    for (Subscription<Note> subscription : subscriptions) {
      kit.awaitLetters(subscription, 1);
      kit.awaitParked(subscription, 2);
      get(
          kit.perille
              .subscription(subscription)
              .deadLetters()
              .discard(DeadLetterFilter.all(), "test"));
      kit.awaitWell(subscription);
      assertThat(handlers.get(subscription.name()).done()).containsExactly(1, 2);
    }
  }

  @Test
  void a_partition_that_stops_handles_nothing_until_the_dead_letter_is_redriven(TestInfo test)
      throws Exception {
    Map<String, Brittle> handlers = new HashMap<>();
    List<Subscription<Note>> subscriptions =
        registerEveryKind(test, handlers, Optional.of(OnExhausted.STOP_PARTITION));
    kit.publish(topic(test), "a", 0);
    for (Subscription<Note> subscription : subscriptions) {
      assertThat(kit.awaitLetters(subscription, 1).get(0).consequence())
          .isEqualTo(OnExhausted.STOP_PARTITION);
      kit.awaitPaused(subscription, 0, "offset 0");
    }
    kit.publish(topic(test), "b", 1);
    for (Subscription<Note> subscription : subscriptions) {
      Brittle handler = handlers.get(subscription.name());
      // Only a pause can be resumed, and a dead letter isn't one.
      get(kit.perille.subscription(subscription).resume());
      assertThat(kit.problems(subscription).paused().orElseThrow()).contains("offset 0");
      assertThat(handler.attempts(1)).isEmpty();
      handler.fix();
      assertThat(kit.redrive(subscription)).isEqualTo(1);
      kit.awaitWell(subscription);
      assertThat(handler.done()).containsExactlyInAnyOrder(0, 1);
    }
  }

  @Test
  void a_partition_that_stops_holds_back_no_other_one_and_goes_on_behind_a_discarded_dead_letter(
      TestInfo test) throws Exception {
    Brittle handler = new Brittle().breaking(0);
    Subscription<Note> mail =
        Subscription.of("mail", topic(test, 2))
            .atLeastOnce(handler)
            .withRetries(THREE_ATTEMPTS)
            .onExhausted(OnExhausted.STOP_PARTITION);
    kit.perille.register(mail);
    int stopped = kit.publish(mail.topic(), "a", 0).partition();
    kit.awaitLetters(mail, 1);
    kit.awaitPaused(mail, stopped, "offset 0");
    kit.publish(mail.topic(), "a", 1);
    String elsewhere = "b";
    while (kit.publish(mail.topic(), elsewhere, 2).partition() == stopped) {
      elsewhere += "b";
    }
    kit.handle(mail, elsewhere, 3);
    assertThat(handler.done()).endsWith(3).doesNotContain(1);
    get(kit.perille.subscription(mail).deadLetters().discard(DeadLetterFilter.all(), "test"));
    kit.awaitWell(mail);
    assertThat(handler.done()).contains(1, 2, 3).doesNotContain(0);
  }

  @Test
  void effectively_once_parks_and_the_others_skip_by_default(TestInfo test) throws Exception {
    Map<String, Brittle> handlers = new HashMap<>();
    List<Subscription<Note>> subscriptions = registerEveryKind(test, handlers, Optional.empty());
    kit.publish(topic(test), "a", 0);
    for (Subscription<Note> subscription : subscriptions) {
      assertThat(kit.awaitLetters(subscription, 1).get(0).consequence())
          .isEqualTo(
              Set.of("event-sourced", "publishing").contains(subscription.name())
                  ? OnExhausted.PARK_KEY
                  : OnExhausted.CONTINUE);
    }
  }
}
