package org.perille.samples.guide;

import java.time.Duration;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.EventSourcedSubscription;
import org.perille.Message;
import org.perille.PerilleMessage;
import org.perille.Subscription;
import org.perille.Topic;

/** Books a seat, a room and a payment for a trip, or none of them. */
final class TripSaga implements EventSourcedHandler<TripSaga.Step, TripSaga.Trip, TripSaga.Step> {
  /** A request, an answer, or the end of the time for them. It is a message and an event. */
  sealed interface Step extends PerilleMessage {
    String trip();
  }

  record Requested(String trip, String flight, String hotel, int price) implements Step {}

  record Accepted(String trip, String place) implements Step {}

  record Refused(String trip, String place) implements Step {}

  record Paid(String trip) implements Step {}

  record NotPaid(String trip) implements Step {}

  record TimedOut(String trip) implements Step {}

  /** Reserves a place for a trip, or releases it. */
  record Command(String place, String trip, boolean release) implements PerilleMessage {}

  record Charge(String trip, int price) implements PerilleMessage {}

  /** The step that comes next. */
  enum Phase {
    REQUEST,
    SEAT,
    ROOM,
    PAYMENT,
    BOOKED,
    CANCELLED
  }

  record Trip(Phase phase, String flight, String hotel, int price) implements PerilleMessage {
    Trip in(Phase next) {
      return new Trip(next, flight, hotel, price);
    }
  }

  static final Topic<Step> TRIPS = Topic.of("trips", Step.class).keyedBy(Step::trip);
  static final Topic<Command> PLACES = Topic.of("places", Command.class).keyedBy(Command::place);
  static final Topic<Charge> CHARGES = Topic.of("charges", Charge.class).keyedBy(Charge::trip);
  static final Topic<TimedOut> DEADLINES =
      Topic.of("deadlines", TimedOut.class).keyedBy(TimedOut::trip);

  static final Duration ANSWERS_WITHIN = Duration.ofHours(1);

  static final EventSourcedSubscription<Step, Trip> SAGA =
      Subscription.of("saga", TRIPS).effectivelyOnce(new TripSaga());

  /** Forwards deadlines when they are due. In the topic of the trips they would hold back steps. */
  static final Subscription<TimedOut> DEADLINE =
      Subscription.of("deadline", DEADLINES)
          .effectivelyOnce(due -> Effect.none().publish(TRIPS, due.payload()));

  @Override
  public Effect<Step> handle(Trip trip, Delivery<Step> delivery) {
    Step step = delivery.payload();
    Effect<Step> stored = Effect.of(step);
    boolean failed = step instanceof Refused || step instanceof TimedOut;
    return switch (trip.phase()) {
      case REQUEST ->
          step instanceof Requested requested
              ? stored
                  .publish(
                      DEADLINES,
                      Message.of(new TimedOut(step.trip()))
                          .notBefore(delivery.publishedAt().plus(ANSWERS_WITHIN)))
                  .publish(PLACES, reserve(requested.flight(), step))
              : Effect.none();
      case SEAT ->
          step instanceof Accepted
              ? stored.publish(PLACES, reserve(trip.hotel(), step))
              : failed ? stored : Effect.none();
      case ROOM ->
          step instanceof Accepted
              ? stored.publish(CHARGES, new Charge(step.trip(), trip.price()))
              : failed ? stored.publish(PLACES, release(trip.flight(), step)) : Effect.none();
      // From here on the trip doesn't end by time: the money may have moved.
      case PAYMENT ->
          step instanceof Paid
              ? stored
              : step instanceof NotPaid
                  ? stored
                      .publish(PLACES, release(trip.hotel(), step))
                      .publish(PLACES, release(trip.flight(), step))
                  : Effect.none();
      // An answer that comes after the deadline is undone.
      case CANCELLED ->
          step instanceof Accepted late
              ? Effect.<Step>none().publish(PLACES, release(late.place(), step))
              : Effect.none();
      case BOOKED -> Effect.none();
    };
  }

  private static Command reserve(String place, Step step) {
    return new Command(place, step.trip(), false);
  }

  private static Command release(String place, Step step) {
    return new Command(place, step.trip(), true);
  }

  @Override
  public Trip apply(Trip trip, Step event) {
    if (event instanceof Requested requested) {
      return new Trip(Phase.SEAT, requested.flight(), requested.hotel(), requested.price());
    }
    if (event instanceof Accepted) {
      return trip.in(trip.phase() == Phase.SEAT ? Phase.ROOM : Phase.PAYMENT);
    }
    return trip.in(event instanceof Paid ? Phase.BOOKED : Phase.CANCELLED);
  }

  @Override
  public Trip emptyState() {
    return new Trip(Phase.REQUEST, "", "", 0);
  }

  @Override
  public Class<Trip> stateType() {
    return Trip.class;
  }

  @Override
  public Class<Step> eventType() {
    return Step.class;
  }
}
