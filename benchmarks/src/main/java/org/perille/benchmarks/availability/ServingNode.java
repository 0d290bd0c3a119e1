package org.perille.benchmarks.availability;

import com.typesafe.config.ConfigFactory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.perille.Perille;
import org.perille.Publisher;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.benchmarks.contender.Due;
import org.perille.benchmarks.contender.Parcel;
import org.perille.benchmarks.contender.Stand;
import org.perille.benchmarks.trial.Meter;

/**
 * A node that publishes parcels at a rate which can be changed, and handles its share of the
 * partitions, until SIGTERM. Then it stops publishing, closes Perille, and writes its result.
 */
public final class ServingNode {
  private static final Topic<Parcel> PARCELS =
      Topic.of("parcels", Parcel.class).keyedBy(Parcel::key).withPartitions(16);

  private static final int BYTES = 200;

  /** Longer than any measurement. */
  static final int MOST_SECONDS = 600;

  /**
   * The line that the node prints when it is ready, followed by the milliseconds since the start of
   * Perille.
   */
  static final String READY = "ready";

  /** The beginning of the line that the node prints for each publish that failed. */
  static final String FAILED = "failed";

  /** A command: the rate follows, in parcels per second. */
  static final String RATE = "rate";

  /** A command: measures the parcels that are due from now on. */
  static final String MEASURE = "measure";

  private final Path result;
  private final AtomicLong stored = new AtomicLong();
  private final AtomicLong answered = new AtomicLong();
  private volatile Meter meter = new Meter(System.nanoTime(), MOST_SECONDS);
  private volatile int rate;
  private volatile boolean stopping;

  private ServingNode(Path result) {
    this.result = result;
  }

  /**
   * Runs a node.
   *
   * @param arguments the URL of the database, and the file of the result
   */
  public static void main(String[] arguments) throws Exception {
    new ServingNode(Path.of(arguments[1])).run(arguments[0]);
  }

  private void run(String databaseUrl) throws IOException {
    long began = System.nanoTime();
    Perille perille =
        Perille.start(
            ConfigFactory.parseString("perille.cluster.stop-on-jvm-exit = off")
                .withFallback(Stand.perilleConfig(databaseUrl)),
            Subscription.of("handling", PARCELS)
                .atLeastOnce(parcel -> meter.done(Parcel.dueNanos(parcel.payload().bytes()))));
    long now = System.nanoTime();
    say(READY + " " + TimeUnit.NANOSECONDS.toMillis(now - began));
    Thread sender = new Thread(() -> send(perille.publisher(PARCELS)), "sender");
    sender.start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(perille, sender), "stop"));
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String order = orders.readLine(); order != null; order = orders.readLine()) {
      obey(order);
    }
  }

  private static void say(String line) {
    System.out.println(line);
  }

  private void obey(String order) {
    if (order.equals(MEASURE)) {
      meter = new Meter(System.nanoTime(), MOST_SECONDS);
    } else {
      rate = Integer.parseInt(order.substring(RATE.length() + 1));
    }
  }

  private void send(Publisher<Parcel> publisher) {
    Parcel.Source source = new Parcel.Source(BYTES, ProcessHandle.current().pid());
    long due = System.nanoTime();
    while (!stopping) {
      int current = rate;
      if (current == 0) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        due = System.nanoTime();
      } else {
        due += TimeUnit.SECONDS.toNanos(1) / current;
        Due.await(due);
        stored.incrementAndGet();
        publisher.publish(source.next(due)).whenComplete((receipt, failure) -> answer(failure));
      }
    }
  }

  private void answer(Throwable failure) {
    answered.incrementAndGet();
    if (failure != null) {
      say(FAILED + " " + failure);
    }
  }

  private void stop(Perille perille, Thread sender) {
    stopping = true;
    try {
      sender.join();
      perille.close();
      if (answered.get() != stored.get()) {
        say(FAILED + " " + (stored.get() - answered.get()) + " publishes without an answer");
      }
      meter.result().write(result);
    } catch (InterruptedException | IOException e) {
      say(FAILED + " " + e);
    }
  }
}
