package org.perille.benchmarks.contender;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/**
 * Consumers of Kafka that make effects in a database, each in a transaction with the offset of its
 * message.
 *
 * <p>A consumer that gets a partition continues at the offset in the database, so each effect is
 * made once. There is a consumer for each partition, so that their commits share forces.
 */
final class KafkaEffects implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(100);

  private final Stand stand = Stand.start();
  private final HikariDataSource pool = stand.pool(Contender.PARTITIONS + 1);
  private final EffectTable effects;
  private final DataSource connections;
  private final ExecutorService consumers = Executors.newFixedThreadPool(Contender.PARTITIONS);
  private volatile boolean closed;

  KafkaEffects(LongConsumer done) throws SQLException {
    effects = new EffectTable(done);
    effects.create(pool);
    connections = effects.telling(pool);
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE progress (partition INT PRIMARY KEY, next_offset BIGINT NOT NULL)");
      connection.commit();
    }
  }

  /** Starts the consumers of a topic. */
  void begin(String topic, Supplier<KafkaConsumer<String, byte[]>> consumer) {
    for (int i = 0; i < Contender.PARTITIONS; i++) {
      consumers.execute(() -> consume(topic, consumer));
    }
  }

  private void consume(String topic, Supplier<KafkaConsumer<String, byte[]>> created) {
    try (KafkaConsumer<String, byte[]> consumer = created.get()) {
      consumer.subscribe(List.of(topic), new Continuing(consumer));
      while (!closed) {
        for (ConsumerRecord<String, byte[]> taken : consumer.poll(POLL)) {
          if (closed) {
            return;
          }
          handle(taken);
        }
      }
    } catch (SQLException e) {
      if (!closed) {
        throw new IllegalStateException("a consumer has failed", e);
      }
    }
  }

  private void handle(ConsumerRecord<String, byte[]> taken) throws SQLException {
    try (Connection connection = connections.getConnection()) {
      effects.insert(connection, new Parcel(taken.key(), taken.value()));
      try (PreparedStatement progress =
          connection.prepareStatement(
              "INSERT INTO progress (partition, next_offset) VALUES (?, ?)"
                  + " ON CONFLICT (partition) DO UPDATE SET next_offset = EXCLUDED.next_offset")) {
        progress.setInt(1, taken.partition());
        progress.setLong(2, taken.offset() + 1);
        progress.executeUpdate();
      }
      connection.commit();
    }
  }

  /** Moves a consumer to the offsets in the database. */
  private final class Continuing implements ConsumerRebalanceListener {
    private final KafkaConsumer<String, byte[]> consumer;

    Continuing(KafkaConsumer<String, byte[]> consumer) {
      this.consumer = consumer;
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      try (Connection connection = pool.getConnection();
          PreparedStatement select =
              connection.prepareStatement("SELECT next_offset FROM progress WHERE partition = ?")) {
        for (TopicPartition partition : partitions) {
          select.setInt(1, partition.partition());
          try (ResultSet next = select.executeQuery()) {
            consumer.seek(partition, next.next() ? next.getLong(1) : 0);
          }
        }
        connection.rollback();
      } catch (SQLException e) {
        throw new IllegalStateException("the offsets can't be read", e);
      }
    }
  }

  void verify(long parcels) throws SQLException {
    effects.requireRows(pool, parcels);
  }

  @Override
  public void close() throws IOException {
    closed = true;
    consumers.shutdown();
    pool.close();
    stand.close();
  }
}
