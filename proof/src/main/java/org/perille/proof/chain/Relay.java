package org.perille.proof.chain;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.Topic;

/**
 * A state machine that reacts to a message with up to two events and up to two messages.
 *
 * <p>Both follow from the text of the message. The state is a checksum of the events, in order.
 */
final class Relay implements EventSourcedHandler<String, Long, String> {
  private static final int TARGET_KEYS = 4;

  private final Topic<String> target;
  private final Set<String> poisoned = new HashSet<>();

  Relay(Topic<String> target) {
    this.target = target;
  }

  /** Returns a topic of texts. The key of a text stands before a bar. */
  static Topic<String> topic(String name, int partitions) {
    return Topic.of(name, String.class).keyedBy(Relay::key).withPartitions(partitions);
  }

  private static String key(String text) {
    return text.substring(0, text.indexOf('|'));
  }

  static List<String> events(String text) {
    return IntStream.range(0, Math.floorMod(text.hashCode() / 3, 3))
        .mapToObj(i -> text + "!" + i)
        .toList();
  }

  static List<String> outgoing(String text) {
    int hash = text.hashCode();
    return IntStream.range(0, Math.floorMod(hash, 3))
        .mapToObj(i -> targetKey(hash / 9 + i) + "|" + text + "." + i)
        .toList();
  }

  static String targetKey(int number) {
    return "t" + Math.floorMod(number, TARGET_KEYS);
  }

  static Long sum(Long state, String event) {
    return state * 31 + event.hashCode();
  }

  /** Makes some of the key's messages fail from now on. */
  void poison(String key) {
    poisoned.add(key);
  }

  void heal() {
    poisoned.clear();
  }

  @Override
  public Class<Long> stateType() {
    return Long.class;
  }

  @Override
  public Class<String> eventType() {
    return String.class;
  }

  @Override
  public Long emptyState() {
    return 0L;
  }

  @Override
  public Effect<String> handle(Long state, Delivery<String> delivery) {
    String text = delivery.payload();
    if (poisoned.contains(delivery.key()) && text.hashCode() % 2 == 0) {
      throw new IllegalStateException("planned");
    }
    Effect<String> effect = Effect.ofAll(new ArrayList<>(events(text)));
    for (String message : outgoing(text)) {
      effect = effect.publish(target, message);
    }
    return effect;
  }

  @Override
  public Long apply(Long state, String event) {
    return sum(state, event);
  }
}
