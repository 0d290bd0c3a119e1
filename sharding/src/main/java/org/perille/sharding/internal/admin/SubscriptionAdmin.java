package org.perille.sharding.internal.admin;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.stream.SystemMaterializer;
import org.perille.DeadLetters;
import org.perille.Subscription;
import org.perille.SubscriptionStatus;
import org.perille.internal.compression.Decompressor;
import org.perille.internal.feed.PartitionJournal;
import org.perille.internal.log.PartitionId;
import org.perille.internal.partition.PartitionRequest;
import org.perille.internal.partition.WorkerRequest;
import org.perille.internal.payload.PayloadCodec;

/** The operations on a running subscription, from any node. */
public final class SubscriptionAdmin {
  private final ActorSystem<?> system;
  private final PartitionClient questions;
  private final PartitionJournal journal;
  private final Decompressor decompressor;
  private final Duration timeout;
  private final int lettersPerPage;

  public SubscriptionAdmin(
      ActorSystem<?> system,
      PartitionClient questions,
      PartitionJournal journal,
      Decompressor decompressor) {
    this.system = system;
    this.questions = questions;
    this.journal = journal;
    this.decompressor = decompressor;
    this.timeout = system.settings().config().getDuration("perille.cluster.handled-timeout");
    this.lettersPerPage =
        DeadLetterClient.lettersPerPage(
            system.settings().config().getBytes("pekko.remote.artery.advanced.maximum-frame-size"));
  }

  /** Returns the progress of a subscription, queried from its partitions. */
  CompletionStage<SubscriptionStatus> status(Subscription<?> subscription) {
    String topic = subscription.topic().name();
    List<CompletableFuture<SubscriptionStatus.PartitionStatus>> answers = new ArrayList<>();
    for (int partition = 0; partition < subscription.topic().partitions(); partition++) {
      int number = partition;
      PartitionId id = new PartitionId(topic, partition);
      answers.add(
          questions
              .askUntilAnswered(
                  id,
                  PartitionRequest.Describe::new,
                  system.settings().config().getDuration("perille.cluster.ask-timeout"))
              .thenApply(description -> status(number, subscription.storedName(), description))
              .toCompletableFuture());
    }
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .thenApply(
            all ->
                new SubscriptionStatus(
                    topic,
                    subscription.name(),
                    answers.stream().map(CompletableFuture::join).toList()));
  }

  private static SubscriptionStatus.PartitionStatus status(
      int partition, String subscription, PartitionRequest.Description description) {
    SubscriptionStatus.PartitionStatus.Builder status =
        SubscriptionStatus.PartitionStatus.builder(partition).endOffset(description.endOffset());
    if (description.endOffset() == 0) {
      // The worker of an empty partition doesn't run: nothing is unfinished.
      status.nextOffset(0);
    }
    description.cursors().stream()
        .filter(report -> report.subscription().equals(subscription))
        .findFirst()
        .ifPresent(
            report ->
                status
                    .nextOffset(report.nextOffset())
                    .finishedAbove(report.finishedAbove())
                    .problems(report.problems()));
    return status.build();
  }

  <T> DeadLetters<T> deadLetters(Subscription<T> subscription) {
    return new DeadLetterClient<>(
        subscription,
        workers(subscription),
        new LogReader(questions, journal, decompressor, timeout),
        PayloadCodec.of(system, subscription.topic()),
        lettersPerPage,
        SystemMaterializer.get(system).materializer());
  }

  CompletionStage<Done> pause(Subscription<?> subscription, String reason) {
    Workers workers = workers(subscription);
    return pause(workers, workers.all(), subscription, reason);
  }

  CompletionStage<Done> pause(Subscription<?> subscription, int partition, String reason) {
    Workers workers = workers(subscription);
    return pause(workers, List.of(workers.existing(partition)), subscription, reason);
  }

  private static CompletionStage<Done> pause(
      Workers workers, List<Integer> partitions, Subscription<?> subscription, String reason) {
    Reasons.require("to pause " + subscription, reason);
    return set(workers, partitions, Optional.of(reason));
  }

  CompletionStage<Done> resume(Subscription<?> subscription) {
    Workers workers = workers(subscription);
    return set(workers, workers.all(), Optional.empty());
  }

  CompletionStage<Done> resume(Subscription<?> subscription, int partition) {
    Workers workers = workers(subscription);
    return set(workers, List.of(workers.existing(partition)), Optional.empty());
  }

  private static CompletionStage<Done> set(
      Workers workers, List<Integer> partitions, Optional<String> reason) {
    return workers
        .<WorkerRequest.PausedSet>askAll(
            partitions, replyTo -> new WorkerRequest.SetPaused(reason, replyTo))
        .thenApply(all -> Done.getInstance());
  }

  private Workers workers(Subscription<?> subscription) {
    return new Workers(questions, subscription, timeout);
  }
}
