package org.perille.proof.delivery;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.perille.Compression;
import org.perille.internal.compression.CompressionSettings;
import org.perille.internal.compression.Compressor;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.publish.PendingPublish;
import org.perille.internal.publish.SendBuffer;
import org.perille.testkit.history.Operation;
import org.perille.testkit.history.Outcome;

/** A node's publisher. It has one batch under way, and repeats it until there is a receipt. */
final class ModelPublisher {
  /** A caller that waits for a receipt. */
  private static final class Call {
    private final long number;
    private boolean ended;

    Call(long number) {
      this.number = number;
    }
  }

  private static final int MAX_BATCH = 3;
  private static final int MAX_BYTES = 100_000;
  private static final long TIMEOUT_MILLIS = 300;

  private final Simulation simulation;
  private final String name;
  private final Compressor compressor;
  private SendBuffer<Call> sendBuffer = newSendBuffer();
  private int starts = 1;

  ModelPublisher(Simulation simulation, String name, Compression compression) {
    this.simulation = simulation;
    this.name = name;
    this.compressor =
        new Compressor(new CompressionSettings.OfTopic("topic", compression, 1, 1 << 20));
  }

  private static SendBuffer<Call> newSendBuffer() {
    return new SendBuffer<>(1, MAX_BATCH, MAX_BYTES);
  }

  private String epoch() {
    return name + "-" + starts;
  }

  void publish(LogMessage message) {
    long call = simulation.newCall();
    simulation.record(
        at ->
            new Operation.PublishInvoked(
                at,
                call,
                epoch(),
                simulation.topic().id().topic(),
                message.key(),
                message.payload().toStringUtf8(),
                message.id()));
    sendBuffer.add(
        0,
        new PendingPublish<>(
            message,
            Optional.of(nowNanos() + TimeUnit.MILLISECONDS.toNanos(TIMEOUT_MILLIS)),
            new Call(call),
            Optional.empty()));
    sendNext();
  }

  private long nowNanos() {
    return TimeUnit.MILLISECONDS.toNanos(simulation.clock().passedMillis());
  }

  private void sendNext() {
    sendBuffer.next(0).ifPresent(this::send);
  }

  private void send(SendBuffer.Batch<Call> batch) {
    List<LogMessage> messages = new ArrayList<>();
    batch.messages().forEach(pending -> messages.add(pending.message()));
    simulation
        .network()
        .send(
            this,
            new PublishBatch(
                simulation.topic().id().topic(),
                0,
                epoch(),
                batch.number(),
                compressor.compress(messages),
                List.of(),
                null));
  }

  /** Repeats the batch under way, as after a long time without a receipt. */
  void repeat() {
    sendBuffer.underWay(0).ifPresent(this::send);
  }

  void expire() {
    sendBuffer.expire(nowNanos()).forEach(this::giveUp);
  }

  private void giveUp(SendBuffer.Expired<Call> expired) {
    end(expired.pending(), expired.sent() ? Outcome.UNKNOWN : Outcome.FAILED, -1, -1, false);
  }

  /** Records the end of a publish. Does nothing if the caller was notified before. */
  private void end(
      PendingPublish<Call> pending,
      Outcome outcome,
      int partition,
      long offset,
      boolean duplicate) {
    Call call = pending.promise();
    if (!call.ended) {
      call.ended = true;
      simulation.application().published(pending.message(), outcome);
      simulation.record(
          at -> new Operation.PublishEnded(at, call.number, outcome, partition, offset, duplicate));
    }
  }

  void receive(BatchReceipt receipt) {
    if (receipt.publisher().equals(epoch())) {
      Optional<SendBuffer.Batch<Call>> durable =
          sendBuffer.durable(receipt.partition(), receipt.number());
      durable.ifPresent(batch -> complete(batch, receipt));
      sendNext();
    }
  }

  private void complete(SendBuffer.Batch<Call> batch, BatchReceipt receipt) {
    receipt.forEach(
        new BatchReceipt.MessageOutcome() {
          @Override
          public void stored(int index, long offset, boolean duplicate) {
            end(batch.messages().get(index), Outcome.OK, receipt.partition(), offset, duplicate);
          }

          @Override
          public void stale(int index) {
            throw new AssertionError("no message here was published for another one");
          }
        });
  }

  /** Starts a new run. The outcome of all pending publishes is unknown. */
  void crash() {
    sendBuffer.clear().forEach(left -> end(left.pending(), Outcome.UNKNOWN, -1, -1, false));
    sendBuffer = newSendBuffer();
    starts++;
  }

  boolean isIdle() {
    return sendBuffer.isEmpty();
  }
}
