package org.perille.internal.effect;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.Topic;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PartitionId;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.partition.Lanes;
import org.perille.internal.publish.Partitioner;
import org.perille.internal.wire.PayloadCodec.Encoded;

/**
 * Topics one behind the other, with an event-sourced subscription between each two, made of the
 * real decisions. Storage, network, time and the order of everything are chosen at random, and each
 * seed makes one story.
 */
final class ChainModel {
  private static final int NODES = 3;
  private static final int SOURCE_KEYS = 5;
  private static final int MAX_SOURCE_MESSAGES = 300;

  /** Far more than a chain needs that is healthy. */
  private static final int MAX_ROUNDS = 1_000;

  private record Step(int weight, Runnable action) {}

  private final Random random;
  private final ModelNetwork network;
  private final EffectCodec codec;
  private final List<Topic<String>> topics = new ArrayList<>();
  private final Map<String, List<ModelPartition>> partitions = new HashMap<>();
  private final List<ModelSubscription> subscriptions = new ArrayList<>();
  private final Map<String, ModelSubscription> byLane = new HashMap<>();
  private final List<ModelNode> nodes = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private int sourceMessages;
  private int sourceBatches;
  private boolean healed;

  ChainModel(long seed, ActorSystem<?> system, Mark.Tally marks) {
    this.random = new Random(seed);
    this.network = new ModelNetwork(random);
    this.codec = new EffectCodec(system);
    int stages = 2 + random.nextInt(2);
    for (int i = 0; i <= stages; i++) {
      Topic<String> topic = Relay.topic("topic" + i, 1 + random.nextInt(3));
      topics.add(topic);
      partitions.put(
          topic.name(),
          IntStream.range(0, topic.partitions())
              .mapToObj(p -> new ModelPartition(new PartitionId(topic.name(), p), marks))
              .toList());
    }
    for (int i = 0; i < NODES; i++) {
      nodes.add(new ModelNode("node" + i, topics, system, network));
    }
    for (int i = 0; i < stages; i++) {
      Relay relay = new Relay(topics.get(i + 1));
      ModelKeyStore store = new ModelKeyStore(codec, marks);
      boolean parks = random.nextBoolean();
      for (ModelPartition source : partitions.get(topics.get(i).name())) {
        ModelSubscription subscription =
            new ModelSubscription("relay", source, relay, parks, store, marks);
        subscription.start(any(nodes));
        subscriptions.add(subscription);
      }
    }
    defineSteps();
  }

  private void defineSteps() {
    int faults = random.nextInt(4);
    int resets = random.nextInt(3) * random.nextInt(5);
    steps.add(new Step(40, this::publishToSource));
    steps.add(new Step(150, () -> anyWorker().fetch(1 + random.nextInt(8))));
    steps.add(new Step(300, () -> runAnyKey(anyWorker())));
    steps.add(new Step(400, () -> anyWorker().endRequest(random, fault())));
    steps.add(new Step(60, () -> anyWorker().save()));
    steps.add(new Step(60, () -> anyWorker().endSave(fault())));
    steps.add(new Step(200, () -> network.deliverBatch(random.nextInt(4) == 0, this::arrive)));
    steps.add(
        new Step(
            200, () -> network.deliverAnswer(random.nextInt(8) == 0, ModelPublisher::receive)));
    steps.add(new Step(60, () -> repeat(any(any(nodes).publishers()))));
    steps.add(new Step(30, () -> anySubscription().ensureAlive(any(nodes))));
    steps.add(new Step(20, () -> anyPartition().takeSnapshot()));
    steps.add(new Step(20, () -> anyPartition().recover()));
    steps.add(new Step(50, () -> network.pass(Duration.ofSeconds(random.nextInt(100)))));
    steps.add(new Step(faults, () -> network.pass(Duration.ofHours(random.nextInt(50)))));
    steps.add(new Step(10 * faults, network::loseBatch));
    steps.add(new Step(10 * faults, network::loseAnswer));
    steps.add(new Step(3 * faults, () -> anySubscription().start(any(nodes))));
    steps.add(new Step(2 * faults, () -> crash(anySubscription())));
    steps.add(new Step(faults, () -> any(any(nodes).publishers()).crash()));
    steps.add(new Step(faults, () -> crash(any(nodes))));
    steps.add(new Step(5 * faults, () -> any(nodes).cutOff(random.nextInt(3) == 0)));
    steps.add(new Step(2 * faults, () -> anySubscription().relay().poison(anyKey())));
    steps.add(new Step(2 * faults, () -> anySubscription().relay().heal()));
    steps.add(new Step(10, () -> anyWorker().redriveAny(random)));
    steps.add(new Step(resets, () -> reset(anySubscription())));
  }

  private <E> E any(List<E> list) {
    return list.get(random.nextInt(list.size()));
  }

  private ModelSubscription anySubscription() {
    return any(subscriptions);
  }

  private ModelWorker anyWorker() {
    return any(anySubscription().workers());
  }

  private ModelPartition anyPartition() {
    return any(partitions.get(any(topics).name()));
  }

  private Fault fault() {
    return healed || random.nextInt(25) > 0
        ? Fault.NONE
        : random.nextBoolean() ? Fault.BEFORE : Fault.AFTER;
  }

  /** Lets so much happen. */
  void run(int count) {
    int total = steps.stream().mapToInt(Step::weight).sum();
    for (int i = 0; i < count; i++) {
      int chosen = random.nextInt(total);
      int step = 0;
      while (chosen >= steps.get(step).weight) {
        chosen -= steps.get(step).weight;
        step++;
      }
      steps.get(step).action.run();
      anySubscription().forgetIdleWorkers();
    }
  }

  private String anyKey() {
    return random.nextBoolean() ? anySourceKey() : Relay.targetKey(random.nextInt(100));
  }

  private String anySourceKey() {
    return "s" + random.nextInt(SOURCE_KEYS);
  }

  private void publishToSource() {
    List<LogMessage> messages = new ArrayList<>();
    int partition = random.nextInt(topics.get(0).partitions());
    for (int i = random.nextInt(6); i >= 0 && sourceMessages < MAX_SOURCE_MESSAGES; i--) {
      String key = anySourceKey();
      if (Partitioner.partitionOf(key, topics.get(0).partitions()) == partition) {
        Encoded text = codec.encode(key + "|" + ++sourceMessages);
        messages.add(
            new LogMessage(
                key, "", Map.of(), text.serializerId(), text.manifest(), text.payload()));
      }
    }
    partition(topics.get(0).name(), partition)
        .receive(
            new PublishBatch(
                topics.get(0).name(),
                partition,
                "application",
                ++sourceBatches,
                messages,
                List.of(),
                null),
            network.nowMillis(),
            Fault.NONE);
  }

  private ModelPartition partition(String topic, int partition) {
    return partitions.get(topic).get(partition);
  }

  private void runAnyKey(ModelWorker worker) {
    List<String> ready = worker.readyKeys();
    if (!worker.isEnding() && !ready.isEmpty()) {
      worker.run(any(ready), 1 + random.nextInt(5));
    }
  }

  private void arrive(ModelNetwork.Sent sent) {
    PublishBatch batch = sent.batch();
    ModelPartition partition = partition(batch.topic(), batch.partition());
    partition
        .receive(batch, network.nowMillis(), fault())
        .ifPresent(receipt -> network.answer(sent.from(), receipt));
    for (Lanes.Remembered lane : partition.remembered()) {
      assertThat(lane.stored().stream().map(Lanes.Stored::offset).distinct())
          .as("what %s remembers of %s", partition.id(), lane.lane())
          .hasSizeLessThanOrEqualTo(subscription(lane.lane()).maxRemembered());
    }
  }

  private ModelSubscription subscription(String lane) {
    return byLane.computeIfAbsent(
        lane,
        name ->
            subscriptions.stream()
                .filter(subscription -> subscription.hasLane(name))
                .findFirst()
                .orElseThrow());
  }

  private void repeat(ModelPublisher publisher) {
    publisher.repeat(random.nextInt(publisher.partitions()));
  }

  private void crash(ModelSubscription subscription) {
    subscription.current().crash();
    subscription.start(any(nodes));
  }

  private void crash(ModelNode node) {
    for (ModelSubscription subscription : subscriptions) {
      subscription.workers().stream()
          .filter(worker -> worker.node().equals(node.name()))
          .forEach(ModelWorker::crash);
    }
    node.publishers().forEach(ModelPublisher::crash);
  }

  private void reset(ModelSubscription subscription) {
    if (!subscription.current().isEnding() && !subscription.current().isSaving()) {
      long offset = random.nextInt((int) subscription.source().end() + 1);
      subscription.reset(offset, random.nextInt(3) == 0, fault());
    }
  }

  /** Ends all faults, and lets everything happen that is still to happen. */
  void drain() {
    healed = true;
    subscriptions.forEach(subscription -> subscription.relay().heal());
    nodes.forEach(node -> node.cutOff(false));
    for (int round = 0; !hasCaughtUp(); round++) {
      assertThat(round).as("rounds that it takes to drain").isLessThan(MAX_ROUNDS);
      List<ModelSubscription> inAnyOrder = new ArrayList<>(subscriptions);
      Collections.shuffle(inAnyOrder, random);
      inAnyOrder.forEach(this::goOn);
      nodes.forEach(node -> node.publishers().forEach(ModelPublisher::repeatAll));
      for (int i = 0; i < 20; i++) {
        network.deliverBatch(false, this::arrive);
        network.deliverAnswer(false, ModelPublisher::receive);
      }
    }
  }

  private void goOn(ModelSubscription subscription) {
    subscription.ensureAlive(any(nodes));
    for (ModelWorker worker : List.copyOf(subscription.workers())) {
      worker.fetch(5);
      worker.redriveAny(random);
      runAnyKey(worker);
      worker.endRequest(random, Fault.NONE);
      worker.save();
      worker.endSave(Fault.NONE);
    }
  }

  private boolean hasCaughtUp() {
    return network.isEmpty()
        && subscriptions.stream().allMatch(ModelSubscription::hasCaughtUp)
        && nodes.stream()
            .flatMap(node -> node.publishers().stream())
            .allMatch(ModelPublisher::isIdle);
  }

  /** Who publishes to a topic, and where. */
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
