package org.perille.proof.chain;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.Topic;
import org.perille.internal.effect.EffectCodec;
import org.perille.internal.log.PartitionId;
import org.perille.proof.simulation.Choices;
import org.perille.proof.simulation.RunRecorder;

/** The parts of a chain: topics with their partitions, nodes, and the subscriptions between. */
final class Chain {
  private static final int NODES = 3;
  private static final int SOURCE_KEYS = 5;

  private final Choices random;
  private final List<Topic<String>> topics = new ArrayList<>();
  private final Map<String, List<ModelPartition>> partitions = new HashMap<>();
  private final List<ModelSubscription> subscriptions = new ArrayList<>();
  private final Map<String, ModelSubscription> byProducer = new HashMap<>();
  private final List<ModelNode> nodes = new ArrayList<>();

  Chain(
      Choices random,
      ActorSystem<?> system,
      RunRecorder recorder,
      ModelNetwork network,
      EffectCodec codec) {
    this.random = random;
    int stages = 2 + random.nextInt(2);
    for (int i = 0; i <= stages; i++) {
      Topic<String> topic = Relay.topic("topic" + i, 1 + random.nextInt(3));
      topics.add(topic);
      partitions.put(
          topic.name(),
          IntStream.range(0, topic.partitions())
              .mapToObj(p -> new ModelPartition(new PartitionId(topic.name(), p), recorder))
              .toList());
    }
    for (int i = 0; i < NODES; i++) {
      nodes.add(new ModelNode("node" + i, topics, system, network));
    }
    for (int i = 0; i < stages; i++) {
      Relay relay = new Relay(topics.get(i + 1));
      ModelKeyStore store = new ModelKeyStore(codec, recorder);
      boolean parks = random.nextBoolean();
      for (ModelPartition source : partitions.get(topics.get(i).name())) {
        ModelSubscription subscription =
            new ModelSubscription("relay" + i, source, relay, parks, store, recorder);
        subscription.start(anyNode());
        subscriptions.add(subscription);
      }
    }
  }

  /** Returns the first topic, to which an application publishes. */
  Topic<String> source() {
    return topics.get(0);
  }

  List<ModelNode> nodes() {
    return nodes;
  }

  List<ModelSubscription> subscriptions() {
    return subscriptions;
  }

  /** Returns the subscription that publishes under a producer's id. */
  ModelSubscription subscription(String producer) {
    return byProducer.computeIfAbsent(
        producer,
        name ->
            subscriptions.stream()
                .filter(subscription -> subscription.hasProducer(name))
                .findFirst()
                .orElseThrow());
  }

  ModelPartition partition(String topic, int partition) {
    return partitions.get(topic).get(partition);
  }

  List<ModelPartition> partitions(String topic) {
    return partitions.get(topic);
  }

  /** Returns the partitions of all topics. */
  Stream<ModelPartition> partitions() {
    return topics.stream().flatMap(topic -> partitions.get(topic.name()).stream());
  }

  Stream<ModelPublisher> publishers() {
    return nodes.stream().flatMap(node -> node.publishers().stream());
  }

  ModelNode anyNode() {
    return random.any(nodes);
  }

  ModelSubscription anySubscription() {
    return random.any(subscriptions);
  }

  ModelWorker anyWorker() {
    return random.any(anySubscription().workers());
  }

  ModelPublisher anyPublisher() {
    return random.any(anyNode().publishers());
  }

  ModelPartition anyPartition() {
    return random.any(partitions.get(random.any(topics).name()));
  }

  String anyKey() {
    return random.nextBoolean() ? anySourceKey() : Relay.targetKey(random.nextInt(100));
  }

  /** Returns a random key of the first topic. */
  String anySourceKey() {
    return "s" + random.nextInt(SOURCE_KEYS);
  }

  /**
   * Returns the ledger of each stage: the subscriptions to a topic, and the partitions of the next
   * one.
   */
  List<ChainLedger> ledgers() {
    return IntStream.range(1, topics.size())
        .mapToObj(
            i ->
                new ChainLedger(
                    subscriptions.stream()
                        .filter(s -> s.source().id().topic().equals(topics.get(i - 1).name()))
                        .toList(),
                    partitions.get(topics.get(i).name())))
        .toList();
  }
}
