package org.perille.internal.effect;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EffectTooLargeException;
import org.perille.EventSourcedHandler;
import org.perille.OutsideCall;
import org.perille.PerilleMessage;
import org.perille.PublishRefusedException;
import org.perille.Topic;
import org.perille.internal.effect.EffectsRecorded.Handled;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.payload.ReadBackException;
import org.perille.internal.settings.EffectSettings;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EffectBuilderTest {
  /** Settings with which every third event stores a state. */
  private static final EffectSettings SETTINGS =
      new EffectSettings(
          1,
          Duration.ofMinutes(1),
          3,
          new EffectSettings.EffectLimits(1 << 20, 2000, 3000),
          "",
          "");

  private static final Topic<String> TARGET = TwoOfEach.topic("target", 2);

  /** A message that can be serialized but not deserialized, because the name isn't written. */
  static final class WriteOnly implements PerilleMessage {
    private final int number;

    WriteOnly(int number, String name) {
      this.number = number + Objects.requireNonNull(name).length();
    }

    public int getNumber() {
      return number;
    }
  }

  /** Returns a scripted effect for each message. */
  private static final class Script implements EventSourcedHandler<String, String, Object> {
    private final Map<String, Supplier<Effect<Object>>> answers;

    Script(Map<String, Supplier<Effect<Object>>> answers) {
      this.answers = answers;
    }

    @Override
    public Class<String> stateType() {
      return String.class;
    }

    @Override
    public Class<Object> eventType() {
      return Object.class;
    }

    @Override
    public String emptyState() {
      return "";
    }

    @Override
    public Effect<Object> handle(String state, Delivery<String> delivery) {
      Supplier<Effect<Object>> answer = answers.get(delivery.payload());
      return answer == null
          ? Effect.of(delivery.payload() + " after '" + state + "'")
          : answer.get();
    }

    @Override
    public String apply(String state, Object event) {
      if (event.equals("refused")) {
        throw new IllegalArgumentException("planned");
      }
      return event.equals("nothing") ? null : state + event + ";";
    }
  }

  private ActorTestKit kit;
  private EffectCodec codec;
  private ChainPublisher unsent;

  @BeforeAll
  void start() {
    kit = ActorTestKit.create("EffectBuilderTest");
    codec = new EffectCodec(kit.system());
    unsent = UnsentChainPublisher.of(TARGET, kit.system());
  }

  @AfterAll
  void stop() {
    kit.shutdownTestKit();
  }

  private EffectBuilder.Decided decide(
      KeyBehavior<String> logic, OffsetSet suppressed, String... messages) {
    return decide(logic, suppressed, KeyRecord.empty(logic), messages).join();
  }

  private CompletableFuture<EffectBuilder.Decided> decide(
      KeyBehavior<String> logic, OffsetSet suppressed, KeyRecord before, String... messages) {
    List<KeyProcessor.Item<String>> items = new ArrayList<>();
    for (String message : messages) {
      long offset = items.size();
      items.add(
          new KeyProcessor.Item<>(
              offset, message.startsWith("late"), () -> delivery(offset, message)));
    }
    return new EffectBuilder<>(logic, codec, topic -> unsent, SETTINGS, 5, suppressed)
        .decide(before, items, 17)
        .toCompletableFuture();
  }

  private static Delivery<String> delivery(long offset, String message) {
    if (message.equals("unreadable")) {
      throw new IllegalArgumentException("planned");
    }
    return Delivery.builder(message).key("k").offset(offset).build();
  }

  private static KeyBehavior<String> script(String message, Supplier<Effect<Object>> answer) {
    return KeyBehavior.of(new Script(Map.of(message, answer)));
  }

  private static List<String> texts(Handled handled) {
    return handled.events().stream().map(event -> event.payload().toStringUtf8()).toList();
  }

  @Test
  void messages_of_a_run_are_one_event_and_each_is_handled_on_what_those_before_have_made() {
    KeyBehavior<String> logic = KeyBehavior.of(new Script(Map.of()));
    EffectBuilder.Decided decided = decide(logic, OffsetSet.NONE, "a", "b");
    EffectsRecorded event = decided.event().orElseThrow();
    assertThat(event.epoch()).isEqualTo(5);
    assertThat(event.timestampMillis()).isEqualTo(17);
    assertThat(event.handled()).extracting(Handled::offset).containsExactly(0L, 1L);
    assertThat(texts(event.handled().get(0))).containsExactly("a after ''");
    assertThat(texts(event.handled().get(1))).containsExactly("b after 'a after '';'");
    assertThat(decided.done()).isEqualTo(2);
    assertThat(decided.failure()).isEmpty();
    assertThat(decided.after()).isEqualTo(KeyRecord.empty(logic).apply(event, logic, codec));
  }

  @Test
  void a_message_that_comes_late_is_stored_as_such() {
    EffectBuilder.Decided decided =
        decide(KeyBehavior.of(new Script(Map.of())), OffsetSet.NONE, "late", "a", "later");
    assertThat(decided.event().orElseThrow().handled())
        .extracting(Handled::late)
        .containsExactly(true, false, true);
    assertThat(decided.after().lastOffset()).isEqualTo(1);
  }

  static Stream<Named<Supplier<Effect<Object>>>> failures() {
    return Stream.of(
        Named.of(
            "the handler throws",
            () -> {
              throw new IllegalStateException("planned");
            }),
        Named.of(
            "the handler fails an assertion",
            () -> {
              throw new AssertionError("planned");
            }),
        Named.of("the handler gives nothing", () -> null),
        Named.of("an event can't be encoded", () -> Effect.of(new Object())),
        Named.of("an event can't be decoded", () -> Effect.of(new WriteOnly(1, ""))),
        Named.of("an event can't be applied", () -> Effect.ofAll(List.of("good", "refused"))),
        Named.of("an event makes no state", () -> Effect.of("nothing")),
        Named.of("a reply can't be encoded", () -> Effect.none().reply(new Object())),
        Named.of("a reply can't be decoded", () -> Effect.none().reply(new WriteOnly(1, ""))),
        Named.of(
            "a message has no key",
            () -> Effect.of((Object) "good").publish(TARGET, "|without a key")),
        Named.of(
            "a topic isn't what it is elsewhere",
            () -> Effect.none().publish(TwoOfEach.topic("target", 3), "k|message")));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void what_fails_stores_nothing(Supplier<Effect<Object>> answer) {
    KeyBehavior<String> logic = script("bad", answer);
    EffectBuilder.Decided decided = decide(logic, OffsetSet.NONE, "bad", "c");
    assertThat(decided.event()).isEmpty();
    assertThat(decided.after()).isEqualTo(KeyRecord.empty(logic));
    assertThat(decided.done()).isZero();
    assertThat(decided.failure()).isPresent();
  }

  @ParameterizedTest
  @MethodSource("failures")
  void messages_up_to_one_that_fails_are_written_together(Supplier<Effect<Object>> answer) {
    KeyBehavior<String> logic = script("bad", answer);
    EffectBuilder.Decided decided = decide(logic, OffsetSet.NONE, "a", "b", "bad", "c");
    EffectsRecorded event = decided.event().orElseThrow();
    assertThat(event.handled()).extracting(Handled::offset).containsExactly(0L, 1L);
    assertThat(decided.after()).isEqualTo(KeyRecord.empty(logic).apply(event, logic, codec));
    assertThat(decided.done()).isEqualTo(2);
    assertThat(decided.failure()).isPresent();
  }

  @Test
  void a_message_that_can_not_be_read_fails_as_one_that_can_not_be_handled() {
    KeyBehavior<String> logic = KeyBehavior.of(new Script(Map.of()));
    EffectBuilder.Decided decided = decide(logic, OffsetSet.NONE, "a", "unreadable", "c");
    assertThat(decided.done()).isEqualTo(1);
    assertThat(decided.failure().orElseThrow()).hasMessage("planned");
  }

  @Test
  void an_event_that_can_be_written_and_not_read_is_refused_before_it_is_written() {
    EffectBuilder.Decided decided =
        decide(script("bad", () -> Effect.of(new WriteOnly(1, ""))), OffsetSet.NONE, "bad");
    assertThat(decided.event()).isEmpty();
    assertThat(decided.failure().orElseThrow())
        .isInstanceOf(ReadBackException.class)
        .hasMessageContaining("can be serialized, but not read back")
        .hasMessageContaining("@JsonCreator");
  }

  @Test
  void nothing_is_published_for_what_an_earlier_generation_handled_but_its_events_are_stored() {
    KeyBehavior<String> logic =
        script("publishes", () -> Effect.of((Object) "event").publish(TARGET, "k|message"));
    EffectBuilder.Decided decided = decide(logic, OffsetSet.below(1), "publishes", "publishes");
    List<Handled> handled = decided.event().orElseThrow().handled();
    assertThat(handled).allMatch(one -> texts(one).equals(List.of("event")));
    assertThat(handled.get(0).outgoing()).isEmpty();
    assertThat(handled.get(1).outgoing()).hasSize(1);
  }

  @Test
  void a_run_ends_when_its_event_is_large_and_the_rest_is_neither_done_nor_failed() {
    String large = "x".repeat(400 * 1024);
    KeyBehavior<String> logic = script("large", () -> Effect.of(large));
    EffectBuilder.Decided decided = decide(logic, OffsetSet.NONE, "large", "large", "large", "a");
    assertThat(decided.done()).isEqualTo(2);
    assertThat(decided.event().orElseThrow().handled()).hasSize(2);
    assertThat(decided.failure()).isEmpty();
  }

  @Test
  void the_result_of_a_call_is_waited_for_and_kept_as_the_reply() {
    CompletableFuture<String> result = new CompletableFuture<>();
    KeyBehavior<String> logic =
        KeyBehavior.of(
            OutsideCall.<String, String>async(
                delivery -> result,
                (delivery, text) -> Effect.none().publish(TARGET, "k|" + text)));
    CompletableFuture<EffectBuilder.Decided> decided =
        decide(logic, OffsetSet.NONE, KeyRecord.empty(logic), "a", "b");
    assertThat(decided).isNotDone();
    result.complete("charged");
    List<Handled> handled = decided.join().event().orElseThrow().handled();
    assertThat(handled).hasSize(2);
    assertThat(handled).allMatch(one -> one.reply().equals(Optional.of(codec.encode("charged"))));
    assertThat(handled).allMatch(one -> one.outgoing().size() == 1);
  }

  @Test
  void a_result_that_comes_later_and_can_not_be_kept_fails_the_attempt_and_not_the_worker() {
    for (Object unkept : List.of(new WriteOnly(1, ""), new Object())) {
      CompletableFuture<Object> result = new CompletableFuture<>();
      KeyBehavior<String> logic =
          KeyBehavior.of(OutsideCall.<String, Object>async(delivery -> result));
      CompletableFuture<EffectBuilder.Decided> decided =
          decide(logic, OffsetSet.NONE, KeyRecord.empty(logic), "a");
      result.complete(unkept);
      assertThat(decided.join().event()).isEmpty();
      assertThat(decided.join().failure()).isPresent();
    }
  }

  @Test
  void a_call_that_fails_later_stores_what_was_done_before_it() {
    CompletableFuture<String> result = new CompletableFuture<>();
    KeyBehavior<String> logic =
        KeyBehavior.of(
            OutsideCall.<String, String>async(
                delivery ->
                    delivery.offset() == 0
                        ? CompletableFuture.completedFuture("charged")
                        : result));
    CompletableFuture<EffectBuilder.Decided> decided =
        decide(logic, OffsetSet.NONE, KeyRecord.empty(logic), "a", "b", "c");
    result.completeExceptionally(
        new CompletionException(
            new PublishRefusedException(PublishRefusedException.Reason.TOO_LARGE, "planned")));
    assertThat(decided.join().done()).isEqualTo(1);
    assertThat(decided.join().failure().orElseThrow())
        .isInstanceOf(PublishRefusedException.class)
        .hasMessage("planned");
  }

  @Test
  void a_reply_an_effect_and_a_state_that_are_too_large_fail_their_message_and_store_nothing() {
    KeyBehavior<String> logic =
        KeyBehavior.of(
            new Script(
                Map.of(
                    "reply", () -> Effect.none().reply("r".repeat(3000)),
                    "effect", () -> Effect.of("e".repeat(1_100_000)),
                    "state", () -> Effect.of("s".repeat(4000)))));
    for (String message : List.of("reply", "effect")) {
      EffectBuilder.Decided decided = decide(logic, OffsetSet.NONE, "fine", message, "behind");
      assertThat(decided.done()).isEqualTo(1);
      assertThat(decided.event().orElseThrow().handled()).hasSize(1);
      assertThat(decided.failure())
          .containsInstanceOf(EffectTooLargeException.class)
          .hasValueSatisfying(
              failure ->
                  assertThat(failure)
                      .hasMessageContaining("the " + message + " of key 'k' after offset 1 has ")
                      .hasMessageContaining("perille.effect.max-" + message + "-bytes"));
    }
    // Every third event stores the state, and only then its size is checked.
    KeyRecord memory = KeyRecord.empty(logic);
    memory = decide(logic, OffsetSet.NONE, memory, "state").join().after();
    assertThat(memory.sequenceNumber()).isEqualTo(1);
    memory = new KeyRecord(memory.state(), -1, OffsetSet.NONE, 5, List.of(), List.of(), 2);
    EffectBuilder.Decided decided = decide(logic, OffsetSet.NONE, memory, "fine").join();
    assertThat(decided.event()).isEmpty();
    assertThat(decided.failure())
        .hasValueSatisfying(
            failure ->
                assertThat(failure)
                    .isInstanceOf(EffectTooLargeException.class)
                    .hasMessageContaining("the state of key 'k'")
                    .hasMessageContaining("perille.effect.max-state-bytes is 3000"));
  }
}
