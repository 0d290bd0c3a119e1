package org.perille.proof.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.Origin;
import org.perille.internal.log.StoredTransaction;
import org.perille.internal.log.TransactionMessage;
import org.perille.internal.publish.Partitioner;
import org.perille.internal.wire.TransactionCodec;
import org.perille.proof.chain.ModelPartition;

/** A check of the final storage against the journals of the logs of transactions. */
record TransactionLedger(
    List<ModelLog> logs,
    Map<String, List<ModelPartition>> topics,
    Map<String, StoredTransaction> answers) {

  private record Position(String producer, long offset, int index) {}

  void check() {
    Map<Position, LogEntry> byOrigin = byOrigin();
    for (ModelLog log : logs) {
      List<LogMessage> committed = log.committed();
      assertThat(committed)
          .extracting(LogMessage::key)
          .as("ids of committed transactions in %s", log.id())
          .doesNotHaveDuplicates();
      for (int offset = 0; offset < committed.size(); offset++) {
        check(log, offset, committed.get(offset), byOrigin);
      }
    }
    assertThat(byOrigin).as("messages of transactions that aren't committed").isEmpty();
  }

  private Map<Position, LogEntry> byOrigin() {
    Map<Position, LogEntry> byOrigin = new HashMap<>();
    topics.values().stream()
        .flatMap(List::stream)
        .flatMap(partition -> partition.entries().stream())
        .filter(entry -> entry.message().origin().isPresent())
        .forEach(
            entry -> {
              Origin origin = entry.message().origin().get();
              assertThat(
                      byOrigin.put(
                          new Position(origin.producer(), origin.offset(), origin.index()), entry))
                  .as("message %s is stored before", origin)
                  .isNull();
            });
    return byOrigin;
  }

  private void check(
      ModelLog log, long offset, LogMessage transaction, Map<Position, LogEntry> byOrigin) {
    List<TransactionMessage> messages = TransactionCodec.messages(transaction);
    List<Long> offsets = new ArrayList<>();
    for (int index = 0; index < messages.size(); index++) {
      TransactionMessage message = messages.get(index);
      LogEntry own = byOrigin.remove(new Position(log.id().entityId(), offset, index));
      LogEntry stored = own == null ? published(message) : own;
      assertThat(stored)
          .as("message %d of transaction '%s' in its topic", index, transaction.id())
          .isNotNull();
      assertThat(partitionOf(message).entries().get((int) stored.offset())).isSameAs(stored);
      assertThat(stored.message().payload()).isEqualTo(message.message().payload());
      offsets.add(stored.offset());
    }
    StoredTransaction answered = answers.get(transaction.id());
    if (answered != null) {
      assertThat(answered.offsets())
          .as("the offsets that were answered for '%s'", transaction.id())
          .isEqualTo(offsets);
    }
  }

  /** Returns a message that was published before under its own id; null if there is none. */
  private LogEntry published(TransactionMessage message) {
    return partitionOf(message).entries().stream()
        .filter(entry -> message.message().hasOwnId() && entry.message().hasOwnId())
        .filter(entry -> entry.message().id().equals(message.message().id()))
        .findFirst()
        .orElse(null);
  }

  private ModelPartition partitionOf(TransactionMessage message) {
    return topics.get(message.topic()).get(Partitioner.partitionOf(message));
  }
}
