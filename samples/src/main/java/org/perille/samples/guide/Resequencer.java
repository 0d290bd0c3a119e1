package org.perille.samples.guide;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.EventSourcedSubscription;
import org.perille.OnExhausted;
import org.perille.PerilleMessage;
import org.perille.RetryPolicy;
import org.perille.Subscription;
import org.perille.Topic;

/** Publishes the scans of a shipment in the order of their numbers. */
final class Resequencer
    implements EventSourcedHandler<Numbering.Scan, Resequencer.Sequence, Numbering.Scan> {
  /**
   * The position in a shipment.
   *
   * @param next the number that is published next
   * @param waiting scans with higher numbers, by number
   */
  record Sequence(long next, SortedMap<Long, Numbering.Scan> waiting) implements PerilleMessage {
    Sequence {
      waiting = Collections.unmodifiableSortedMap(new TreeMap<>(waiting));
    }
  }

  /** Thrown for a scan that would wait behind too many others. */
  static final class TooFarAheadException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooFarAheadException(Numbering.Scan scan, Sequence sequence) {
      super(
          "scan %d of shipment '%s' can't wait: %d scans wait already for scan %d"
              .formatted(
                  scan.number(), scan.shipment(), sequence.waiting().size(), sequence.next()));
    }
  }

  static final int MAX_WAITING = 1_000;

  static final Topic<Numbering.Scan> CLEARED =
      Topic.of("cleared", Numbering.Scan.class).keyedBy(Numbering.Scan::shipment);
  static final Topic<Numbering.Scan> JOURNEY =
      Topic.of("journey", Numbering.Scan.class).keyedBy(Numbering.Scan::shipment);

  /** Parking the key would hold back the number that is missing, so the key continues. */
  static EventSourcedSubscription<Numbering.Scan, Sequence> resequencing(int maxWaiting) {
    return Subscription.of("resequencing", CLEARED)
        .effectivelyOnce(new Resequencer(maxWaiting))
        .withRetries(RetryPolicy.standard().givingUpOn(TooFarAheadException.class))
        .onExhausted(OnExhausted.CONTINUE);
  }

  private final int maxWaiting;

  private Resequencer(int maxWaiting) {
    this.maxWaiting = maxWaiting;
  }

  @Override
  public Effect<Numbering.Scan> handle(Sequence sequence, Delivery<Numbering.Scan> delivery) {
    Numbering.Scan scan = delivery.payload();
    if (scan.number() < sequence.next() || sequence.waiting().containsKey(scan.number())) {
      return Effect.none();
    }
    if (scan.number() > sequence.next() && sequence.waiting().size() >= maxWaiting) {
      throw new TooFarAheadException(scan, sequence);
    }
    Effect<Numbering.Scan> effect = Effect.of(scan);
    SortedMap<Long, Numbering.Scan> known = with(sequence, scan);
    for (long number = sequence.next(); known.containsKey(number); number++) {
      effect = effect.publish(JOURNEY, known.get(number));
    }
    return effect;
  }

  @Override
  public Sequence apply(Sequence sequence, Numbering.Scan scan) {
    SortedMap<Long, Numbering.Scan> known = with(sequence, scan);
    long next = sequence.next();
    while (known.remove(next) != null) {
      next++;
    }
    return new Sequence(next, known);
  }

  private static SortedMap<Long, Numbering.Scan> with(Sequence sequence, Numbering.Scan scan) {
    SortedMap<Long, Numbering.Scan> known = new TreeMap<>(sequence.waiting());
    known.put(scan.number(), scan);
    return known;
  }

  @Override
  public Sequence emptyState() {
    return new Sequence(1, new TreeMap<>());
  }

  @Override
  public Class<Sequence> stateType() {
    return Sequence.class;
  }

  @Override
  public Class<Numbering.Scan> eventType() {
    return Numbering.Scan.class;
  }
}
