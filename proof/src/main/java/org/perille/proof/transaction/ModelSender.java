package org.perille.proof.transaction;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.perille.PublishRefusedException;
import org.perille.PublishRefusedException.Reason;
import org.perille.Receipt;
import org.perille.internal.effect.ChainPublisher;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.ProducerReport;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.publish.PendingPublish;
import org.perille.internal.publish.SendBuffer;
import org.perille.internal.publish.Turn;
import org.perille.internal.publish.Turns;

/**
 * A publisher of a node, for a topic or for the logs of transactions. It has one batch under way to
 * each partition, and repeats it at will.
 */
final class ModelSender {
  /** Signals that it is unknown whether a message is stored. */
  static final class UnknownException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnknownException() {
      super("the outcome is unknown", null, false, false);
    }
  }

  /** Signals that a message certainly isn't stored. */
  static final class NotSentException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotSentException() {
      super("not sent", null, false, false);
    }
  }

  /** Signals that a later epoch of the relay has published. */
  static final class ReplacedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ReplacedException() {
      super("replaced", null, false, false);
    }
  }

  /** Accepts batches, and answers a sender. */
  @FunctionalInterface
  interface Route {
    void send(ModelSender from, PublishBatch batch);
  }

  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int BATCH_MESSAGES = 3;
  private static final int BATCH_BYTES = 100_000;

  private final String name;
  private final String topic;
  private final int partitions;
  private final Wire wire;
  private final Route route;
  private final Set<Turn> openTurns = new LinkedHashSet<>();
  private SendBuffer<CompletableFuture<Receipt>> buffer;
  private Turns<CompletableFuture<Receipt>> turns;
  private int starts;

  ModelSender(String name, String topic, int partitions, Wire wire, Route route) {
    this.name = name;
    this.topic = topic;
    this.partitions = partitions;
    this.wire = wire;
    this.route = route;
    begin();
  }

  private void begin() {
    buffer = new SendBuffer<>(partitions, BATCH_MESSAGES, BATCH_BYTES);
    turns = new Turns<>(buffer);
    openTurns.forEach(turns::add);
  }

  /** Returns the name by which partitions identify this run of the publisher. */
  private String epoch() {
    return name + "/" + starts;
  }

  long nowNanos() {
    return Duration.ofMillis(wire.nowMillis()).toNanos();
  }

  /** Publishes a message of the application, which waits for a limited time. */
  CompletableFuture<Receipt> publish(int partition, LogMessage message) {
    return submit(
        partition,
        new PendingPublish<>(
            message,
            Optional.of(nowNanos() + TIMEOUT.toNanos()),
            new CompletableFuture<>(),
            Optional.empty()));
  }

  /** Publishes a message of a relay, or a transaction to its log. */
  CompletableFuture<Receipt> publish(
      int partition, LogMessage message, Optional<ChainPublisher.Producer> producer) {
    return submit(
        partition,
        new PendingPublish<>(message, Optional.empty(), new CompletableFuture<>(), producer));
  }

  private CompletableFuture<Receipt> submit(
      int partition, PendingPublish<CompletableFuture<Receipt>> pending) {
    if (pending.producer().filter(ChainPublisher.Producer::hasFailed).isPresent()) {
      return CompletableFuture.failedFuture(new NotSentException());
    }
    turns.add(partition, pending);
    sendNext(partition);
    return pending.promise();
  }

  void addTurn(Turn turn) {
    openTurns.add(turn);
    turns.add(turn);
  }

  void endTurn(Turn turn) {
    openTurns.remove(turn);
    turns.end(turn).forEach(this::sendNext);
  }

  private void sendNext(int partition) {
    buffer.next(partition).ifPresent(this::send);
  }

  private void send(SendBuffer.Batch<CompletableFuture<Receipt>> batch) {
    route.send(
        this,
        new PublishBatch(
            topic,
            batch.partition(),
            epoch(),
            batch.number(),
            batch.messages().stream().map(PendingPublish::message).toList(),
            Map.of(),
            reports(batch),
            null,
            false));
  }

  private static List<ProducerReport> reports(SendBuffer.Batch<?> batch) {
    Map<String, ProducerReport> reports = new HashMap<>();
    for (PendingPublish<?> pending : batch.messages()) {
      pending
          .producer()
          .map(ChainPublisher.Producer::report)
          .ifPresent(
              report ->
                  reports.merge(
                      report.producer(),
                      report,
                      (one, other) -> one.epoch() < other.epoch() ? other : one));
    }
    return List.copyOf(reports.values());
  }

  /** Sends all batches under way once more. */
  void repeatAll() {
    IntStream.range(0, partitions)
        .forEach(partition -> buffer.underWay(partition).ifPresent(this::send));
  }

  void receive(BatchReceipt receipt) {
    if (receipt.publisher().equals(epoch())) {
      buffer
          .durable(receipt.partition(), receipt.number())
          .ifPresent(
              batch -> {
                turns.settled(batch.messages());
                sendNext(receipt.partition());
                complete(batch, receipt);
              });
    }
  }

  private void complete(SendBuffer.Batch<CompletableFuture<Receipt>> batch, BatchReceipt receipt) {
    receipt.forEach(
        new BatchReceipt.MessageOutcome() {
          @Override
          public void stored(int index, long offset, boolean duplicate) {
            PendingPublish<CompletableFuture<Receipt>> pending = batch.messages().get(index);
            pending
                .promise()
                .complete(
                    Receipt.of(
                        topic, pending.message().key(), receipt.partition(), offset, duplicate));
          }

          @Override
          public void stale(int index) {
            batch.messages().get(index).promise().completeExceptionally(new ReplacedException());
          }
        });
  }

  /** Fails messages whose callers no longer wait. */
  void expire() {
    List<SendBuffer.Expired<CompletableFuture<Receipt>>> expired = buffer.expire(nowNanos());
    turns.settled(
        expired.stream().filter(one -> !one.sent()).map(SendBuffer.Expired::pending).toList());
    expired.addAll(turns.expire(nowNanos()));
    fail(expired);
  }

  /** Restarts after a failure of the publisher's actor. */
  void restart() {
    List<SendBuffer.Expired<CompletableFuture<Receipt>>> left = new ArrayList<>(buffer.clear());
    left.addAll(turns.clear(new PublishRefusedException(Reason.NOT_SENT, "restarted")));
    left.forEach(one -> one.pending().producer().ifPresent(ChainPublisher.Producer::failed));
    openTurns.removeIf(turn -> !turn.hasCome());
    starts++;
    begin();
    fail(left);
  }

  /** Returns whether it has turns that outlive its restart. */
  boolean hasOpenTurns() {
    return openTurns.stream().anyMatch(Turn::hasCome);
  }

  private static void fail(List<SendBuffer.Expired<CompletableFuture<Receipt>>> all) {
    all.forEach(
        one ->
            one.pending()
                .promise()
                .completeExceptionally(
                    one.sent() ? new UnknownException() : new NotSentException()));
  }

  boolean isIdle() {
    return buffer.isEmpty() && turns.isSettled() && openTurns.isEmpty();
  }
}
