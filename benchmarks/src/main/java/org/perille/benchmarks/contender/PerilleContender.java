package org.perille.benchmarks.contender;

import com.typesafe.config.Config;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.LongConsumer;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.serialization.JSerializer;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.PerilleMessage;
import org.perille.Publisher;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.JdbcHandler;
import org.perille.sharding.Perille;

/** Perille on PostgreSQL, one node, as its defaults are. */
final class PerilleContender implements Contender {
  static final Set<Job> JOBS = Collections.unmodifiableSet(EnumSet.allOf(Job.class));

  private static final Topic<Parcel> PARCELS = topic("parcels");
  private static final Topic<Parcel> PASSED_ON = topic("passed-on");

  private final Stand stand = Stand.start();
  private Optional<HikariDataSource> pool = Optional.empty();
  private Perille perille;
  private Publisher<Parcel> publisher;
  private Optional<Subscription<Parcel>> awaited = Optional.empty();
  private LongConsumer done;

  private static Topic<Parcel> topic(String name) {
    return Topic.of(name, Parcel.class).keyedBy(Parcel::key).withPartitions(PARTITIONS);
  }

  @Override
  public void begin(Job job, LongConsumer done) throws Exception {
    this.done = done;
    Config config = stand.perilleConfig();
    perille =
        switch (job) {
          case PUBLISH -> Perille.start(config, PARCELS);
          case HANDLE -> Perille.start(config, handling(PARCELS));
          case JDBC_EFFECT -> Perille.start(config, inserting());
          case EVENT_EFFECT -> {
            Subscription<Parcel> counting = counting(Optional.empty());
            awaited = Optional.of(counting);
            yield Perille.start(config, counting);
          }
          case CHAIN ->
              Perille.start(config, counting(Optional.of(PASSED_ON)), handling(PASSED_ON));
        };
    publisher = perille.publisher(PARCELS);
  }

  private Subscription<Parcel> handling(Topic<Parcel> topic) {
    return Subscription.of("handling", topic)
        .atLeastOnce(delivery -> done.accept(Parcel.dueNanos(delivery.message().bytes())));
  }

  private Subscription<Parcel> inserting() throws Exception {
    EffectTable table = new EffectTable(done);
    pool = Optional.of(stand.pool(10));
    table.create(pool.get());
    return Subscription.of("inserting", PARCELS)
        .effectivelyOnce(
            JdbcHandler.of(
                table.telling(pool.get()),
                (connection, delivery) -> table.insert(connection, delivery.message())));
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
                .thenCompose(receipt -> perille.handled(subscription, receipt))
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

  /** A state machine as small as one can be: it counts, and may pass the message on. */
  private record Counting(Optional<Topic<Parcel>> next)
      implements EventSourcedHandler<Parcel, Counting.Count, Counting.Counted> {
    record Counted(int by) implements PerilleMessage {}

    record Count(long parcels) implements PerilleMessage {}

    @Override
    public Class<Count> stateType() {
      return Count.class;
    }

    @Override
    public Class<Counted> eventType() {
      return Counted.class;
    }

    @Override
    public Count emptyState() {
      return new Count(0);
    }

    @Override
    public Effect<Counted> handle(Count state, Delivery<Parcel> delivery) {
      Effect<Counted> counted = Effect.of(new Counted(1));
      return next.map(topic -> counted.publish(topic, delivery.message())).orElse(counted);
    }

    @Override
    public Count apply(Count state, Counted event) {
      return new Count(state.parcels() + event.by());
    }
  }

  /** Writes the key and the bytes as they are. */
  public static final class ParcelSerializer extends JSerializer {
    public ParcelSerializer(ExtendedActorSystem system) {}

    @Override
    public int identifier() {
      return 990_002;
    }

    @Override
    public byte[] toBinary(Object parcel) {
      byte[] key = ((Parcel) parcel).key().getBytes(java.nio.charset.StandardCharsets.UTF_8);
      byte[] bytes = ((Parcel) parcel).bytes();
      return ByteBuffer.allocate(1 + key.length + bytes.length)
          .put((byte) key.length)
          .put(key)
          .put(bytes)
          .array();
    }

    @Override
    public boolean includeManifest() {
      return false;
    }

    @Override
    public Object fromBinaryJava(byte[] stored, Class<?> manifest) {
      int length = stored[0];
      byte[] bytes = java.util.Arrays.copyOfRange(stored, 1 + length, stored.length);
      return new Parcel(
          new String(stored, 1, length, java.nio.charset.StandardCharsets.UTF_8), bytes);
    }
  }
}
