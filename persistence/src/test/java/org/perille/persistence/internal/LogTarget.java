package org.perille.persistence.internal;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.perille.Message;
import org.perille.PublishRefusedException;
import org.perille.Receipt;
import org.perille.Topic;
import org.perille.internal.effect.ReplacedProducerException;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.outbox.JsonMessage;
import org.perille.internal.outbox.OutboxTarget;
import org.perille.internal.outbox.RelayTopics;
import org.perille.internal.partition.PartitionLog;
import org.perille.internal.partition.PartitionLog.Append;
import org.perille.internal.settings.LogLimits;

/**
 * A topic without actors: the decisions of real partitions, which outlive relays.
 *
 * <p>A payload is a number.
 */
final class LogTarget implements OutboxTarget, RelayTopics {
  static final Topic<Long> TOPIC = Topic.of("numbers", Long.class).keyedBy(n -> "k" + n % 5);
  private static final int PARTITIONS = 3;

  private final List<PartitionLog> logs = new ArrayList<>();

  /** The stored numbers by key, in the order of the log. */
  private final Map<String, List<Long>> stored = new HashMap<>();

  LogTarget() {
    for (int i = 0; i < PARTITIONS; i++) {
      logs.add(PartitionLog.empty(i, new LogLimits(Duration.ofHours(1), 10_000)));
    }
  }

  static LogMessage message(String key, long number) {
    return new LogMessage(
        key, "", Map.of(), 0, "number", ByteString.copyFromUtf8(Long.toString(number)));
  }

  @Override
  public Set<String> names() {
    return Set.of(TOPIC.name());
  }

  @Override
  public OutboxTarget target(String topic) {
    return this;
  }

  @Override
  public Topic<?> topic() {
    return TOPIC;
  }

  @Override
  public LogMessage encodeOutgoing(Message<?> message) {
    throw new UnsupportedOperationException("tests insert messages that are encoded");
  }

  @Override
  public LogMessage encode(JsonMessage message) {
    if (message.payload().startsWith("-")) {
      throw new PublishRefusedException(
          PublishRefusedException.Reason.UNSERIALIZABLE, "a negative number");
    }
    return message(message.key(), Long.parseLong(message.payload()));
  }

  @Override
  public void requireAccepted(LogMessage message) {}

  @Override
  public synchronized CompletionStage<Receipt> publish(LogMessage message, Producer producer) {
    int partition = Math.floorMod(message.key().hashCode(), PARTITIONS);
    PartitionLog log = logs.get(partition);
    PublishBatch batch =
        new PublishBatch(
            TOPIC.name(),
            partition,
            UUID.randomUUID().toString(),
            1,
            List.of(message),
            List.of(producer.report()),
            null);
    Append append = (Append) log.decide(batch, System.currentTimeMillis());
    log.apply(append.event());
    for (LogMessage fresh : append.event().messages()) {
      stored
          .computeIfAbsent(fresh.key(), key -> new ArrayList<>())
          .add(Long.valueOf(fresh.payload().toStringUtf8()));
    }
    CompletableFuture<Receipt> receipt = new CompletableFuture<>();
    append
        .receipt()
        .forEach(
            new BatchReceipt.MessageOutcome() {
              @Override
              public void stored(int index, long offset, boolean duplicate) {
                receipt.complete(
                    Receipt.of(TOPIC.name(), message.key(), partition, offset, duplicate));
              }

              @Override
              public void stale(int index) {
                receipt.completeExceptionally(new ReplacedProducerException("stale"));
              }
            });
    return receipt;
  }

  @Override
  public CompletionStage<Receipt> publish(LogMessage message) {
    throw new UnsupportedOperationException("a relay publishes as a producer");
  }

  /** Returns all stored numbers, each key's in the order of the log. */
  synchronized Map<String, List<Long>> stored() {
    Map<String, List<Long>> copy = new HashMap<>();
    stored.forEach((key, numbers) -> copy.put(key, List.copyOf(numbers)));
    return copy;
  }

  /** Returns the number of messages that partitions must remember. */
  synchronized int remembered() {
    return logs.stream().mapToInt(PartitionLog::idsKnown).sum();
  }
}
