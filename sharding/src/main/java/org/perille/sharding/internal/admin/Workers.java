package org.perille.sharding.internal.admin;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.apache.pekko.actor.typed.ActorRef;
import org.perille.ConfigurationException;
import org.perille.Guarantee;
import org.perille.Subscription;
import org.perille.internal.log.PartitionId;
import org.perille.internal.partition.PartitionRequest;
import org.perille.internal.partition.WorkerRequest;

/** The workers of a subscription, wherever they are, reached through their partitions. */
final class Workers {
  private final PartitionClient questions;
  private final Subscription<?> subscription;
  private final Duration timeout;

  /**
   * Creates the workers of a subscription.
   *
   * @throws ConfigurationException if it is ephemeral
   */
  Workers(PartitionClient questions, Subscription<?> subscription, Duration timeout) {
    requireDurable(subscription);
    this.questions = questions;
    this.subscription = subscription;
    this.timeout = timeout;
  }

  /**
   * Requires that a subscription stores something.
   *
   * @throws ConfigurationException if it is ephemeral
   */
  static void requireDurable(Subscription<?> subscription) {
    if (subscription.guarantee() == Guarantee.EPHEMERAL) {
      throw new ConfigurationException(
          subscription + " is ephemeral: it stores nothing that could be queried, paused or reset");
    }
  }

  <A> CompletionStage<A> ask(int partition, Function<ActorRef<A>, WorkerRequest> request) {
    return questions
        .<A>askUntilAnswered(
            new PartitionId(subscription.topic().name(), partition),
            replyTo ->
                new PartitionRequest.ForWorker(subscription.storedName(), request.apply(replyTo)),
            timeout)
        .exceptionallyCompose(
            failure -> CompletableFuture.failedFuture(explained(partition, failure)));
  }

  private Throwable explained(int partition, Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (!(cause instanceof TimeoutException)) {
      return cause;
    }
    TimeoutException explained =
        new TimeoutException(
            "%s has not answered for partition %d within perille.cluster.handled-timeout of %s: the operation may have been done; check the status, and repeat it"
                .formatted(subscription, partition, timeout));
    explained.initCause(cause);
    return explained;
  }

  /**
   * Sends a request to several workers at once.
   *
   * @return the answers, in the partitions' order
   */
  <A> CompletionStage<List<A>> askAll(
      List<Integer> partitions, Function<ActorRef<A>, WorkerRequest> request) {
    List<CompletableFuture<A>> answers =
        partitions.stream()
            .map(partition -> ask(partition, request).toCompletableFuture())
            .toList();
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .thenApply(all -> answers.stream().map(CompletableFuture::join).toList());
  }

  /** Returns the numbers of all partitions. */
  List<Integer> all() {
    return IntStream.range(0, subscription.topic().partitions()).boxed().toList();
  }

  /**
   * Returns the number of an existing partition.
   *
   * @throws IllegalArgumentException if it doesn't exist
   */
  int existing(int partition) {
    int count = subscription.topic().partitions();
    if (partition < 0 || partition >= count) {
      throw new IllegalArgumentException(
          "topic '%s' has no partition %d: use 0 to %d"
              .formatted(subscription.topic().name(), partition, count - 1));
    }
    return partition;
  }
}
