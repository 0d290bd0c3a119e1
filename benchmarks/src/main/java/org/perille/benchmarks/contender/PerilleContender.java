package org.perille.benchmarks.contender;

import com.typesafe.config.Config;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.LongConsumer;
import javax.sql.DataSource;
import org.perille.Delivery;
import org.perille.Perille;
import org.perille.Publisher;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.JdbcHandler;

/** Perille on PostgreSQL, one node, with its defaults. */
final class PerilleContender implements Contender {
  static final Set<Job> JOBS = Collections.unmodifiableSet(EnumSet.allOf(Job.class));

  /** The variant of the contender. */
  enum Variant {
    NONE,
    /** The JDBC handler receives several parcels at once. */
    BATCHES
  }

  private static final Topic<Parcel> PARCELS = topic("parcels");
  private static final Topic<Parcel> PASSED_ON = topic("passed-on");

  private final Variant variant;
  private final Stand stand = Stand.start();
  private Optional<HikariDataSource> pool = Optional.empty();
  private Perille perille;
  private Publisher<Parcel> publisher;
  private Optional<Subscription<Parcel>> awaited = Optional.empty();
  private LongConsumer done;

  /** Creates a contender that isn't started. */
  PerilleContender(Variant variant) {
    this.variant = variant;
  }

  private static Topic<Parcel> topic(String name) {
    return Topic.of(name, Parcel.class).keyedBy(Parcel::key).withPartitions(PARTITIONS);
  }

  @Override
  public void begin(Work work, LongConsumer done) throws Exception {
    this.done = done;
    Config config = stand.perilleConfig();
    perille =
        switch (work.job()) {
          case PUBLISH -> Perille.start(config, PARCELS);
          case HANDLE -> Perille.start(config, handling(work.subscriptions()));
          case JDBC_EFFECT -> Perille.start(config, inserting());
          case EVENT_EFFECT -> {
            Subscription<Parcel> counting = counting(Optional.empty());
            awaited = Optional.of(counting);
            yield Perille.start(config, counting);
          }
          case CHAIN ->
              Perille.start(
                  config, counting(Optional.of(PASSED_ON)), handling("handling", PASSED_ON));
        };
    publisher = perille.publisher(PARCELS);
  }

  private Subscription<?>[] handling(int subscriptions) {
    List<Subscription<Parcel>> all = new ArrayList<>();
    for (int i = 0; i < subscriptions; i++) {
      all.add(handling("handling-" + i, PARCELS));
    }
    return all.toArray(new Subscription<?>[0]);
  }

  private Subscription<Parcel> handling(String name, Topic<Parcel> topic) {
    return Subscription.of(name, topic)
        .atLeastOnce(delivery -> done.accept(Parcel.dueNanos(delivery.payload().bytes())));
  }

  private Subscription<Parcel> inserting() throws Exception {
    EffectTable table = new EffectTable(done);
    pool = Optional.of(stand.pool(10));
    table.create(pool.get());
    DataSource telling = table.telling(pool.get());
    return Subscription.of("inserting", PARCELS)
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

  private static Subscription<Parcel> counting(Optional<Topic<Parcel>> next) {
    return Subscription.of("counting", PARCELS).effectivelyOnce(new Counting(next));
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
  public void close() throws IOException {
    if (perille != null) {
      perille.stop().toCompletableFuture().join();
    }
    pool.ifPresent(HikariDataSource::close);
    stand.close();
  }
}
