package org.perille.internal.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perille.Message;
import org.perille.Topic;
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
    return new BatchingPublisher<>(
        TOPIC,
        new PayloadCodec<>(KIT.system(), String.class),
        SETTINGS,
        admission,
        sender,
        Clock.systemUTC());
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
