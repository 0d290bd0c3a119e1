package org.perille.internal.effect;

import java.util.List;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.Topic;

/**
 * A state machine that returns two events and two messages for each message.
 *
 * <p>Its state is a checksum of the events, in order.
 */
class TwoOfEach implements EventSourcedHandler<String, Long, String> {
  private final Topic<String> target;

  TwoOfEach(Topic<String> target) {
    this.target = target;
  }

  /** Returns a topic of texts whose keys precede a bar. */
  static Topic<String> topic(String name, int partitions) {
    return Topic.of(name, String.class)
        .keyedBy(text -> text.substring(0, text.indexOf('|')))
        .withPartitions(partitions);
  }

  static Long sum(Long state, String event) {
    return state * 31 + event.hashCode();
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
    return Effect.ofAll(List.of(text + "!0", text + "!1"))
        .publish(target, "t|" + text + ".0")
        .publish(target, "t|" + text + ".1");
  }

  @Override
  public Long apply(Long state, String event) {
    return sum(state, event);
  }
}
