package org.perille.proof.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.perille.Compression;
import org.perille.PublishRefusedException;
import org.perille.PublishRefusedException.Reason;
import org.perille.internal.compression.CompressionSettings;
import org.perille.internal.compression.Compressor;
import org.perille.internal.feed.KeySearches;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.ConditionResult;
import org.perille.internal.log.LogCondition;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.publish.PendingPublish;
import org.perille.internal.publish.SendBuffer;
import org.perille.internal.publish.Turns;
import org.perille.testkit.history.Operation;
import org.perille.testkit.history.Outcome;

/** A node's publisher. It has one batch under way, and repeats it until there is a receipt. */
final class ModelPublisher {
  /** A caller that waits for a receipt. */
  private static final class Call {
    private final long number;

    /** The end of the log at the call. */
    private final long end;

    private boolean ended;

    Call(long number, long end) {
      this.number = number;
      this.end = end;
    }
  }

  private static final int MAX_BATCH = 3;
  private static final int MAX_BYTES = 100_000;
  private static final long TIMEOUT_MILLIS = 300;

  private final Simulation simulation;
  private final String name;
  private final Compressor compressor;
  private SendBuffer<Call> sendBuffer = newSendBuffer();
  private Turns<Call> turns = new Turns<>(sendBuffer);
  private KeySearches<PendingPublish<Call>> searches = new KeySearches<>();
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

  void publish(LogMessage message, Optional<LogCondition> condition) {
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
    turns.add(
        0,
        new PendingPublish<>(
            message,
            Optional.of(deadlineNanos()),
            new Call(call, simulation.topic().end()),
            Optional.empty(),
            condition));
    sendNext();
  }

  private long deadlineNanos() {
    return nowNanos() + TimeUnit.MILLISECONDS.toNanos(TIMEOUT_MILLIS);
  }

  private long nowNanos() {
    return TimeUnit.MILLISECONDS.toNanos(simulation.clock().passedMillis());
  }

  private void sendNext() {
    sendBuffer.next(0).ifPresent(this::send);
  }

  private void send(SendBuffer.Batch<Call> batch) {
    List<LogMessage> messages = new ArrayList<>();
    Map<Integer, LogCondition> conditions = new HashMap<>();
    for (PendingPublish<Call> pending : batch.messages()) {
      pending.condition().ifPresent(condition -> conditions.put(messages.size(), condition));
      messages.add(pending.message());
    }
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
                conditions,
                List.of(),
                null));
  }

  /** Repeats the batch under way, as after a long time without a receipt. */
  void repeat() {
    sendBuffer.underWay(0).ifPresent(this::send);
  }

  void expire() {
    List<SendBuffer.Expired<Call>> expired = sendBuffer.expire(nowNanos());
    Object unused =
        turns.settled(
            expired.stream().filter(one -> !one.sent()).map(SendBuffer.Expired::pending).toList());
    expired.addAll(turns.expire(nowNanos()));
    expired.forEach(this::giveUp);
    sendNext();
  }

  /** Reads the log once, for messages with undecided conditions. */
  void readLog() {
    searches
        .next()
        .ifPresent(
            range ->
                searches
                    .read(range, simulation.topic().read(range.from(), range.to()))
                    .forEach(
                        found ->
                            assertThat(turns.read(found.search(), found.last(), deadlineNanos()))
                                .isTrue()));
    sendNext();
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
    List<PendingPublish<Call>> decided = new ArrayList<>(batch.messages());
    for (ConditionResult result : receipt.unmet()) {
      if (result instanceof ConditionResult.Undecided undecided) {
        simulation.mark(Mark.CONDITION_UNDECIDED);
        PendingPublish<Call> pending = batch.messages().get(undecided.index());
        decided.remove(pending);
        turns.reading(pending);
        searches.add(
            pending,
            pending.message().key(),
            undecided.below(),
            undecided.sequenceNumber(),
            pending.condition().flatMap(LogCondition::read));
      }
    }
    Object unused = turns.settled(decided);
    receipt.forEach(
        new BatchReceipt.MessageOutcome() {
          @Override
          public void stored(int index, long offset, boolean duplicate) {
            end(batch.messages().get(index), Outcome.OK, receipt.partition(), offset, duplicate);
          }

          @Override
          public void conditionFailed(int index, OptionalLong last) {
            PendingPublish<Call> pending = batch.messages().get(index);
            simulation
                .application()
                .conditions()
                .refused(pending.message(), pending.promise().end, last);
            end(pending, Outcome.FAILED, -1, -1, false);
          }

          @Override
          public void undecided(int index) {
            // It is sent again, once the log has been read.
          }

          @Override
          public void stale(int index) {
            throw new AssertionError("no message here was published for another one");
          }
        });
  }

  /** Starts a new run. The outcome of all pending publishes is unknown. */
  void crash() {
    List<SendBuffer.Expired<Call>> left = sendBuffer.clear();
    left.addAll(turns.clear(new PublishRefusedException(Reason.STOPPED, "crashed")));
    left.forEach(one -> end(one.pending(), Outcome.UNKNOWN, -1, -1, false));
    sendBuffer = newSendBuffer();
    turns = new Turns<>(sendBuffer);
    searches = new KeySearches<>();
    starts++;
  }

  boolean isIdle() {
    return sendBuffer.isEmpty() && turns.isSettled();
  }
}
