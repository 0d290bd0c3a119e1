package org.perille.benchmarks;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.perille.Publisher;
import org.perille.Topic;
import org.perille.benchmarks.contender.Parcel;

/** The messages that the benchmarks in one process publish, and their publishing. */
final class Load {
  static final Topic<Parcel> TOPIC =
      Topic.of("load", Parcel.class).keyedBy(Parcel::key).withPartitions(16);

  private static final int BYTES = 200;
  private static final int IN_FLIGHT = 20_000;

  private Load() {}

  static Parcel.Source source() {
    return new Parcel.Source(BYTES, 42);
  }

  /** Publishes at full speed. Returns when all messages are durable. */
  static void publish(Publisher<Parcel> publisher, Stream<Parcel> parcels) {
    Semaphore inFlight = new Semaphore(IN_FLIGHT);
    for (Iterator<Parcel> all = parcels.iterator(); all.hasNext(); ) {
      Parcel parcel = all.next();
      inFlight.acquireUninterruptibly();
      publisher.publish(parcel).whenComplete((receipt, failure) -> inFlight.release());
    }
    inFlight.acquireUninterruptibly(IN_FLIGHT);
  }

  static double median(List<Double> values) {
    return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
  }
}
