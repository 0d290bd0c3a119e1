package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.perille.sharding.FailureKit.get;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Down;
import org.junit.jupiter.api.Test;
import org.perille.DeadLetter;
import org.perille.DeadLetterFilter;
import org.perille.Delivery;
import org.perille.DeliveryInterceptor;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.NodeOptions;
import org.perille.OutsideCall;
import org.perille.Perille;
import org.perille.PerilleListener;
import org.perille.PerilleListener.Consequence;
import org.perille.PerilleMessage;
import org.perille.PublishRefusedException.Reason;
import org.perille.Receipt;
import org.perille.RetryPolicy;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.internal.hook.Hooks;
import org.perille.internal.hook.NodeHooks;

/** Goal: listeners and interceptors see what happens, and whatever they do, no message suffers. */
class HooksTest {
  record Count(int notes) implements PerilleMessage {}

  private static final Topic<Note> NOTES =
      Topic.of("notes", Note.class).keyedBy(Note::key).withPartitions(4);
  private static final Topic<Note> COPIES =
      Topic.of("copies", Note.class).keyedBy(Note::key).withPartitions(4);

  private static final int MESSAGES = 200;
  private static final RetryPolicy TWO_ATTEMPTS =
      RetryPolicy.fixed(Duration.ofMillis(1)).withMaxAttempts(2);

  /** The messages that each subscription has handled, by its name. */
  private final Map<String, Queue<Delivery<Note>>> handled = new ConcurrentHashMap<>();

  private final HookRecorder recorder = new HookRecorder();

  /** Fails the first attempt at some messages, if the guarantee has a second one. */
  private void handle(Delivery<Note> delivery) {
    if (delivery.attempt() == 1
        && delivery.payload().number() % 25 == 7
        && !delivery.subscription().equals("at-most-once")) {
      throw new IllegalStateException("planned");
    }
    handled
        .computeIfAbsent(delivery.subscription(), name -> new ConcurrentLinkedQueue<>())
        .add(delivery);
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
      HooksTest.this.handle(delivery);
      return Effect.of(new Count(1));
    }

    @Override
    public Count apply(Count state, Count event) {
      return new Count(state.notes() + event.notes());
    }
  }

  private CompletionStage<Count> later(Delivery<Note> delivery) {
    return CompletableFuture.supplyAsync(
        () -> {
          handle(delivery);
          return new Count(1);
        });
  }

  private List<Subscription<Note>> ofEveryKind() {
    return List.of(
        Subscription.of("at-most-once", NOTES).atMostOnce(this::handle),
        Subscription.of("blocking", NOTES).atLeastOnce(this::handle).withRetries(TWO_ATTEMPTS),
        Subscription.of("async", NOTES).atLeastOnceAsync(this::later).withRetries(TWO_ATTEMPTS),
        Subscription.of("calling", NOTES)
            .atLeastOnce(OutsideCall.async(this::later))
            .withRetries(TWO_ATTEMPTS),
        Subscription.of("event-sourced", NOTES)
            .effectivelyOnce(new Counting())
            .withRetries(TWO_ATTEMPTS),
        Subscription.of("publishing", NOTES)
            .effectivelyOnce(
                delivery -> {
                  handle(delivery);
                  return Effect.none().publish(COPIES, delivery.payload());
                })
            .withRetries(TWO_ATTEMPTS),
        Subscription.of("copies", COPIES).atLeastOnce(this::handle).withRetries(TWO_ATTEMPTS));
  }

  private void publishAndCheck(Perille perille) throws Exception {
    List<CompletionStage<Receipt>> receipts = new ArrayList<>();
    for (int i = 0; i < MESSAGES; i++) {
      receipts.add(perille.publisher(NOTES).publish(new Note("k" + i % 5, i)));
    }
    for (CompletionStage<Receipt> receipt : receipts) {
      assertThat(get(receipt).duplicate()).isFalse();
    }
    for (Subscription<Note> subscription : ofEveryKind()) {
      await()
          .atMost(180, SECONDS)
          .until(() -> handled.getOrDefault(subscription.name(), EMPTY).size() >= MESSAGES);
    }
    for (Subscription<Note> subscription : ofEveryKind()) {
      String name = subscription.name();
      for (int k = 0; k < 5; k++) {
        String key = "k" + k;
        assertThat(
                handled.get(name).stream()
                    .filter(delivery -> delivery.key().equals(key))
                    .map(delivery -> delivery.payload().number()))
            .as(name + ", " + key)
            .containsExactlyElementsOf(
                IntStream.range(0, MESSAGES).boxed().filter(i -> key.equals("k" + i % 5)).toList());
      }
    }
  }

  private static final Queue<Delivery<Note>> EMPTY = new ConcurrentLinkedQueue<>();

  private static Perille start(NodeOptions options, List<Subscription<Note>> subscriptions) {
    Perille perille =
        Perille.create(
            Memory.config("perille.subscription.cursor-interval = 10ms"), NOTES, COPIES, options);
    subscriptions.forEach(perille::register);
    return perille.start();
  }

  @Test
  void hooks_that_throw_any_error_or_block_for_ever_change_no_message_of_any_guarantee()
      throws Exception {
    CompletableFuture<Void> never = new CompletableFuture<>();
    NodeOptions options =
        NodeOptions.none()
            .withListener(new HostileHooks.ThrowingListener())
            .withListener(new HostileHooks.BlockingListener(never))
            .withListener(recorder)
            .withInterceptor(new HostileHooks.ThrowingInterceptor())
            .withInterceptor(recorder.interceptor());
    try (Perille perille = start(options, ofEveryKind())) {
      publishAndCheck(perille);
      // One of each kind of subscription, and a failed attempt at each 25th message.
      recorder.awaitHandled(7 * MESSAGES);
      int failures = 6 * MESSAGES / 25;
      await().atMost(180, SECONDS).until(() -> recorder.failed.size() == failures);
      await().atMost(180, SECONDS).until(() -> recorder.scopes.get() == 0);
      assertThat(recorder.failed).allMatch(event -> event.consequence() == Consequence.RETRIED);
      assertThat(recorder.begun).hasValue(7 * MESSAGES + failures);
      assertThat(recorder.scopesFailed).hasValue(failures);
      assertThat(recorder.published()).isEqualTo(MESSAGES);
      handled.values().stream()
          .flatMap(Queue::stream)
          .forEach(delivery -> assertThat(delivery.headers()).containsKey("trace"));
      assertThat(recorder.missed).hasValue(0);
    } finally {
      never.complete(null);
    }
  }

  @Test
  void an_interceptor_that_blocks_is_ended_by_the_deadline_of_the_attempt() throws Exception {
    CompletableFuture<Void> release = new CompletableFuture<>();
    AtomicInteger blocked = new AtomicInteger();
    DeliveryInterceptor blocking =
        new DeliveryInterceptor() {
          @Override
          public Scope enter(String subscription, Delivery<?> delivery) {
            if (delivery.attempt() == 1 && delivery.key().equals("k0")) {
              blocked.incrementAndGet();
              release.join();
            }
            return Scope.NONE;
          }
        };
    Subscription<Note> reading =
        Subscription.of("reading", NOTES)
            .atLeastOnce(this::handle)
            .withDeadline(Duration.ofMillis(50))
            .withRetries(RetryPolicy.fixed(Duration.ofMillis(1)).withMaxAttempts(100));
    try (Perille perille = start(NodeOptions.none().withInterceptor(blocking), List.of(reading))) {
      Receipt held = get(perille.publisher(NOTES).publish(new Note("k0", 0)));
      Receipt other = get(perille.publisher(NOTES).publish(new Note("k1", 1)));
      get(perille.subscription(reading).awaitHandled(other));
      get(perille.subscription(reading).awaitHandled(held));
      assertThat(blocked).hasValue(1);
      // Otherwise the stop of the node would wait for the handler.
      release.complete(null);
    }
  }

  @Test
  void hooks_work_before_a_node_starts_and_after_it_has_started_again() throws Exception {
    Subscription<Note> reading = Subscription.of("reading", NOTES).atLeastOnce(this::handle);
    NodeOptions options =
        NodeOptions.none().withListener(recorder).withInterceptor(recorder.interceptor());
    try (Perille perille = Perille.create(Memory.config(), reading, options)) {
      assertThat(perille.publisher(NOTES).publish(new Note("a", 0)).toCompletableFuture())
          .isCompletedExceptionally();
      await().atMost(180, SECONDS).until(() -> recorder.refused.contains(Reason.NOT_RUNNING));
      perille.start();
      get(perille.publisher(NOTES).publish(new Note("a", 1)));
      recorder.awaitHandled(1);
      Cluster cluster = Cluster.get(perille.system());
      cluster.manager().tell(new Down(cluster.selfMember().address()));
      await().atMost(180, SECONDS).until(() -> recorder.life.size() >= 3);
      await().atMost(180, SECONDS).until(() -> perille.health().ready());
      get(perille.publisher(NOTES).publish(new Note("a", 2)));
      await()
          .atMost(180, SECONDS)
          .until(() -> handled.get("reading").stream().anyMatch(d -> d.payload().number() == 2));
      await().atMost(180, SECONDS).until(() -> recorder.published() == 2);
      assertThat(recorder.life).containsExactly("started", "downed", "started");
      assertThat(handled.get("reading")).allMatch(d -> d.headers().containsKey("trace"));
      assertThat(recorder.threads).hasSize(1);
    }
  }

  @Test
  void hooks_see_what_an_ephemeral_subscription_handles() throws Exception {
    Subscription<Note> live = Subscription.of("live", NOTES).ephemeral(this::handle);
    NodeOptions options =
        NodeOptions.none().withListener(recorder).withInterceptor(recorder.interceptor());
    try (Perille perille = start(options, List.of(live))) {
      // It sees what comes once it reads, which nothing tells.
      await()
          .atMost(180, SECONDS)
          .until(
              () -> {
                get(perille.publisher(NOTES).publish(new Note("a", 1)));
                return handled.containsKey("live");
              });
      int seen = handled.get("live").size();
      recorder.awaitHandled(seen);
      assertThat(recorder.begun.get()).isGreaterThanOrEqualTo(seen);
      assertThat(handled.get("live")).allMatch(d -> d.headers().containsKey("trace"));
    }
  }

  @Test
  void listeners_hear_which_partitions_a_node_owns_and_how_far_subscriptions_have_come()
      throws Exception {
    CompletableFuture<Void> release = new CompletableFuture<>();
    Subscription<Note> reading =
        Subscription.of("reading", NOTES).atLeastOnce(delivery -> release.join());
    Perille perille = start(NodeOptions.none().withListener(recorder), List.of(reading));
    try {
      Receipt receipt = get(perille.publisher(NOTES).publish(new Note("a", 1)));
      await()
          .atMost(180, SECONDS)
          .until(
              () ->
                  recorder.progress.stream()
                      .anyMatch(
                          event ->
                              event.place().partition() == receipt.partition()
                                  && event.status().lag() == 1
                                  && !event.age().isZero()));
      assertThat(recorder.owned).contains("notes " + receipt.partition());
      release.complete(null);
      await()
          .atMost(180, SECONDS)
          .until(
              () ->
                  recorder.progress.stream()
                      .anyMatch(
                          event ->
                              event.status().endOffset() == 1
                                  && event.status().lag() == 0
                                  && event.age().isZero()));
    } finally {
      release.complete(null);
      perille.close();
    }
    await().atMost(180, SECONDS).until(recorder.owned::isEmpty);
  }

  @Test
  void listeners_hear_what_operators_do() throws Exception {
    Subscription<Note> reading =
        Subscription.of("reading", NOTES)
            .atLeastOnce(
                delivery -> {
                  throw new IllegalStateException("planned");
                })
            .withRetries(RetryPolicy.fixed(Duration.ofMillis(1)).withMaxAttempts(1));
    try (Perille perille = start(NodeOptions.none().withListener(recorder), List.of(reading))) {
      Receipt receipt = get(perille.publisher(NOTES).publish(new Note("a", 1)));
      await().atMost(180, SECONDS).until(() -> recorder.failed.size() == 1);
      assertThat(recorder.failed.element())
          .isEqualTo(
              new PerilleListener.Failed(
                  new PerilleListener.Place("notes", "reading", receipt.partition()),
                  receipt.offset(),
                  DeadLetter.Failure.HANDLER,
                  1,
                  Consequence.DEAD_LETTERED));
      get(perille.subscription(reading).pause("test"));
      get(perille.subscription(reading).deadLetters().redrive(DeadLetterFilter.all()));
      get(perille.subscription(reading).resume());
      await().atMost(180, SECONDS).until(() -> recorder.failed.size() == 2);
      get(perille.subscription(reading).deadLetters().discard(DeadLetterFilter.all(), "test"));
      await()
          .atMost(180, SECONDS)
          .untilAsserted(
              () ->
                  assertThat(recorder.operations)
                      .containsOnly("paused: test", "redriven 1", "resumed", "discarded 1")
                      .hasSize(4 + 4 + 2));
    }
  }

  @Test
  void without_hooks_nothing_is_created() throws Exception {
    Subscription<Note> reading = Subscription.of("reading", NOTES).atLeastOnce(this::handle);
    try (Perille perille = Perille.start(Memory.config(), reading)) {
      get(
          perille
              .subscription(reading)
              .awaitHandled(get(perille.publisher(NOTES).publish(new Note("a", 1)))));
      assertThat(handled.get("reading").element().headers()).isEmpty();
      assertThat(NodeHooks.of(perille.system())).isSameAs(Hooks.NONE);
    }
  }
}
