package org.perille.benchmarks.contender;

import static java.util.concurrent.TimeUnit.SECONDS;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongConsumer;
import javax.sql.DataSource;
import org.perille.Compression;
import org.perille.Definition;
import org.perille.Delivery;
import org.perille.NodeOptions;
import org.perille.Perille;
import org.perille.Publisher;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.micrometer.PerilleMetrics;
import org.perille.persistence.JdbcHandler;

/** Perille on PostgreSQL, one node, with its defaults. */
final class PerilleContender implements Contender {
  static final Set<Job> JOBS = Collections.unmodifiableSet(EnumSet.allOf(Job.class));

  /** The variant of the contender. */
  enum Variant {
    NONE,
    /** The JDBC handler receives several parcels at once. */
    BATCHES,
    /** Topics are compressed with LZ4. */
    LZ4,
    /** The node is measured, and its metrics are read as by a monitoring system. */
    METRICS
  }

  private static final long SCRAPE_SECONDS = 5;

  private final Topic<Parcel> parcels;
  private final Topic<Parcel> passedOn;

  private final Variant variant;
  private final Stand stand = Stand.start();
  private Optional<HikariDataSource> pool = Optional.empty();
  private Perille perille;
  private Publisher<Parcel> publisher;
  private Optional<Subscription<Parcel>> awaited = Optional.empty();
  private LongConsumer done;
  private EffectTable table;
  private final ScheduledExecutorService scrapes = Executors.newSingleThreadScheduledExecutor();

  /** Creates a contender that isn't started. */
  PerilleContender(Variant variant) {
    this.variant = variant;
    this.parcels = topic("parcels");
    this.passedOn = topic("passed-on");
  }

  private Topic<Parcel> topic(String name) {
    Topic<Parcel> topic =
        Topic.of(name, Parcel.class).keyedBy(Parcel::key).withPartitions(PARTITIONS);
    return variant == Variant.LZ4 ? topic.compressed(Compression.LZ4) : topic;
  }

  @Override
  public void begin(Work work, LongConsumer done) throws Exception {
    this.done = done;
    List<Definition> definitions =
        new ArrayList<>(
            switch (work.job()) {
              case PUBLISH -> List.<Definition>of(parcels);
              case HANDLE -> handling(work.subscriptions());
              case JDBC_EFFECT -> List.of(inserting());
              case EVENT_EFFECT -> {
                Subscription<Parcel> counting = counting(Optional.empty());
                awaited = Optional.of(counting);
                yield List.of(counting);
              }
              case CHAIN ->
                  List.of(counting(Optional.of(passedOn)), handling("handling", passedOn));
            });
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    PerilleMetrics metrics = PerilleMetrics.of(registry);
    if (variant == Variant.METRICS) {
      definitions.add(NodeOptions.none().withListener(metrics));
    }
    perille = Perille.start(stand.perilleConfig(), definitions.toArray(Definition[]::new));
    if (variant == Variant.METRICS) {
      metrics.watch(perille);
      var unused =
          scrapes.scheduleAtFixedRate(registry::scrape, SCRAPE_SECONDS, SCRAPE_SECONDS, SECONDS);
    }
    publisher = perille.publisher(parcels);
  }

  private List<Definition> handling(int subscriptions) {
    List<Definition> all = new ArrayList<>();
    for (int i = 0; i < subscriptions; i++) {
      all.add(handling("handling-" + i, parcels));
    }
    return all;
  }

  private Subscription<Parcel> handling(String name, Topic<Parcel> topic) {
    return Subscription.of(name, topic)
        .atLeastOnce(delivery -> done.accept(Parcel.dueNanos(delivery.payload().bytes())));
  }

  private Subscription<Parcel> inserting() throws Exception {
    table = new EffectTable(done);
    pool = Optional.of(stand.pool(10));
    table.create(pool.get());
    DataSource telling = table.telling(pool.get());
    return Subscription.of("inserting", parcels)
        .effectivelyOnce(
            variant == Variant.BATCHES
                ? JdbcHandler.ofBatches(
                    telling,
                    (connection, deliveries) ->
                        table.insertAll(
                            connection, deliveries.stream().map(Delivery::payload).toList()))
                : JdbcHandler.of(
                    telling,
                    (connection, delivery) -> table.insert(connection, delivery.payload())));
  }

  private Subscription<Parcel> counting(Optional<Topic<Parcel>> next) {
    return Subscription.of("counting", parcels).effectivelyOnce(new Counting(next));
  }

  @Override
  public CompletionStage<?> send(Parcel parcel) {
    CompletionStage<org.perille.Receipt> stored = publisher.publish(parcel);
    awaited.ifPresent(
        subscription ->
            stored
                .thenCompose(receipt -> perille.subscription(subscription).awaitHandled(receipt))
                .thenRun(() -> done.accept(Parcel.dueNanos(parcel.bytes()))));
    return stored;
  }

  @Override
  public void verify(long sent) throws SQLException {
    table.requireRows(pool.orElseThrow(), sent);
  }

  @Override
  public void close() throws IOException {
    scrapes.shutdownNow();
    if (perille != null) {
      perille.stop().toCompletableFuture().join();
    }
    pool.ifPresent(HikariDataSource::close);
    stand.close();
  }
}
