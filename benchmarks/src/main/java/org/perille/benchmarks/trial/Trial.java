package org.perille.benchmarks.trial;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.perille.benchmarks.contender.Contender;
import org.perille.benchmarks.contender.Due;
import org.perille.benchmarks.contender.Job;
import org.perille.benchmarks.contender.Parcel;

/** One contender and one workload: warms up, measures, and waits for parcels in flight. */
final class Trial {
  /** The limit of parcels in flight: enough to keep each contender busy, and within all buffers. */
  private static final int IN_FLIGHT = 20_000;

  /** The time without any parcel that is done, after which those that are missing count as lost. */
  private static final long LAST_ONES_SECONDS = 60;

  private final Setting setting;
  private final Contender contender;
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final Semaphore room;

  Trial(Setting setting, Contender contender) {
    this.setting = setting;
    this.contender = contender;
    this.room = new Semaphore(IN_FLIGHT * setting.work().subscriptions());
  }

  /**
   * Runs the trial.
   *
   * @throws IllegalStateException if a parcel failed, wasn't done in time, or has not one effect
   */
  Result run() throws Exception {
    AtomicReference<Meter> meter = new AtomicReference<>();
    contender.begin(
        setting.work(),
        due -> {
          meter.get().done(due);
          room.release();
        });
    long begin = System.nanoTime();
    long from = begin + TimeUnit.SECONDS.toNanos(setting.warmUpSeconds());
    meter.set(new Meter(from, setting.seconds()));
    long sent = send(begin, from + TimeUnit.SECONDS.toNanos(setting.seconds()), meter.get());
    awaitLastOnes(sent * setting.work().subscriptions(), meter.get());
    if (setting.work().job() == Job.JDBC_EFFECT) {
      contender.verify(sent);
    }
    return meter.get().result();
  }

  private long send(long begin, long end, Meter meter) throws InterruptedException {
    Parcel.Source source = new Parcel.Source(setting.payload(), setting.bytes(), 42);
    long sent = 0;
    while (true) {
      long due = nextDue(begin, sent);
      if (due - end >= 0 || failure.get() != null) {
        return sent;
      }
      send(source.next(due), due, meter);
      sent++;
    }
  }

  /**
   * Waits until the next parcel is due: at the given rate, or when the limit in flight allows it.
   */
  private long nextDue(long begin, long sent) throws InterruptedException {
    if (setting.isThroughput()) {
      room.acquire(setting.work().subscriptions());
      return System.nanoTime();
    }
    long due = begin + sent * 1_000_000_000L / setting.rate();
    Due.await(due);
    return due;
  }

  private void send(Parcel parcel, long due, Meter meter) {
    contender
        .send(parcel)
        .whenComplete(
            (stored, cause) -> {
              if (cause != null) {
                failure.compareAndSet(null, cause);
                room.release(setting.work().subscriptions());
              } else if (setting.work().job() == Job.PUBLISH) {
                meter.done(due);
                room.release();
              }
            });
  }

  private void awaitLastOnes(long expected, Meter meter) {
    long done = meter.count();
    long progressed = System.nanoTime();
    while (done < expected
        && failure.get() == null
        && System.nanoTime() - progressed < TimeUnit.SECONDS.toNanos(LAST_ONES_SECONDS)) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
      if (meter.count() > done) {
        done = meter.count();
        progressed = System.nanoTime();
      }
    }
    if (failure.get() != null) {
      throw new IllegalStateException("a parcel failed", failure.get());
    }
    if (meter.count() < expected) {
      throw new IllegalStateException(
          "of %,d deliveries, %,d are missing %d s after the last one was done"
              .formatted(expected, expected - meter.count(), LAST_ONES_SECONDS));
    }
  }
}
