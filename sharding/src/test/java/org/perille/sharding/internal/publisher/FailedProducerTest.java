package org.perille.sharding.internal.publisher;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.delivery.ConsumerController.SequencedMessage;
import org.apache.pekko.cluster.sharding.typed.ShardingEnvelope;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.perille.Compression;
import org.perille.PublishRefusedException;
import org.perille.Receipt;
import org.perille.internal.compression.CompressionSettings;
import org.perille.internal.effect.ChainPublisher;
import org.perille.internal.hook.Hooks;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.log.ProducerReport;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.publish.Admission;
import org.perille.internal.publish.PendingPublish;
import org.perille.internal.publish.Submission;
import org.perille.internal.settings.PublisherSettings;

/** A message of a relay never overtakes an earlier one that its publisher has given up. */
class FailedProducerTest {
  private static final PublisherSettings SETTINGS =
      new PublisherSettings(
          Duration.ofMinutes(10),
          Duration.ofMinutes(10),
          1000,
          1 << 20,
          100,
          1 << 20,
          1 << 20,
          1,
          Duration.ofDays(1));

  private static ActorTestKit kit;

  /** The producer of one run of a relay. */
  private static final class Run implements ChainPublisher.Producer {
    private volatile boolean failed;

    @Override
    public ProducerReport report() {
      return new ProducerReport("relay", 1, new OffsetSet(0, List.of()));
    }

    @Override
    public void failed() {
      failed = true;
    }

    @Override
    public boolean hasFailed() {
      return failed;
    }
  }

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create();
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  /** Returns a publisher of a topic with one partition, which never answers. */
  private static ActorRef<PublisherActor.Command> publisher() {
    ActorRef<ShardingEnvelope<SequencedMessage<PublishBatch>>> partitions =
        kit.<ShardingEnvelope<SequencedMessage<PublishBatch>>>createTestProbe().getRef();
    return kit.spawn(
        PublisherActor.create(
            new PublisherActor.Assignment(
                "orders",
                1,
                SETTINGS,
                new CompressionSettings.OfTopic("orders", Compression.NONE, 3, 1 << 20),
                new Admission(1000, 1 << 20),
                Runnable::run,
                partitions,
                (persistenceId, from, to) ->
                    CompletableFuture.failedFuture(new AssertionError("nothing is read here")),
                Hooks.NONE)));
  }

  private static CompletableFuture<Receipt> submit(
      ActorRef<PublisherActor.Command> publisher, int partition, Run run) {
    CompletableFuture<Receipt> receipt = new CompletableFuture<>();
    LogMessage message =
        new LogMessage("ada", "", Map.of(), 1, "", ByteString.copyFromUtf8("order"));
    publisher.tell(
        new PublisherActor.Submit(
            new Submission(
                partition,
                new PendingPublish<>(message, Optional.empty(), receipt, Optional.of(run)))));
    return receipt;
  }

  @Test
  void after_a_message_that_a_publisher_gave_up_it_accepts_none_of_that_run() {
    ActorRef<PublisherActor.Command> publisher = publisher();
    Run run = new Run();
    CompletableFuture<Receipt> first = submit(publisher, 0, run);
    // There is no such partition, so the publisher fails and begins again.
    CompletableFuture<Receipt> unused = submit(publisher, 7, new Run());
    CompletableFuture<Receipt> later = submit(publisher, 0, run);
    CompletableFuture<Receipt> ofNextRun = submit(publisher, 0, new Run());

    assertThatThrownBy(() -> first.get(60, SECONDS))
        .hasMessageContaining("before its publisher failed");
    assertThatThrownBy(() -> later.get(60, SECONDS))
        .hasCauseInstanceOf(PublishRefusedException.class)
        .hasMessageContaining("an earlier one of its producer failed");
    assertThat(ofNextRun).isNotDone();
  }
}
