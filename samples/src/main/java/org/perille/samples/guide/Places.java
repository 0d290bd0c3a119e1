package org.perille.samples.guide;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.EventSourcedSubscription;
import org.perille.PerilleMessage;
import org.perille.Subscription;

/** Reserves and releases the places of a flight or a hotel, which is the key. */
final class Places implements EventSourcedHandler<TripSaga.Command, Places.Taken, Places.Change> {
  static final int CAPACITY = 2;

  record Taken(SortedSet<String> trips) implements PerilleMessage {
    Taken {
      trips = Collections.unmodifiableSortedSet(new TreeSet<>(trips));
    }
  }

  record Change(String trip, boolean taken) implements PerilleMessage {}

  static final EventSourcedSubscription<TripSaga.Command, Taken> RESERVATIONS =
      Subscription.of("reservations", TripSaga.PLACES).effectivelyOnce(new Places());

  @Override
  public Effect<Change> handle(Taken taken, Delivery<TripSaga.Command> delivery) {
    TripSaga.Command command = delivery.payload();
    String trip = command.trip();
    if (command.release()) {
      return taken.trips().contains(trip) ? Effect.of(new Change(trip, false)) : Effect.none();
    }
    if (taken.trips().size() == CAPACITY) {
      return Effect.<Change>none()
          .publish(TripSaga.TRIPS, new TripSaga.Refused(trip, command.place()));
    }
    return Effect.of(new Change(trip, true))
        .publish(TripSaga.TRIPS, new TripSaga.Accepted(trip, command.place()));
  }

  @Override
  public Taken apply(Taken taken, Change change) {
    SortedSet<String> trips = new TreeSet<>(taken.trips());
    if (change.taken()) {
      trips.add(change.trip());
    } else {
      trips.remove(change.trip());
    }
    return new Taken(trips);
  }

  @Override
  public Taken emptyState() {
    return new Taken(new TreeSet<>());
  }

  @Override
  public Class<Taken> stateType() {
    return Taken.class;
  }

  @Override
  public Class<Change> eventType() {
    return Change.class;
  }
}
