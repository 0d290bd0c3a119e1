package org.perille.internal.hook;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.perille.Delivery;
import org.perille.DeliveryInterceptor.Scope;
import org.perille.PerilleListener.Handled;
import org.perille.PerilleListener.Place;

/** The hooks around the attempts of one subscription. */
record Attempts(String subscription, Hooks hooks) {

  /** Begins the attempt at a message. The scope that it returns never throws. */
  Scope begin(Delivery<?> delivery) {
    Scope scope = enter(delivery);
    // Behind the interceptors, so that the time is that of the handler alone.
    long begun = System.nanoTime();
    return failure -> {
      if (failure.isEmpty()) {
        handled(List.of(delivery), Duration.ofNanos(System.nanoTime() - begun));
      }
      scope.end(failure);
    };
  }

  /** Enters the interceptors alone. */
  Scope enter(Delivery<?> delivery) {
    return hooks.interceptors().enter(subscription, delivery);
  }

  /** Reports messages that were handled in one call. */
  void handled(List<? extends Delivery<?>> deliveries, Duration time) {
    hooks
        .listeners()
        .report(
            () -> {
              Delivery<?> first = deliveries.get(0);
              Place place = new Place(first.topic(), subscription, first.partition());
              Handled event = new Handled(place, deliveries.size(), time);
              return listener -> listener.handled(event);
            });
  }

  /** Ends scopes, the last one first. */
  static void end(List<Scope> scopes, Optional<Throwable> failure) {
    for (int i = scopes.size() - 1; i >= 0; i--) {
      scopes.get(i).end(failure);
    }
  }
}
