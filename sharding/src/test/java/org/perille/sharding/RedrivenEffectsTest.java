package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.perille.sharding.FailureKit.THREE_ATTEMPTS;
import static org.perille.sharding.FailureKit.get;
import static org.perille.sharding.FailureKit.topic;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.perille.DeadLetterFilter;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.EventSourcedSubscription;
import org.perille.OnExhausted;
import org.perille.OutsideCall;
import org.perille.PerilleMessage;
import org.perille.Receipt;
import org.perille.Subscription;
import org.perille.Topic;

/** Goal: the effect of a message happens once, also when it comes after its successors. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedrivenEffectsTest {
  record Notes(List<Integer> numbers) implements PerilleMessage {}

  record Noted(int number) implements PerilleMessage {}

  /** Stores the numbers in the order of their effects, and publishes them to another topic. */
  private record Diary(Brittle handler, Topic<Note> notes)
      implements EventSourcedHandler<Note, Notes, Noted> {
    @Override
    public Class<Notes> stateType() {
      return Notes.class;
    }

    @Override
    public Class<Noted> eventType() {
      return Noted.class;
    }

    @Override
    public Notes emptyState() {
      return new Notes(List.of());
    }

    @Override
    public Effect<Noted> handle(Notes state, Delivery<Note> delivery) throws Exception {
      handler.handle(delivery);
      return Effect.of(new Noted(delivery.payload().number()))
          .publish(notes, delivery.payload())
          .reply(new Noted(delivery.payload().number()));
    }

    @Override
    public Notes apply(Notes state, Noted event) {
      List<Integer> numbers = new ArrayList<>(state.numbers());
      numbers.add(event.number());
      return new Notes(numbers);
    }
  }

  private final FailureKit kit = new FailureKit();

  @AfterAll
  void stop() {
    kit.close();
  }

  private static Topic<Note> notes(TestInfo test) {
    return Topic.of(test.getTestMethod().orElseThrow().getName() + ".notes", Note.class)
        .keyedBy(Note::key);
  }

  private List<Integer> hears(Topic<Note> topic) {
    Queue<Integer> heard = new ConcurrentLinkedQueue<>();
    kit.perille.register(
        Subscription.of("ear", topic).atLeastOnce(d -> heard.add(d.payload().number())));
    return new AbstractList<>() {
      @Override
      public Integer get(int index) {
        return List.copyOf(heard).get(index);
      }

      @Override
      public int size() {
        return heard.size();
      }
    };
  }

  @Test
  void an_event_sourced_effect_that_was_skipped_happens_once_when_it_is_redriven(TestInfo test)
      throws Exception {
    Brittle handler = new Brittle().breaking(1, 3);
    EventSourcedSubscription<Note, Notes> diary =
        Subscription.of("diary", topic(test))
            .effectivelyOnce(new Diary(handler, notes(test)))
            .withRetries(THREE_ATTEMPTS)
            .onExhausted(OnExhausted.CONTINUE);
    kit.perille.register(diary);
    List<Integer> heard = hears(notes(test));
    List<Receipt> receipts = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      receipts.add(kit.publish(topic(test), "a", i));
    }
    get(kit.perille.subscription(diary).awaitHandled(receipts.get(4)));
    kit.awaitLetters(diary, 2);
    assertThat(get(kit.perille.subscription(diary).key("a").state()).state().numbers())
        .containsExactly(0, 2, 4);
    handler.fix();
    assertThat(
            get(kit.perille.subscription(diary).deadLetters().redrive(DeadLetterFilter.at(0, 3))))
        .isEqualTo(1);
    get(kit.perille.subscription(diary).awaitHandled(receipts.get(3)));
    assertThat(kit.redrive(diary)).isEqualTo(1);
    kit.awaitWell(diary);
    assertThat(kit.redrive(diary)).isZero();
    kit.handle(diary, "a", 5);
    assertThat(get(kit.perille.subscription(diary).key("a").state()).state().numbers())
        .containsExactly(0, 2, 4, 3, 1, 5);
    await().atMost(180, SECONDS).until(() -> heard.size() >= 6);
    assertThat(heard).containsExactly(0, 2, 4, 3, 1, 5);
    assertThat(get(kit.perille.subscription(diary).reply(receipts.get(1), Noted.class)))
        .contains(new Noted(1));
    assertThat(handler.done()).containsExactly(0, 2, 4, 3, 1, 5);
  }

  @Test
  void what_a_skipped_message_publishes_is_published_once_when_it_is_redriven(TestInfo test)
      throws Exception {
    Brittle handler = new Brittle().breaking(1);
    Topic<Note> notes = notes(test);
    Subscription<Note> relay =
        Subscription.of("relay", topic(test))
            .effectivelyOnce(
                delivery -> {
                  handler.handle(delivery);
                  return Effect.none().publish(notes, delivery.payload());
                })
            .withRetries(THREE_ATTEMPTS)
            .onExhausted(OnExhausted.CONTINUE);
    kit.perille.register(relay);
    List<Integer> heard = hears(notes);
    for (int i = 0; i < 3; i++) {
      kit.publish(topic(test), "a", i);
    }
    kit.awaitLetters(relay, 1);
    kit.handle(relay, "a", 3);
    handler.fix();
    assertThat(kit.redrive(relay)).isEqualTo(1);
    kit.awaitWell(relay);
    kit.handle(relay, "a", 4);
    await().atMost(180, SECONDS).until(() -> heard.size() >= 5);
    assertThat(heard).containsExactly(0, 2, 3, 1, 4);
  }

  @Test
  void a_call_that_was_skipped_is_made_once_and_its_result_kept_when_it_is_redriven(TestInfo test)
      throws Exception {
    Brittle handler = new Brittle().breaking(1);
    OutsideCall<Note, Noted> call =
        OutsideCall.of(
            delivery -> {
              handler.handle(delivery);
              return new Noted(delivery.payload().number());
            });
    Subscription<Note> charge =
        Subscription.of("charge", topic(test)).atLeastOnce(call).withRetries(THREE_ATTEMPTS);
    kit.perille.register(charge);
    kit.publish(topic(test), "a", 0);
    Receipt skipped = kit.publish(topic(test), "a", 1);
    kit.handle(charge, "a", 2);
    kit.awaitLetters(charge, 1);
    handler.fix();
    kit.redrive(charge);
    kit.awaitWell(charge);
    assertThat(get(kit.perille.subscription(charge).reply(skipped, Noted.class)))
        .contains(new Noted(1));
    assertThat(handler.done()).containsExactly(0, 2, 1);
  }
}
