package org.perille.samples.transfer;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.perille.Delivery;
import org.perille.EventSourcedSubscription;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.samples.launch.Journal;

/** The topic and the subscriptions of every node. */
final class Bank {
  static final Topic<Booking> BOOKINGS =
      Topic.of("bookings", Booking.class).keyedBy(Booking::account).withPartitions(8);
  static final EventSourcedSubscription<Booking, Balance> BALANCES =
      Subscription.of("balances", BOOKINGS).effectivelyOnce(new Balances());

  private Bank() {}

  /** Returns the auditor of a node, which notes each booking that it sees. */
  static Subscription<Booking> auditor(Journal notes) {
    return Subscription.of("auditor", BOOKINGS)
        .atLeastOnce((Delivery<Booking> delivery) -> note(delivery, notes));
  }

  private static void note(Delivery<Booking> delivery, Journal notes) {
    try {
      notes.append(Sighting.of(delivery, System.currentTimeMillis()).line());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
