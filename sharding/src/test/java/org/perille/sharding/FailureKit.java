package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.TestInfo;
import org.perille.DeadLetter;
import org.perille.DeadLetterFilter;
import org.perille.Message;
import org.perille.Perille;
import org.perille.Receipt;
import org.perille.RetryPolicy;
import org.perille.Subscription;
import org.perille.SubscriptionStatus.PartitionProblems;
import org.perille.SubscriptionStatus.PartitionStatus;
import org.perille.Topic;

/** A node in memory, and the steps that tests of failures share. */
final class FailureKit implements AutoCloseable {
  /** Three attempts, as soon as possible. */
  static final RetryPolicy THREE_ATTEMPTS =
      RetryPolicy.fixed(Duration.ofMillis(10)).withMaxAttempts(3);

  final Perille perille;

  FailureKit(String... settings) {
    String all = String.join("\n", settings) + "\nperille.subscription.cursor-interval = 10ms";
    perille = Perille.start(Memory.config(all));
  }

  @Override
  public void close() {
    Note.UNREADABLE.clear();
    perille.close();
  }

  static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(180, SECONDS);
  }

  /** Returns the topic of a test, with one partition. */
  static Topic<Note> topic(TestInfo test) {
    return topic(test, 1);
  }

  static Topic<Note> topic(TestInfo test, int partitions) {
    return Topic.of(test.getTestMethod().orElseThrow().getName(), Note.class)
        .keyedBy(Note::key)
        .withPartitions(partitions);
  }

  Receipt publish(Topic<Note> topic, String key, int number) throws Exception {
    return get(perille.publisher(topic).publish(new Note(key, number)));
  }

  Receipt publish(Topic<Note> topic, Message<Note> message) throws Exception {
    return get(perille.publisher(topic).publish(message));
  }

  /**
   * Publishes a message and waits until it is handled. Earlier messages have then been received
   * too.
   */
  void handle(Subscription<Note> subscription, String key, int number) throws Exception {
    get(
        perille
            .subscription(subscription)
            .awaitHandled(publish(subscription.topic(), key, number)));
  }

  List<DeadLetter> letters(Subscription<Note> subscription) throws Exception {
    return letters(subscription, DeadLetterFilter.all());
  }

  List<DeadLetter> letters(Subscription<Note> subscription, DeadLetterFilter filter)
      throws Exception {
    return get(
        perille
            .subscription(subscription)
            .deadLetters()
            .list(filter)
            .runWith(Sink.seq(), perille.system()));
  }

  /** Returns the dead letters, once there are this many. */
  List<DeadLetter> awaitLetters(Subscription<Note> subscription, int count) throws Exception {
    await()
        .atMost(180, SECONDS)
        .untilAsserted(() -> assertThat(letters(subscription)).hasSize(count));
    return letters(subscription);
  }

  /** Redrives all dead letters. */
  long redrive(Subscription<Note> subscription) throws Exception {
    return get(perille.subscription(subscription).deadLetters().redrive(DeadLetterFilter.all()));
  }

  PartitionProblems problems(Subscription<Note> subscription) throws Exception {
    return problems(subscription, 0);
  }

  PartitionProblems problems(Subscription<Note> subscription, int partition) throws Exception {
    PartitionStatus status =
        get(perille.subscription(subscription).status()).partitions().get(partition);
    return status.problems();
  }

  /** Waits until this many messages of one key wait behind its dead letter, and no others. */
  void awaitParked(Subscription<Note> subscription, long messages) {
    await()
        .atMost(180, SECONDS)
        .until(
            () -> {
              PartitionProblems problems = problems(subscription);
              return problems.parkedKeys() == 1 && problems.waiting() == messages;
            });
  }

  /** Waits until this many messages are deferred. */
  void awaitWaiting(Subscription<Note> subscription, long messages) {
    await().atMost(180, SECONDS).until(() -> problems(subscription).waiting() == messages);
  }

  /** Waits until a partition is paused or stopped with a reason that contains the text. */
  void awaitPaused(Subscription<Note> subscription, int partition, String reason) {
    await()
        .atMost(180, SECONDS)
        .until(() -> problems(subscription, partition).paused().orElse("").contains(reason));
  }

  /** Waits until nothing is left to do, and there are no problems. */
  void awaitWell(Subscription<Note> subscription) {
    await()
        .atMost(180, SECONDS)
        .until(
            () ->
                get(perille.subscription(subscription).status()).partitions().stream()
                    .allMatch(
                        status ->
                            status.lag() == 0
                                && status.problems().equals(PartitionProblems.none())));
  }
}
