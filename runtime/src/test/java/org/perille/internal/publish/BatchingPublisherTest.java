package org.perille.internal.publish;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perille.DeliveryInterceptor;
import org.perille.Message;
import org.perille.NodeOptions;
import org.perille.PerilleListener;
import org.perille.PublishRefusedException;
import org.perille.PublishRefusedException.Reason;
import org.perille.Receipt;
import org.perille.Topic;
import org.perille.internal.hook.Hooks;
import org.perille.internal.log.LogMessage;
import org.perille.internal.payload.PayloadCodec;
import org.perille.internal.settings.PublisherSettings;

class BatchingPublisherTest {
  private static final ActorTestKit KIT = ActorTestKit.create();
  private static final Topic<String> TOPIC = Topic.of("words", String.class).keyedBy(word -> word);
  private static final PublisherSettings SETTINGS =
      new PublisherSettings(
          Duration.ofMinutes(1),
          Duration.ofSeconds(1),
          1,
          10_000,
          5,
          100_000,
          100_000,
          1,
          Duration.ofDays(1));

  private final Admission admission = new Admission(1, 10_000);

  @AfterAll
  static void shutDown() {
    KIT.shutdownTestKit();
  }

  private BatchingPublisher<String> publisher(Consumer<Submission> sender) {
    return publisher(sender, Hooks.NONE);
  }

  private BatchingPublisher<String> publisher(Consumer<Submission> sender, Hooks hooks) {
    return new BatchingPublisher<>(
        TOPIC,
        new PayloadCodec<>(KIT.system(), String.class),
        SETTINGS,
        admission,
        sender,
        Clock.systemUTC(),
        hooks);
  }

  private static Hooks adding(String name, Supplier<String> text) {
    return Hooks.of(
        NodeOptions.none()
            .withInterceptor(
                new DeliveryInterceptor() {
                  @Override
                  public Map<String, String> headersOf(Topic<?> topic, Message<?> message) {
                    return Map.of(name, text.get());
                  }
                }));
  }

  private static LogMessage message(Submission submission) {
    return submission.pending().message();
  }

  @Test
  void headers_of_interceptors_that_make_a_message_too_large_are_left_out() {
    List<Submission> sent = new ArrayList<>();
    Iterator<String> texts = List.of("x", "x".repeat(SETTINGS.maxMessageBytes())).iterator();
    BatchingPublisher<String> publisher = publisher(sent::add, adding("trace", texts::next));
    Message<String> own = Message.of("a").withHeader("own", "1");
    assertThat(publisher.publish(own).toCompletableFuture()).isNotDone();
    admission.release(1, message(sent.get(0)).sizeInBytes());
    assertThat(publisher.publish(own).toCompletableFuture()).isNotDone();
    assertThat(message(sent.get(0)).headers()).isEqualTo(Map.of("own", "1", "trace", "x"));
    assertThat(message(sent.get(1)).headers()).isEqualTo(Map.of("own", "1"));
  }

  @Test
  void a_stream_asks_interceptors_once_for_a_message_that_waits_for_room() {
    List<Submission> sent = new CopyOnWriteArrayList<>();
    AtomicInteger asked = new AtomicInteger();
    BatchingPublisher<String> publisher =
        publisher(sent::add, adding("trace", () -> "" + asked.incrementAndGet()));
    CompletionStage<List<Receipt>> receipts =
        Source.from(List.of("a", "b", "c"))
            .map(Message::of)
            .via(publisher.flow())
            .runWith(Sink.seq(), KIT.system());
    for (int i = 0; i < 3; i++) {
      int next = i;
      await().atMost(180, SECONDS).until(() -> sent.size() > next);
      Submission submission = sent.get(i);
      assertThat(message(submission).headers()).isEqualTo(Map.of("trace", "" + (i + 1)));
      admission.release(1, message(submission).sizeInBytes());
      submission
          .pending()
          .promise()
          .complete(Receipt.of("words", message(submission).key(), 0, i, false));
    }
    assertThat(receipts.toCompletableFuture()).succeedsWithin(Duration.ofMinutes(3));
    assertThat(asked).hasValue(3);
  }

  @Test
  void an_interrupted_thread_that_publishes_stays_interrupted() {
    BatchingPublisher<String> publisher =
        publisher(submission -> {}, adding("trace", () -> "" + Thread.interrupted()));
    Thread.currentThread().interrupt();
    assertThat(publisher.publish(Message.of("a")).toCompletableFuture()).isNotDone();
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void listeners_hear_of_each_refused_message_however_it_is_published() throws Exception {
    BlockingQueue<Reason> refused = new LinkedBlockingQueue<>();
    Hooks hooks =
        Hooks.of(
            NodeOptions.none()
                .withListener(
                    new PerilleListener() {
                      @Override
                      public void refused(Refused event) {
                        refused.add(event.reason());
                      }
                    }));
    BatchingPublisher<String> publisher = publisher(submission -> {}, hooks);
    Message<String> bad = Message.of("a").withHeader("nul", "\0");
    assertThat(publisher.publish(bad).toCompletableFuture()).isCompletedExceptionally();
    assertThat(refused.poll(180, SECONDS)).isEqualTo(Reason.INVALID_HEADER);
    assertThatThrownBy(() -> publisher.publishAndForget(bad))
        .isInstanceOf(PublishRefusedException.class);
    assertThat(refused.poll(180, SECONDS)).isEqualTo(Reason.INVALID_HEADER);
    assertThat(
            Source.single(bad)
                .via(publisher.flow())
                .runWith(Sink.ignore(), KIT.system())
                .toCompletableFuture())
        .failsWithin(Duration.ofMinutes(3));
    assertThat(refused.poll(180, SECONDS)).isEqualTo(Reason.INVALID_HEADER);
    assertThat(publisher.publish(Message.of("a")).toCompletableFuture()).isNotDone();
    assertThat(publisher.publish(Message.of("a")).toCompletableFuture()).isCompletedExceptionally();
    assertThat(refused.poll(180, SECONDS)).isEqualTo(Reason.BUFFER_FULL);
    assertThat(refused).isEmpty();
    hooks.listeners().close();
  }

  @ParameterizedTest
  @ValueSource(classes = {StackOverflowError.class, OutOfMemoryError.class})
  void an_error_while_a_message_is_handed_over_gives_its_room_back(Class<? extends Error> type)
      throws ReflectiveOperationException {
    Error error = type.getConstructor().newInstance();
    List<Submission> sent = new ArrayList<>();
    BatchingPublisher<String> publisher =
        publisher(
            submission -> {
              sent.add(submission);
              if (sent.size() <= 3) {
                throw error;
              }
            });
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> publisher.publish(Message.of("a"))).isSameAs(error);
    }
    assertThat(publisher.publish(Message.of("a")).toCompletableFuture()).isNotDone();
    assertThat(admission)
        .hasToString(
            "1 of 1 messages and %d of 10000 bytes"
                .formatted(sent.get(3).pending().message().sizeInBytes()));
    assertThat(sent).first().satisfies(first -> assertThat(first.take()).isFalse());
    assertThat(sent).last().satisfies(last -> assertThat(last.take()).isTrue());
  }

  @Test
  void an_error_after_the_actor_has_taken_a_message_leaves_the_room_to_the_actor() {
    StackOverflowError error = new StackOverflowError();
    BatchingPublisher<String> publisher =
        publisher(
            submission -> {
              assertThat(submission.take()).isTrue();
              throw error;
            });
    assertThatThrownBy(() -> publisher.publish(Message.of("a"))).isSameAs(error);
    assertThat(admission.toString()).startsWith("1 of 1 messages");
  }
}
