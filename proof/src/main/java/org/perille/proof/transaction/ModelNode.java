package org.perille.proof.transaction;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.perille.Receipt;
import org.perille.internal.effect.ChainPublisher;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.TransactionMessage;
import org.perille.internal.publish.Partitioner;
import org.perille.internal.transaction.TransactionLogs;

/** A node: its publishers, those of its relays, and the transactions that it commits. */
final class ModelNode {
  private final String name;
  private final Map<String, Integer> topics;
  private final Wire wire;
  private final ModelSender.Route route;
  private final Map<String, ModelSender> publishers = new LinkedHashMap<>();
  private final Map<String, ModelSender> relays = new LinkedHashMap<>();
  private final List<ModelTransaction> transactions = new ArrayList<>();
  private ModelSender commits;
  private int starts;
  private long clockOffsetMillis;

  /**
   * Creates a node.
   *
   * @param topics the topics, with the number of their partitions
   */
  ModelNode(String name, Map<String, Integer> topics, Wire wire, ModelSender.Route route) {
    this.name = name;
    this.topics = topics;
    this.wire = wire;
    this.route = route;
    begin();
  }

  private void begin() {
    starts++;
    topics.forEach(
        (topic, partitions) -> {
          publishers.put(topic, sender("publisher", topic, partitions));
          relays.put(topic, sender("relay", topic, partitions));
        });
    commits = sender("publisher", TransactionLogs.TOPIC, TransactionLogs.COUNT);
  }

  private ModelSender sender(String kind, String topic, int partitions) {
    return new ModelSender(this + "/" + kind + "/" + topic, topic, partitions, wire, route);
  }

  /** Returns the name of this run of the node, which is one publisher. */
  @Override
  public String toString() {
    return name + "/" + starts;
  }

  long nowMillis() {
    return wire.nowMillis() + clockOffsetMillis;
  }

  Wire wire() {
    return wire;
  }

  void setClock(long offsetMillis) {
    clockOffsetMillis = offsetMillis;
  }

  ModelSender publisher(String topic) {
    return publishers.get(topic);
  }

  CompletableFuture<Receipt> commit(LogMessage transaction) {
    return commits.publish(TransactionLogs.logOf(transaction.id()), transaction, Optional.empty());
  }

  CompletionStage<Receipt> relay(TransactionMessage message, ChainPublisher.Producer producer) {
    return relays
        .get(message.topic())
        .publish(Partitioner.partitionOf(message), message.message(), Optional.of(producer));
  }

  List<ModelTransaction> transactions() {
    return transactions;
  }

  List<ModelSender> senders() {
    return Stream.of(publishers.values().stream(), relays.values().stream(), Stream.of(commits))
        .flatMap(all -> all)
        .toList();
  }

  /** Starts anew. All of its callers get unknown outcomes. */
  void crash() {
    List<ModelTransaction> lost = List.copyOf(transactions);
    transactions.clear();
    List<ModelSender> senders = senders();
    begin();
    lost.forEach(ModelTransaction::crash);
    senders.forEach(ModelSender::restart);
  }

  boolean isIdle() {
    return transactions.isEmpty() && senders().stream().allMatch(ModelSender::isIdle);
  }
}
