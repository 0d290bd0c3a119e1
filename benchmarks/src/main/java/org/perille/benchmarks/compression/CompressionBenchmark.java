package org.perille.benchmarks.compression;

import com.sun.management.OperatingSystemMXBean;
import com.typesafe.config.ConfigFactory;
import com.zaxxer.hikari.HikariDataSource;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.perille.Compression;
import org.perille.Perille;
import org.perille.Publisher;
import org.perille.Topic;
import org.perille.benchmarks.contender.Parcel;
import org.perille.benchmarks.contender.Stand;

/**
 * Publishes as fast as possible with each type of compression, in turns.
 *
 * <p>The messages are parcels of 200 random bytes, and invoices as JSON and as CBOR. Each pair of
 * messages and type has a topic of its own on one node, so that everything else is the same.
 *
 * <p>Arguments: rounds (5), seconds of a measurement (10), the gzipped file of invoices.
 */
final class CompressionBenchmark {
  private static final int PARTITIONS = 16;
  private static final int IN_FLIGHT = 20_000;
  private static final int BYTES = 200;

  /**
   * Publishing to one topic.
   *
   * @param payload the name of the kind of messages
   */
  private record Subject<T>(
      String payload,
      Compression compression,
      Topic<T> topic,
      IntFunction<T> messages,
      LongAdder published) {}

  /** The result of one measurement. */
  private record Measured(Subject<?> subject, double perSecond, double cpuMicros) {}

  private CompressionBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5;
    int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 10;
    List<Subject<?>> subjects =
        subjects(Invoice.read(arguments.length > 2 ? Path.of(arguments[2]) : Invoice.FILE));
    try (Stand stand = Stand.start();
        HikariDataSource pool = stand.pool(1);
        Perille perille =
            Perille.start(
                ConfigFactory.parseString(
                        "pekko.actor.serialization-bindings { \"%s\" = jackson-json }"
                            .formatted(Invoice.Json.class.getName()))
                    .withFallback(stand.perilleConfig()),
                subjects.stream().map(Subject::topic).toArray(Topic<?>[]::new))) {
      // The first round is the warm-up.
      List<Measured> all = new ArrayList<>();
      List<Subject<?>> turn = new ArrayList<>(subjects);
      Random random = new Random(42);
      for (int round = 0; round <= rounds; round++) {
        for (Subject<?> subject : turn) {
          Measured measured = measure(perille, subject, seconds);
          if (round > 0) {
            all.add(measured);
          }
        }
        // No subject always follows the same one.
        Collections.shuffle(turn, random);
      }
      report(subjects, all, pool);
    }
  }

  private static List<Subject<?>> subjects(List<Invoice.Cbor> invoices) {
    List<Invoice.Json> json = invoices.stream().map(Invoice.Json::of).toList();
    Parcel.Source source = new Parcel.Source(BYTES, 42);
    List<Subject<?>> subjects = new ArrayList<>();
    for (Compression type : Compression.values()) {
      subjects.add(
          new Subject<>(
              "random",
              type,
              topic("random", type, Parcel.class, Parcel::key),
              number -> source.next(0),
              new LongAdder()));
      subjects.add(
          new Subject<>(
              "json",
              type,
              topic("json", type, Invoice.Json.class, Invoice::customer),
              number -> json.get(number % json.size()),
              new LongAdder()));
      subjects.add(
          new Subject<>(
              "cbor",
              type,
              topic("cbor", type, Invoice.Cbor.class, Invoice::customer),
              number -> invoices.get(number % invoices.size()),
              new LongAdder()));
    }
    return subjects;
  }

  private static <T> Topic<T> topic(
      String payload, Compression type, Class<T> messages, Function<? super T, String> key) {
    return Topic.of(payload + "-" + type.name().toLowerCase(Locale.ROOT), messages)
        .keyedBy(key)
        .withPartitions(PARTITIONS)
        .compressed(type);
  }

  private static <T> Measured measure(Perille perille, Subject<T> subject, int seconds)
      throws InterruptedException {
    Publisher<T> publisher = perille.publisher(subject.topic);
    Semaphore inFlight = new Semaphore(IN_FLIGHT);
    long cpu = cpuNanos();
    long begin = System.nanoTime();
    long end = begin + TimeUnit.SECONDS.toNanos(seconds);
    int count = 0;
    while (System.nanoTime() < end) {
      inFlight.acquire();
      publisher
          .publish(subject.messages.apply(count++))
          .whenComplete((receipt, failure) -> inFlight.release());
    }
    inFlight.acquire(IN_FLIGHT);
    subject.published.add(count);
    double taken = (System.nanoTime() - begin) / 1e9;
    Measured measured =
        new Measured(subject, count / taken, (cpuNanos() - cpu) / 1e3 / Math.max(1, count));
    System.out.printf(
        "%s: %,.0f messages/s, %.1f us of the JVM's CPU time for each%n",
        subject.topic.name(), measured.perSecond, measured.cpuMicros);
    return measured;
  }

  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static void report(List<Subject<?>> subjects, List<Measured> all, HikariDataSource pool)
      throws SQLException {
    System.out.println("| payload | compression | messages/s | to none | CPU us | bytes stored |");
    System.out.println("|---|---|---|---|---|---|");
    for (String payload : List.of("random", "json", "cbor")) {
      double none = 0;
      for (Subject<?> subject : subjects) {
        if (subject.payload.equals(payload)) {
          List<Measured> own =
              all.stream()
                  .filter(measured -> measured.subject.topic.name().equals(subject.topic.name()))
                  .toList();
          double perSecond = median(own.stream().map(Measured::perSecond).toList());
          none = subject.compression == Compression.NONE ? perSecond : none;
          System.out.printf(
              "| %s | %s | %,.0f | %.2f | %.1f | %.0f |%n",
              payload,
              subject.compression.name().toLowerCase(Locale.ROOT),
              perSecond,
              perSecond / none,
              median(own.stream().map(Measured::cpuMicros).toList()),
              bytesPerMessage(pool, subject));
        }
      }
    }
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().skip(values.size() / 2).findFirst().orElse(Double.NaN);
  }

  /** Returns the bytes of a topic's journal for each of its messages. */
  private static double bytesPerMessage(HikariDataSource pool, Subject<?> subject)
      throws SQLException {
    try (Connection connection = pool.getConnection();
        PreparedStatement query =
            connection.prepareStatement(
                "SELECT SUM(OCTET_LENGTH(event_payload)) FROM perille_journal"
                    + " WHERE persistence_id LIKE ?")) {
      query.setString(1, "perille-partition|" + subject.topic.name() + "%");
      try (ResultSet bytes = query.executeQuery()) {
        bytes.next();
        return bytes.getLong(1) / (double) Math.max(1, subject.published.sum());
      }
    }
  }
}
