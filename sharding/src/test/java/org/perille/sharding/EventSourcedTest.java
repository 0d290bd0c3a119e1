package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.perille.ConfigurationException;
import org.perille.DeadLetter;
import org.perille.DeadLetterFilter;
import org.perille.DeadLetters;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.EventSourcedSubscription;
import org.perille.KeyEffect;
import org.perille.KeyState;
import org.perille.Message;
import org.perille.MessageId;
import org.perille.OnExhausted;
import org.perille.OutsideCall;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Receipt;
import org.perille.Reset;
import org.perille.ResetReport;
import org.perille.RetryPolicy;
import org.perille.StoredMessage;
import org.perille.Subscription;
import org.perille.SubscriptionStatus;
import org.perille.Topic;

/** The guarantees of event-sourced subscriptions and chains of topics without crashes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EventSourcedTest {
  record Move(String account, int amount) implements PerilleMessage {}

  record Moved(int amount) implements PerilleMessage {}

  record Balance(int amount, int moves) implements PerilleMessage {}

  record Low(String account, int balance) implements PerilleMessage {}

  record Accepted(boolean yes) implements PerilleMessage {}

  /** Adds up amounts, rejects a negative balance, and publishes to a topic. */
  private static class Account implements EventSourcedHandler<Move, Balance, Moved> {
    private final Topic<Low> lows;

    Account(Topic<Low> lows) {
      this.lows = lows;
    }

    @Override
    public Class<Balance> stateType() {
      return Balance.class;
    }

    @Override
    public Class<Moved> eventType() {
      return Moved.class;
    }

    @Override
    public Balance emptyState() {
      return new Balance(0, 0);
    }

    @Override
    public Effect<Moved> handle(Balance state, Delivery<Move> delivery) {
      int after = state.amount() + delivery.payload().amount();
      if (after < 0) {
        return Effect.<Moved>none().reply(new Accepted(false));
      }
      return Effect.of(new Moved(delivery.payload().amount()))
          .publish(lows, new Low(delivery.payload().account(), after), Map.of("h", "v"))
          .reply(new Accepted(true));
    }

    @Override
    public Balance apply(Balance state, Moved event) {
      return new Balance(state.amount() + event.amount(), state.moves() + 1);
    }
  }

  private Perille perille;

  @BeforeAll
  void start() {
    perille =
        Perille.start(
            Memory.config(
                "perille.effect.max-active-keys = 3",
                "perille.effect.snapshot-events = 3",
                "perille.subscription.cursor-interval = 10ms"));
  }

  @AfterAll
  void stop() {
    perille.close();
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(180, SECONDS);
  }

  private static Topic<Move> moves(TestInfo test) {
    return Topic.of(test.getTestMethod().orElseThrow().getName(), Move.class)
        .keyedBy(Move::account)
        .withPartitions(2);
  }

  private static Topic<Low> lows(TestInfo test) {
    return Topic.of(test.getTestMethod().orElseThrow().getName() + ".low", Low.class)
        .keyedBy(low -> "balance " + low.balance() % 3)
        .withPartitions(2);
  }

  private List<Receipt> publish(Topic<Move> topic, int from, int to) throws Exception {
    List<CompletionStage<Receipt>> receipts = new ArrayList<>();
    for (int i = from; i < to; i++) {
      receipts.add(perille.publisher(topic).publish(new Move("account-" + i % 20, i)));
    }
    List<Receipt> all = new ArrayList<>();
    for (CompletionStage<Receipt> receipt : receipts) {
      all.add(get(receipt));
    }
    return all;
  }

  private void awaitAllHandled(Subscription<?> subscription) {
    await()
        .atMost(180, SECONDS)
        .until(() -> get(perille.subscription(subscription).status()).lag() == 0);
  }

  private static int sum(String account, int messages) {
    return IntStream.range(0, messages).filter(i -> account.equals("account-" + i % 20)).sum();
  }

  @Test
  void a_key_s_state_contains_each_of_its_messages_once_and_more_keys_than_fit_into_memory(
      TestInfo test) throws Exception {
    Topic<Move> moves = moves(test);
    Topic<Low> lows = lows(test);
    EventSourcedSubscription<Move, Balance> accounts =
        Subscription.of("accounts", moves).effectivelyOnce(new Account(lows));
    Queue<Low> seen = new ConcurrentLinkedQueue<>();
    perille.register(
        accounts, Subscription.of("all", lows).atLeastOnce(d -> seen.add(d.payload())));
    publish(moves, 0, 1000);
    awaitAllHandled(accounts);
    for (int i = 0; i < 20; i++) {
      String account = "account-" + i;
      KeyState<Balance> state = get(perille.subscription(accounts).key(account).state());
      assertThat(state.state()).isEqualTo(new Balance(sum(account, 1000), 50));
      assertThat(state.generation()).isZero();
    }
    await().atMost(180, SECONDS).until(() -> seen.size() >= 1000);
    assertThat(Set.copyOf(seen)).hasSize(seen.size()).hasSize(1000);
    KeyState<Balance> unknown = get(perille.subscription(accounts).key("nobody").state());
    assertThat(unknown.state()).isEqualTo(new Balance(0, 0));
    assertThat(unknown.lastOffset()).isEmpty();
  }

  @Test
  void a_message_is_replied_to_once_and_the_reply_can_be_asked_for_ever_after(TestInfo test)
      throws Exception {
    Topic<Move> moves = moves(test);
    EventSourcedSubscription<Move, Balance> accounts =
        Subscription.of("accounts", moves).effectivelyOnce(new Account(lows(test)));
    perille.register(lows(test), accounts);
    Receipt in = get(perille.publisher(moves).publish(new Move("a", 10)));
    Receipt out = get(perille.publisher(moves).publish(new Move("a", -11)));
    assertThat(get(perille.subscription(accounts).reply(in, Accepted.class)))
        .contains(new Accepted(true));
    assertThat(get(perille.subscription(accounts).reply(out, Accepted.class)))
        .contains(new Accepted(false));
    for (int i = 0; i < 50; i++) {
      Receipt last = get(perille.publisher(moves).publish(new Move("a", 1)));
      get(perille.subscription(accounts).awaitHandled(last));
    }
    assertThat(get(perille.subscription(accounts).reply(out, Accepted.class)))
        .contains(new Accepted(false));
    assertThat(get(perille.subscription(accounts).key("a").state()).state())
        .isEqualTo(new Balance(60, 51));
    assertThatThrownBy(() -> get(perille.subscription(accounts).reply(in, Move.class)))
        .hasRootCauseInstanceOf(ClassCastException.class);
  }

  @Test
  void a_key_s_messages_and_effects_are_read_in_order(TestInfo test) throws Exception {
    Topic<Move> moves = moves(test);
    EventSourcedSubscription<Move, Balance> accounts =
        Subscription.of("accounts", moves).effectivelyOnce(new Account(lows(test)));
    perille.register(lows(test), accounts);
    List<Receipt> receipts = publish(moves, 0, 200);
    awaitAllHandled(accounts);
    List<StoredMessage<Move>> messages =
        get(perille.topic(moves).key("account-7").history().runWith(Sink.seq(), perille.system()));
    assertThat(messages)
        .extracting(message -> message.payload().amount())
        .containsExactly(7, 27, 47, 67, 87, 107, 127, 147, 167, 187);
    assertThat(messages)
        .extracting(StoredMessage::offset)
        .isEqualTo(
            IntStream.range(0, 200)
                .filter(i -> i % 20 == 7)
                .mapToObj(i -> receipts.get(i).offset())
                .toList());
    List<KeyEffect> effects =
        get(
            perille
                .subscription(accounts)
                .key("account-7")
                .effects()
                .runWith(Sink.seq(), perille.system()));
    assertThat(effects).extracting(KeyEffect::offset).isEqualTo(offsets(messages));
    assertThat(effects.get(3).events()).containsExactly(new Moved(67));
    assertThat(effects.get(3).published()).containsExactly(lows(test).name());
    assertThat(effects.get(3).reply()).contains(new Accepted(true));
    assertThat(
            get(perille.topic(moves).key("nobody").history().runWith(Sink.seq(), perille.system())))
        .isEmpty();
  }

  private static List<Long> offsets(List<StoredMessage<Move>> messages) {
    return messages.stream().map(StoredMessage::offset).toList();
  }

  @Test
  void a_reset_makes_the_states_anew_and_publishes_nothing_again(TestInfo test) throws Exception {
    Topic<Move> moves = moves(test);
    Topic<Low> lows = lows(test);
    AtomicInteger handled = new AtomicInteger();
    EventSourcedSubscription<Move, Balance> accounts =
        Subscription.of("accounts", moves)
            .effectivelyOnce(
                new Account(lows) {
                  @Override
                  public Effect<Moved> handle(Balance state, Delivery<Move> delivery) {
                    handled.incrementAndGet();
                    return super.handle(state, delivery);
                  }
                });
    Queue<Low> seen = new ConcurrentLinkedQueue<>();
    Subscription<Low> all = Subscription.of("all", lows).atLeastOnce(d -> seen.add(d.payload()));
    perille.register(accounts, all);
    publish(moves, 0, 400);
    awaitAllHandled(accounts);
    Reset reset = Reset.toBeginning();
    ResetReport report = get(perille.subscription(accounts).reset(reset));
    assertThat(report.partitions()).allMatch(partition -> partition.generation() == 1);
    assertThat(report)
        .hasToString(
            "400 messages are handled again; the messages that were published for them are not"
                + " published again");
    awaitAllHandled(accounts);
    await().atMost(180, SECONDS).until(() -> handled.get() >= 800);
    assertThat(get(perille.subscription(accounts).key("account-3").state()).state())
        .isEqualTo(new Balance(sum("account-3", 400), 20));
    // Repeating the operation changes nothing.
    get(perille.subscription(accounts).reset(reset));
    publish(moves, 400, 420);
    awaitAllHandled(accounts);
    awaitAllHandled(all);
    KeyState<Balance> state = get(perille.subscription(accounts).key("account-3").state());
    assertThat(state.generation()).isEqualTo(1);
    assertThat(state.state()).isEqualTo(new Balance(sum("account-3", 420), 21));
    assertThat(handled).hasValue(820);
    assertThat(seen).hasSize(420);
  }

  @Test
  void a_reset_that_republishes_publishes_again_what_was_published_as_new_messages(TestInfo test)
      throws Exception {
    Topic<Move> moves = moves(test);
    Topic<Low> lows = lows(test);
    EventSourcedSubscription<Move, Balance> accounts =
        Subscription.of("accounts", moves).effectivelyOnce(new Account(lows));
    Queue<MessageId> ids = new ConcurrentLinkedQueue<>();
    Subscription<Low> all =
        Subscription.of("all", lows).atLeastOnce(d -> ids.add(d.messageId().orElseThrow()));
    perille.register(accounts, all);
    publish(moves, 0, 100);
    awaitAllHandled(accounts);
    get(perille.subscription(accounts).reset(Reset.toBeginning().republishing()));
    await().atMost(180, SECONDS).until(() -> ids.size() >= 200);
    awaitAllHandled(accounts);
    awaitAllHandled(all);
    assertThat(Set.copyOf(ids)).hasSize(200);
    assertThat(get(perille.subscription(accounts).key("account-3").state()).state())
        .isEqualTo(new Balance(sum("account-3", 100), 5));
  }

  @Test
  void a_failing_handler_stores_and_publishes_nothing_and_holds_back_only_its_key(TestInfo test)
      throws Exception {
    Topic<Move> moves = moves(test);
    Topic<Low> lows = lows(test);
    AtomicBoolean broken = new AtomicBoolean(true);
    EventSourcedSubscription<Move, Balance> accounts =
        Subscription.of("accounts", moves)
            .effectivelyOnce(
                new Account(lows) {
                  @Override
                  public Effect<Moved> handle(Balance state, Delivery<Move> delivery) {
                    Effect<Moved> effect = super.handle(state, delivery);
                    if (delivery.payload().amount() == 45 && broken.get()) {
                      throw new AssertionError("planned");
                    }
                    return effect;
                  }
                })
            .withRetries(RetryPolicy.fixed(Duration.ofMillis(20)).withUnlimitedAttempts());
    Queue<Low> seen = new ConcurrentLinkedQueue<>();
    perille.register(
        accounts, Subscription.of("all", lows).atLeastOnce(d -> seen.add(d.payload())));
    List<Receipt> receipts = publish(moves, 0, 200);
    for (int i = 0; i < 200; i++) {
      if (i % 20 != 5) {
        get(perille.subscription(accounts).awaitHandled(receipts.get(i)));
      }
    }
    assertThat(get(perille.subscription(accounts).key("account-5").state()).state())
        .isEqualTo(new Balance(30, 2));
    assertThat(get(perille.subscription(accounts).key("account-6").state()).state().moves())
        .isEqualTo(10);
    broken.set(false);
    awaitAllHandled(accounts);
    assertThat(get(perille.subscription(accounts).key("account-5").state()).state())
        .isEqualTo(new Balance(sum("account-5", 200), 10));
    await().atMost(180, SECONDS).until(() -> seen.size() >= 200);
    assertThat(Set.copyOf(seen)).hasSize(200);
  }

  @Test
  void a_key_whose_events_can_not_be_read_holds_back_only_itself_and_ends_as_a_dead_letter(
      TestInfo test) throws Exception {
    Topic<Move> moves = moves(test).withPartitions(1);
    Topic<Low> lows = lows(test);
    AtomicBoolean unreadable = new AtomicBoolean();
    EventSourcedSubscription<Move, Balance> accounts =
        Subscription.of("accounts", moves)
            .effectivelyOnce(
                new Account(lows) {
                  @Override
                  public Balance apply(Balance state, Moved event) {
                    if (unreadable.get() && event.amount() == 7) {
                      throw new IllegalStateException("planned");
                    }
                    return super.apply(state, event);
                  }
                })
            .withRetries(RetryPolicy.fixed(Duration.ofMillis(10)).withMaxAttempts(2))
            .onExhausted(OnExhausted.PARK_KEY);
    perille.register(accounts, lows);
    get(perille.subscription(accounts).awaitHandled(publishOne(moves, "poisoned", 7)));
    // More keys than the limit in memory, so that the poisoned one must be read again.
    for (String key : List.of("a", "b", "c", "d")) {
      get(perille.subscription(accounts).awaitHandled(publishOne(moves, key, 1)));
    }
    unreadable.set(true);
    publishOne(moves, "poisoned", 1);
    publishOne(moves, "poisoned", 2);
    for (String key : List.of("a", "b", "c", "d")) {
      get(perille.subscription(accounts).awaitHandled(publishOne(moves, key, 2)));
    }
    DeadLetter letter = awaitLetter(accounts);
    assertThat(letter.key()).isEqualTo("poisoned");
    assertThat(letter.errorMessage()).get(STRING).contains("planned");
    DeadLetters<Move> letters = perille.subscription(accounts).deadLetters();
    get(letters.discard(DeadLetterFilter.only(letter), "planned"));
    assertThat(awaitLetter(accounts).offset()).isGreaterThan(letter.offset());
    unreadable.set(false);
    get(letters.redrive(DeadLetterFilter.all()));
    awaitAllHandled(accounts);
    await()
        .atMost(60, SECONDS)
        .until(
            () ->
                get(perille.subscription(accounts).key("poisoned").state())
                    .state()
                    .equals(new Balance(9, 2)));
  }

  private DeadLetter awaitLetter(Subscription<?> subscription) {
    return await()
        .atMost(60, SECONDS)
        .until(
            () ->
                get(
                    perille
                        .subscription(subscription)
                        .deadLetters()
                        .list(DeadLetterFilter.all())
                        .runWith(Sink.seq(), perille.system())),
            letters -> letters.size() == 1)
        .get(0);
  }

  private Receipt publishOne(Topic<Move> topic, String account, int amount) throws Exception {
    return get(perille.publisher(topic).publish(new Move(account, amount)));
  }

  @Test
  void a_message_for_a_topic_that_is_not_registered_fails_the_attempt_and_names_the_topic(
      TestInfo test) throws Exception {
    Topic<Move> moves = moves(test);
    Topic<Low> lows = lows(test);
    EventSourcedSubscription<Move, Balance> accounts =
        Subscription.of("accounts", moves)
            .effectivelyOnce(new Account(lows))
            .withRetries(RetryPolicy.fixed(Duration.ofMillis(20)).withUnlimitedAttempts());
    perille.register(accounts);
    Receipt receipt = get(perille.publisher(moves).publish(new Move("a", 10)));
    assertThat(get(perille.subscription(accounts).key("a").state()).lastOffset()).isEmpty();
    perille.register(lows);
    get(perille.subscription(accounts).awaitHandled(receipt));
    assertThat(get(perille.subscription(accounts).key("a").state()).state())
        .isEqualTo(new Balance(10, 1));
  }

  @Test
  void an_outside_call_whose_result_is_stored_is_not_made_again_and_publishes_once(TestInfo test)
      throws Exception {
    Topic<Move> moves = moves(test);
    Topic<Low> lows = lows(test);
    Map<String, AtomicInteger> calls = new ConcurrentHashMap<>();
    AtomicBoolean down = new AtomicBoolean(true);
    OutsideCall<Move, Accepted> call =
        OutsideCall.async(
            delivery ->
                CompletableFuture.supplyAsync(
                    () -> {
                      calls
                          .computeIfAbsent(delivery.deliveryId(), id -> new AtomicInteger())
                          .incrementAndGet();
                      if (delivery.payload().amount() == 3 && down.getAndSet(false)) {
                        throw new IllegalStateException("planned");
                      }
                      return new Accepted(delivery.payload().amount() % 2 == 0);
                    }),
            (delivery, result) -> Effect.none().publish(lows, new Low("a", result.yes() ? 1 : 0)));
    Subscription<Move> charge =
        Subscription.of("charge", moves)
            .atLeastOnce(call)
            .withRetries(RetryPolicy.fixed(Duration.ofMillis(20)).withUnlimitedAttempts());
    Queue<Low> seen = new ConcurrentLinkedQueue<>();
    Subscription<Low> all = Subscription.of("all", lows).atLeastOnce(d -> seen.add(d.payload()));
    perille.register(charge, all);
    List<Receipt> receipts = publish(moves, 0, 100);
    awaitAllHandled(charge);
    awaitAllHandled(all);
    assertThat(get(perille.subscription(charge).reply(receipts.get(44), Accepted.class)))
        .contains(new Accepted(true));
    assertThat(calls).hasSize(100);
    assertThat(calls.values().stream().filter(count -> count.get() == 1)).hasSize(99);
    assertThat(seen).hasSize(100);
    // A reset is on purpose: the handler is called again, with the same ids.
    get(perille.subscription(charge).reset(Reset.toBeginning()));
    await()
        .atMost(180, SECONDS)
        .until(() -> calls.values().stream().mapToInt(AtomicInteger::get).sum() >= 201);
    assertThat(calls).hasSize(100);
  }

  @Test
  void a_handler_that_only_publishes_publishes_each_message_once_and_can_reply(TestInfo test)
      throws Exception {
    Topic<Move> moves = moves(test);
    Topic<Low> lows = lows(test);
    Subscription<Move> relay =
        Subscription.of("relay", moves)
            .effectivelyOnce(
                delivery ->
                    Effect.none()
                        .publish(lows, new Low("a", delivery.payload().amount()))
                        .reply(new Accepted(true)));
    Queue<Low> seen = new ConcurrentLinkedQueue<>();
    Subscription<Low> all = Subscription.of("all", lows).atLeastOnce(d -> seen.add(d.payload()));
    perille.register(relay, all);
    List<Receipt> receipts = publish(moves, 0, 200);
    awaitAllHandled(relay);
    awaitAllHandled(all);
    assertThat(Set.copyOf(seen)).hasSize(200).hasSize(seen.size());
    assertThat(get(perille.subscription(relay).reply(receipts.get(9), Accepted.class)))
        .contains(new Accepted(true));
  }

  @Test
  void a_handler_publishes_a_message_for_a_later_time_and_it_waits_until_then(TestInfo test)
      throws Exception {
    Topic<Move> moves = moves(test);
    Topic<Low> lows = lows(test);
    Duration delay = Duration.ofSeconds(2);
    Subscription<Move> relay =
        Subscription.of("relay", moves)
            .effectivelyOnce(
                delivery ->
                    Effect.none()
                        .publish(
                            lows,
                            Message.of(new Low("a", delivery.payload().amount()))
                                .withHeader("h", "v")
                                .notBefore(delivery.publishedAt().plus(delay))));
    Queue<Instant> handled = new ConcurrentLinkedQueue<>();
    Subscription<Low> all =
        Subscription.of("all", lows)
            .atLeastOnce(
                d -> {
                  assertThat(d.headers()).containsEntry("h", "v");
                  handled.add(Instant.now());
                });
    perille.register(relay, all);
    Instant before = Instant.now();
    publish(moves, 0, 1);
    awaitAllHandled(relay);
    awaitAllHandled(all);
    assertThat(handled)
        .singleElement()
        .satisfies(time -> assertThat(time).isAfterOrEqualTo(before.plus(delay).minusMillis(1)));
  }

  @Test
  void a_message_of_an_effect_can_not_have_an_id_of_its_own() {
    Topic<Move> moves = Topic.of("moves", Move.class).keyedBy(Move::account);
    Message<Move> message = Message.of(new Move("a", 1)).withId(MessageId.of("own"));
    assertThatThrownBy(() -> Effect.none().publish(moves, message))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("follows from the handled message")
        .hasMessageContaining("'own'");
  }

  @Test
  void messages_travel_around_a_cycle_of_topics_until_they_are_done(TestInfo test)
      throws Exception {
    Topic<Move> there = moves(test);
    Topic<Low> back = lows(test);
    EventSourcedSubscription<Move, Balance> out =
        Subscription.of("out", there).effectivelyOnce(new Account(back));
    Subscription<Low> home =
        Subscription.of("home", back)
            .effectivelyOnce(
                delivery -> {
                  Low low = delivery.payload();
                  return low.balance() >= 10
                      ? Effect.none()
                      : Effect.none().publish(there, new Move(low.account(), 1));
                });
    perille.register(out, home);
    for (int i = 0; i < 50; i++) {
      get(perille.publisher(there).publish(new Move("account-" + i, 1)));
    }
    await().atMost(180, SECONDS).until(() -> published(home) == 500);
    awaitAllHandled(out);
    awaitAllHandled(home);
    for (int i = 0; i < 50; i++) {
      assertThat(get(perille.subscription(out).key("account-" + i).state()).state())
          .isEqualTo(new Balance(10, 10));
    }
    assertThat(published(home)).isEqualTo(500);
  }

  /** Returns the number of messages in the subscription's topic. */
  private long published(Subscription<?> subscription) throws Exception {
    return get(perille.subscription(subscription).status()).partitions().stream()
        .mapToLong(SubscriptionStatus.PartitionStatus::endOffset)
        .sum();
  }

  @Test
  void what_keeps_no_states_can_not_be_asked_for_them(TestInfo test) {
    Topic<Move> moves = moves(test);
    Subscription<Move> plain = Subscription.of("plain", moves).atLeastOnce(delivery -> {});
    Subscription<Move> live = Subscription.of("live", moves).ephemeral(delivery -> {});
    perille.register(plain, live);
    assertThatThrownBy(() -> perille.subscription(plain).key("a").effects())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("stores no effects");
    assertThatThrownBy(() -> perille.subscription(live).reset(Reset.toBeginning()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("ephemeral");
    assertThatThrownBy(
            () -> perille.subscription(plain).awaitHandled(Receipt.of("another", "k", 0, 0)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("'another'");
  }
}
