package org.perille.proof.chain;

import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.Receipt;
import org.perille.Topic;
import org.perille.internal.effect.ChainPublisher;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.ProducerReport;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.payload.PayloadCodec;
import org.perille.internal.publish.Admission;
import org.perille.internal.publish.BatchingPublisher;
import org.perille.internal.publish.PendingPublish;
import org.perille.internal.publish.SendBuffer;
import org.perille.internal.publish.Submission;
import org.perille.internal.settings.PublisherSettings;

/**
 * A node's publisher of a topic. It has one batch under way to each partition, and repeats it at
 * will.
 */
final class ModelPublisher {
  /** Signals that it is unknown whether a message is stored. */
  private static final class UnknownException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnknownException() {
      super("the outcome is unknown", null, false, false);
    }
  }

  /** Signals that a later epoch of the worker has already published. */
  static final class ReplacedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ReplacedException() {
      super("replaced", null, false, false);
    }
  }

  private static final PublisherSettings SETTINGS =
      new PublisherSettings(
          Duration.ofMinutes(1),
          Duration.ofSeconds(1),
          10_000,
          1_000_000,
          5,
          100_000,
          100_000,
          1,
          Duration.ofDays(1));

  private final String name;
  private final Topic<String> topic;
  private final ModelNetwork network;
  private final BatchingPublisher<String> chainPublisher;
  private SendBuffer<CompletableFuture<Receipt>> sendBuffer;
  private int starts;
  private boolean cutOff;

  ModelPublisher(String name, Topic<String> topic, ActorSystem<?> system, ModelNetwork network) {
    this.name = name;
    this.topic = topic;
    this.network = network;
    this.chainPublisher =
        new BatchingPublisher<>(
            topic,
            new PayloadCodec<>(system, String.class),
            SETTINGS,
            new Admission(Long.MAX_VALUE, Long.MAX_VALUE),
            this::submit,
            Clock.systemUTC());
    this.sendBuffer = newSendBuffer();
  }

  private SendBuffer<CompletableFuture<Receipt>> newSendBuffer() {
    return new SendBuffer<>(topic.partitions(), SETTINGS.batchMessages(), SETTINGS.batchBytes());
  }

  ChainPublisher chainPublisher() {
    return chainPublisher;
  }

  void cutOff(boolean isCutOff) {
    cutOff = isCutOff;
  }

  boolean isCutOff() {
    return cutOff;
  }

  /** Returns the name by which partitions identify this run of the publisher. */
  String epoch() {
    return name + "/" + starts;
  }

  private void submit(Submission submission) {
    sendBuffer.add(submission.partition(), submission.pending());
    sendNext(submission.partition());
  }

  private void sendNext(int partition) {
    sendBuffer.next(partition).ifPresent(this::send);
  }

  private void send(SendBuffer.Batch<CompletableFuture<Receipt>> batch) {
    network.send(
        this,
        new PublishBatch(
            topic.name(),
            batch.partition(),
            epoch(),
            batch.number(),
            batch.messages().stream().map(PendingPublish::message).toList(),
            reports(batch),
            null));
  }

  private static List<ProducerReport> reports(SendBuffer.Batch<CompletableFuture<Receipt>> batch) {
    Map<String, ProducerReport> reports = new LinkedHashMap<>();
    for (PendingPublish<CompletableFuture<Receipt>> pending : batch.messages()) {
      ProducerReport report = pending.producer().orElseThrow().report();
      reports.merge(
          report.producer(), report, (one, other) -> one.epoch() < other.epoch() ? other : one);
    }
    return List.copyOf(reports.values());
  }

  @Override
  public String toString() {
    return epoch();
  }

  Topic<String> topic() {
    return topic;
  }

  /** Returns the number of the batch under way to a partition. */
  OptionalLong underWay(int partition) {
    return sendBuffer.underWay(partition).stream().mapToLong(SendBuffer.Batch::number).findFirst();
  }

  /** Sends the batch under way to a partition once more. */
  void repeat(int partition) {
    sendBuffer.underWay(partition).ifPresent(this::send);
  }

  void repeatAll() {
    IntStream.range(0, partitions()).forEach(this::repeat);
  }

  int partitions() {
    return topic.partitions();
  }

  void receive(BatchReceipt receipt) {
    if (receipt.publisher().equals(epoch())) {
      Optional<SendBuffer.Batch<CompletableFuture<Receipt>>> durable =
          sendBuffer.durable(receipt.partition(), receipt.number());
      sendNext(receipt.partition());
      durable.ifPresent(batch -> complete(batch, receipt));
    }
  }

  private void complete(SendBuffer.Batch<CompletableFuture<Receipt>> batch, BatchReceipt receipt) {
    receipt.forEach(
        new BatchReceipt.MessageOutcome() {
          @Override
          public void stored(int index, long offset, boolean duplicate) {
            promise(index)
                .complete(
                    Receipt.of(
                        topic.name(),
                        batch.messages().get(index).message().key(),
                        receipt.partition(),
                        offset,
                        duplicate));
          }

          @Override
          public void stale(int index) {
            promise(index).completeExceptionally(new ReplacedException());
          }

          private CompletableFuture<Receipt> promise(int index) {
            return batch.messages().get(index).promise();
          }
        });
  }

  /** Starts a new run. Publishes that wait for a receipt fail with an unknown outcome. */
  void crash() {
    SendBuffer<CompletableFuture<Receipt>> lost = sendBuffer;
    starts++;
    sendBuffer = newSendBuffer();
    lost.clear()
        .forEach(left -> left.pending().promise().completeExceptionally(new UnknownException()));
  }

  boolean isIdle() {
    return sendBuffer.isEmpty();
  }
}
