package org.perille.sharding.internal.publisher;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.perille.internal.compression.Compressor;
import org.perille.internal.log.LogCondition;
import org.perille.internal.log.LogMessage;
import org.perille.internal.publish.PendingPublish;
import org.perille.internal.publish.SendBuffer;

/**
 * The messages of the batches in flight as they are sent. Each batch is compressed once, however
 * often it is sent.
 *
 * <p><b>Threading</b>: used by the publisher's actor alone.
 */
final class BatchContents {
  private record Sent(SendBuffer.Batch<?> batch, List<LogMessage> messages) {}

  private final Compressor compressor;

  /** The last batch of each partition, until it is durable. */
  private final List<Optional<Sent>> sent;

  BatchContents(int partitions, Compressor compressor) {
    this.compressor = compressor;
    this.sent = new ArrayList<>(Collections.nCopies(partitions, Optional.empty()));
  }

  /** Returns the messages of a batch in flight. */
  @SuppressWarnings(
      "ReferenceEquality") // the send buffer returns the same object until it is durable
  List<LogMessage> of(SendBuffer.Batch<?> batch) {
    Optional<Sent> before = sent.get(batch.partition()).filter(last -> last.batch == batch);
    if (before.isPresent()) {
      return before.get().messages;
    }
    List<LogMessage> messages =
        compressor.compress(
            batch.messages().stream().<LogMessage>map(PendingPublish::message).toList());
    sent.set(batch.partition(), Optional.of(new Sent(batch, messages)));
    return messages;
  }

  /** Returns the conditions of a batch's messages, by their positions. */
  static Map<Integer, LogCondition> conditionsOf(SendBuffer.Batch<?> batch) {
    Map<Integer, LogCondition> conditions = new HashMap<>(0);
    int index = 0;
    for (PendingPublish<?> pending : batch.messages()) {
      if (pending.condition().isPresent()) {
        conditions.put(index, pending.condition().get());
      }
      index++;
    }
    return conditions;
  }

  /** Forgets a batch that isn't in flight any more. */
  void forget(SendBuffer.Batch<?> batch) {
    sent.set(batch.partition(), Optional.empty());
  }
}
