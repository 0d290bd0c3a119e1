package org.perille.benchmarks.orders;

import com.sun.management.OperatingSystemMXBean;
import com.zaxxer.hikari.HikariDataSource;
import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.perille.Delivery;
import org.perille.EventSourcedSubscription;
import org.perille.Perille;
import org.perille.Publisher;
import org.perille.Receipt;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.benchmarks.contender.Counting;
import org.perille.benchmarks.contender.EffectTable;
import org.perille.benchmarks.contender.Parcel;
import org.perille.benchmarks.contender.Stand;
import org.perille.persistence.JdbcHandler;

/**
 * Orders of many customers, and the work that follows from each.
 *
 * <p>A payment is a row in a table of the application, the inventory is event-sourced, a
 * notification uses a service that stalls for a while, and analytics writes a line. At the end the
 * benchmark counts each order in all of them.
 */
public final class OrdersBenchmark {
  private static final int BYTES = 200;
  private static final int WARM_UP_SECONDS = 120;
  private static final long TIMEOUT_SECONDS = 300;

  /** One of this many orders queries the inventory. Queries are work too. */
  private static final int ASKS_EACH = 20;

  private static final Topic<Parcel> ORDERS =
      Topic.of("orders", Parcel.class).keyedBy(Parcel::key).withPartitions(16);

  private final Timetable timetable;
  private final Sightings published;
  private final Sightings payment;
  private final Sightings inventory;
  private final Sightings notification;
  private final Sightings analytics;
  private final EffectTable payments;
  private final EventSourcedSubscription<Parcel, Counting.Count> counting =
      Subscription.of("inventory", ORDERS).effectivelyOnce(new Counting(Optional.empty()));
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  private OrdersBenchmark(int rate, int seconds) {
    this.timetable = new Timetable(rate, WARM_UP_SECONDS, seconds);
    this.published = new Sightings("published, durable", timetable);
    this.payment = new Sightings("payment, effectively-once (JDBC)", timetable);
    this.inventory = new Sightings("inventory, effectively-once (events)", timetable);
    this.notification = new Sightings("notification, at-least-once", timetable);
    this.analytics = new Sightings("analytics, at-most-once", timetable);
    this.payments = new EffectTable(payment);
  }

  /**
   * Runs the benchmark. Exits with 1 if an order is lost.
   *
   * @param arguments the orders per second, and the seconds to measure
   */
  public static void main(String[] arguments) throws Exception {
    int rate = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 10_000;
    int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 60;
    System.exit(new OrdersBenchmark(rate, seconds).run() ? 0 : 1);
  }

  private boolean run() throws Exception {
    try (Stand stand = Stand.start();
        HikariDataSource pool = stand.pool(10)) {
      payments.create(pool);
      DataSource telling = payments.telling(pool);
      try (Perille perille =
          Perille.start(
              stand.perilleConfig(),
              counting,
              Subscription.of("payment", ORDERS)
                  .effectivelyOnce(
                      JdbcHandler.ofBatches(
                          telling,
                          (connection, orders) ->
                              payments.insertAll(
                                  connection, orders.stream().map(Delivery::payload).toList()))),
              Subscription.of("notification", ORDERS).atLeastOnce(this::notify),
              Subscription.of("analytics", ORDERS)
                  .atMostOnce(
                      order -> analytics.accept(Parcel.dueNanos(order.payload().bytes()))))) {
        double cores = send(perille);
        awaitAll();
        return report(cores, counted(perille), paid(pool));
      }
    }
  }

  private void notify(Delivery<Parcel> order) {
    // The remainder is 0 outside a stall: parkNanos then returns at once.
    LockSupport.parkNanos(timetable.standstillLeft());
    notification.accept(Parcel.dueNanos(order.payload().bytes()));
  }

  /**
   * Sends each order when it is due.
   *
   * @return the average number of cores that this process used meanwhile
   */
  private double send(Perille perille) {
    Publisher<Parcel> publisher = perille.publisher(ORDERS);
    Parcel.Source source = new Parcel.Source(BYTES, 42);
    timetable.begin();
    long cpuNanos = 0;
    for (int i = 0; i < timetable.orders() && failure.get() == null; i++) {
      if (i == timetable.firstMeasured()) {
        cpuNanos = cpuNanos();
      }
      long due = timetable.awaitDue(i);
      CompletionStage<Receipt> stored = publisher.publish(source.next(due));
      CompletionStage<?> noted = stored.thenAccept(receipt -> published.accept(due));
      if (i % ASKS_EACH == 0) {
        noted =
            stored
                .thenCompose(receipt -> perille.subscription(counting).awaitHandled(receipt))
                .thenAccept(done -> inventory.accept(due));
      }
      CompletionStage<?> unused =
          noted.whenComplete((done, cause) -> failure.compareAndSet(null, cause));
    }
    return (cpuNanos() - cpuNanos) / 1e9 / timetable.seconds();
  }

  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  /** Waits until all orders are seen everywhere, or until the time-out. */
  private void awaitAll() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
    for (Sightings all : List.of(published, payment, notification, analytics)) {
      while (all.missing() > 0 && failure.get() == null && System.nanoTime() < end) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
      }
    }
  }

  /** Returns the sum of all customers' states, once it is final or at the time-out. */
  private long counted(Perille perille) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
    long counted = 0;
    while (counted < timetable.orders() && System.nanoTime() < end) {
      counted = 0;
      for (int customer = 0; customer < Parcel.KEYS; customer++) {
        counted +=
            perille
                .subscription(counting)
                .key(Parcel.key(customer))
                .state()
                .toCompletableFuture()
                .join()
                .state()
                .parcels();
      }
    }
    return counted;
  }

  private static long paid(DataSource pool) throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery("SELECT count(*), count(DISTINCT due_nanos) FROM effect")) {
      rows.next();
      return rows.getLong(1) == rows.getLong(2) ? rows.getLong(1) : -1;
    }
  }

  private boolean report(double cores, long counted, long paid) {
    if (failure.get() != null) {
      failure.get().printStackTrace();
    }
    System.out.printf(
        "%,d orders, of which the last %d s are measured; this process used %.2f cores, and"
            + " PostgreSQL others%n",
        timetable.orders(), timetable.seconds(), cores);
    for (Sightings all : List.of(published, payment, analytics, inventory, notification)) {
      System.out.println(all);
    }
    System.out.printf(
        "(the notification service stalled for %.0f s; the inventory was queried for 1 order in"
            + " %d)%n",
        timetable.standstill(), ASKS_EACH);
    for (Sightings all : List.of(published, payment, analytics, notification)) {
      System.out.println(all.mistakes());
    }
    System.out.printf(
        "rows in the table of payments: %,d; sum of all inventories: %,d%n", paid, counted);
    boolean good =
        failure.get() == null
            && paid == timetable.orders()
            && counted == timetable.orders()
            && published.missing() + notification.missing() == 0
            // At-most-once may lose some when something fails. Nothing failed here.
            && analytics.missing() + analytics.repeated() == 0;
    System.out.println(
        good
            ? "nothing is lost, and only notifications may be repeated"
            : "FAILED: see the exception or the counts above");
    return good;
  }
}
