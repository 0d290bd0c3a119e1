package org.perille.samples.guide;

import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.EventSourcedSubscription;
import org.perille.PerilleMessage;
import org.perille.Subscription;
import org.perille.Topic;

/** Numbers the events of a shipment, and passes each on to the topic of the parcels. */
final class Numbering
    implements EventSourcedHandler<Numbering.Event, Numbering.Last, Numbering.Scan> {
  record Event(String shipment, String parcel, String text) implements PerilleMessage {}

  /**
   * An event of a parcel.
   *
   * @param number its number in the shipment, from 1 without gaps
   */
  record Scan(String shipment, long number, String parcel, String text) implements PerilleMessage {}

  record Last(long number) implements PerilleMessage {}

  static final Topic<Event> SHIPMENTS = Topic.of("shipments", Event.class).keyedBy(Event::shipment);
  static final Topic<Scan> PARCELS = Topic.of("parcels", Scan.class).keyedBy(Scan::parcel);

  static final EventSourcedSubscription<Event, Last> NUMBERING =
      Subscription.of("numbering", SHIPMENTS).effectivelyOnce(new Numbering());

  @Override
  public Effect<Scan> handle(Last last, Delivery<Event> delivery) {
    Event event = delivery.payload();
    Scan scan = new Scan(event.shipment(), last.number() + 1, event.parcel(), event.text());
    return Effect.of(scan).publish(PARCELS, scan);
  }

  @Override
  public Last apply(Last last, Scan scan) {
    return new Last(scan.number());
  }

  @Override
  public Last emptyState() {
    return new Last(0);
  }

  @Override
  public Class<Last> stateType() {
    return Last.class;
  }

  @Override
  public Class<Scan> eventType() {
    return Scan.class;
  }
}
