package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.perille.sharding.FailureKit.THREE_ATTEMPTS;
import static org.perille.sharding.FailureKit.topic;

import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.perille.ConfigurationException;
import org.perille.DeadLetter.Failure;
import org.perille.DeadLetter.Reason;
import org.perille.Delivery;
import org.perille.Message;
import org.perille.MessageId;
import org.perille.Subscription;
import org.perille.Topic;

/** Dead letters that are also published. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeadLetterTopicTest {
  private final FailureKit kit = new FailureKit();

  @AfterAll
  void stop() {
    kit.close();
  }

  @Test
  void the_message_of_a_dead_letter_is_published_with_where_it_comes_from_and_why(TestInfo test)
      throws Exception {
    Topic<Note> letters =
        Topic.of(topic(test).name() + ".dead", Note.class)
            .keyedBy(note -> "another")
            .withPartitions(2);
    Brittle handler = new Brittle().breaking(1);
    Subscription<Note> mail =
        Subscription.of("mail", topic(test))
            .atLeastOnce(handler)
            .withRetries(THREE_ATTEMPTS)
            .withDeadLetterTopic(letters);
    kit.perille.register(mail);
    Queue<Delivery<Note>> forwarded = new ConcurrentLinkedQueue<>();
    Subscription<Note> reader = Subscription.of("reader", letters).atLeastOnce(forwarded::add);
    kit.perille.register(reader);
    kit.publish(mail.topic(), "a", 0);
    kit.publish(
        mail.topic(), Message.of(new Note("a", 1)).withId(MessageId.of("id")).withHeader("h", "v"));
    await().atMost(180, SECONDS).until(() -> !forwarded.isEmpty());
    kit.handle(mail, "a", 2);
    kit.awaitWell(reader);
    assertThat(forwarded).hasSize(1);
    Delivery<Note> letter = forwarded.element();
    assertThat(letter.payload()).isEqualTo(new Note("a", 1));
    assertThat(letter.key()).isEqualTo("a");
    assertThat(letter.messageId()).isPresent();
    assertThat(letter.headers()).containsEntry("h", "v");
    Map<String, String> added = new HashMap<>(letter.headers());
    added.remove("h");
    assertThat(added).isNotEmpty();
    assertThat(added.keySet()).allMatch(name -> name.startsWith("perille-dead-letter-"));
    assertThat(added.values())
        .contains(
            "mail",
            mail.topic().name(),
            "0",
            "1",
            "3",
            Reason.ATTEMPTS_EXHAUSTED.name(),
            Failure.HANDLER.name(),
            IllegalStateException.class.getName(),
            "planned 1");
    assertThat(kit.letters(mail)).hasSize(1);
  }

  @Test
  void a_subscription_brings_its_dead_letter_topic_along(TestInfo test) throws Exception {
    Topic<Note> letters = Topic.of(topic(test).name() + ".dead", Note.class).keyedBy(Note::key);
    kit.perille.register(
        Subscription.of("mail", topic(test))
            .atLeastOnce(delivery -> {})
            .withDeadLetterTopic(letters));
    assertThat(kit.publish(letters, "a", 0).offset()).isZero();
    Subscription<Note> other =
        Subscription.of("other", topic(test))
            .atLeastOnce(delivery -> {})
            .withDeadLetterTopic(letters.withPartitions(3));
    assertThatThrownBy(() -> kit.perille.register(other))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll(letters.name(), "3 partitions");
  }
}
