package org.perille.proof.chain;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.Topic;
import org.perille.internal.effect.ChainPublisher;

/** A node: a publisher for each topic, used by the workers on this node. */
final class ModelNode {
  private final String name;
  private final Map<String, ModelPublisher> publishers = new LinkedHashMap<>();

  ModelNode(String name, List<Topic<String>> topics, ActorSystem<?> system, ModelNetwork network) {
    this.name = name;
    topics.forEach(
        topic ->
            publishers.put(
                topic.name(),
                new ModelPublisher(name + "/" + topic.name(), topic, system, network)));
  }

  String name() {
    return name;
  }

  @Override
  public String toString() {
    return name;
  }

  ChainPublisher chainPublisher(String topic) {
    return publishers.get(topic).chainPublisher();
  }

  /** Sets whether the batches that the node sends have to wait. */
  void cutOff(boolean isCutOff) {
    publishers.values().forEach(publisher -> publisher.cutOff(isCutOff));
  }

  List<ModelPublisher> publishers() {
    return List.copyOf(publishers.values());
  }
}
