package org.perille.proof.workload;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.PerilleMessage;

/** Counts a key's messages, and passes each of them on to the next topic. */
public final class Counting
    implements EventSourcedHandler<Item, Counting.Counted, Counting.ItemCounted> {

  /** The number of a key's messages. */
  public record Counted(long count) implements PerilleMessage {}

  /** The event that a message was counted. */
  public record ItemCounted(String value) implements PerilleMessage {}

  /** The values for which {@code apply} has thrown on this node. */
  private final Set<String> thrownFor = ConcurrentHashMap.newKeySet();

  private final HandlerScript ordeal;
  private final Witness witness;

  Counting(HandlerScript ordeal, Witness witness) {
    this.ordeal = ordeal;
    this.witness = witness;
  }

  @Override
  public Class<Counted> stateType() {
    return Counted.class;
  }

  @Override
  public Class<ItemCounted> eventType() {
    return ItemCounted.class;
  }

  @Override
  public Counted emptyState() {
    return new Counted(0);
  }

  @Override
  public Effect<ItemCounted> handle(Counted state, Delivery<Item> delivery) throws Exception {
    ordeal.undergo(delivery);
    Item item = delivery.payload();
    Item passedOn = Item.of(item.key(), Workload.passedOn(item), Item.Mood.NORMAL);
    witness.passingOn(delivery, Workload.CHAINED.name(), passedOn);
    return Effect.of(new ItemCounted(item.value())).publish(Workload.CHAINED, passedOn);
  }

  @Override
  public Counted apply(Counted state, ItemCounted event) {
    String value = event.value();
    if (MessageFault.told(value) == MessageFault.APPLY_THROWS && thrownFor.add(value)) {
      HandlerError[] errors = HandlerError.values();
      errors[Math.floorMod(value.hashCode(), errors.length)].raise("apply throws for " + value);
    }
    return new Counted(state.count() + 1);
  }
}
