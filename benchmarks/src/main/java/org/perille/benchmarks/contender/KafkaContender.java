package org.perille.benchmarks.contender;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Apache Kafka with a single broker and its Java client.
 *
 * <p>It uses {@code acks=all}, a commit after each poll, and, for chains, transactions that
 * consume, process and produce. Effects in a database are those of {@link KafkaEffects}.
 *
 * <p>The variant tuned for latency has {@code linger.ms=0}, asynchronous commits, and a transaction
 * every {@value #SHORT_COMMIT_MILLIS} ms instead of every {@value #COMMIT_MILLIS} ms.
 */
final class KafkaContender implements Contender {
  static final Set<Job> JOBS =
      Collections.unmodifiableSet(EnumSet.of(Job.PUBLISH, Job.HANDLE, Job.JDBC_EFFECT, Job.CHAIN));

  /** The storage that an acknowledged message has reached. */
  enum Durability {
    /** The disk: {@code flush.messages=1}. */
    FSYNC,
    /** The page cache of the only broker, Kafka's default: weaker than all other contenders. */
    PAGE_CACHE
  }

  private static final String TOPIC = "parcels";
  private static final String PASSED_ON = "passed-on";
  private static final long COMMIT_MILLIS = 100;
  private static final long SHORT_COMMIT_MILLIS = 10;
  private static final Duration POLL = Duration.ofMillis(100);

  private final boolean tuned;
  private final String compression;
  private final KafkaBroker broker;
  private final ExecutorService consumers = Executors.newCachedThreadPool();
  private volatile boolean closed;
  private KafkaProducer<String, byte[]> producer;
  private LongConsumer done;
  private Optional<KafkaEffects> effects = Optional.empty();

  /**
   * Creates a contender with its own broker.
   *
   * @param compression the producer's {@code compression.type}
   */
  KafkaContender(Durability durability, boolean tuned, String compression) {
    this.tuned = tuned;
    this.compression = compression;
    this.broker = KafkaBroker.start(durability == Durability.FSYNC, PARTITIONS);
  }

  @Override
  public void begin(Work work, LongConsumer done) throws Exception {
    this.done = done;
    broker.createTopic(TOPIC);
    broker.createTopic(PASSED_ON);
    producer = new KafkaProducer<>(producerConfig(Map.of()));
    if (work.job() == Job.HANDLE) {
      for (int i = 0; i < work.subscriptions(); i++) {
        String group = "handling-" + i;
        consumers.execute(() -> handle(group, TOPIC, "read_uncommitted", this::isDone));
      }
    } else if (work.job() == Job.JDBC_EFFECT) {
      effects = Optional.of(new KafkaEffects(done));
      effects.get().begin(TOPIC, () -> consumer("inserting", "read_uncommitted"));
    } else if (work.job() == Job.CHAIN) {
      consumers.execute(this::passOn);
      consumers.execute(() -> handle("handling", PASSED_ON, "read_committed", this::isDone));
    }
  }

  private Map<String, Object> producerConfig(Map<String, Object> more) {
    Map<String, Object> config = new HashMap<>(more);
    config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.address());
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    config.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, StringSerializer.class);
    config.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, compression);
    if (tuned) {
      config.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    }
    return config;
  }

  private KafkaConsumer<String, byte[]> consumer(String group, String isolation) {
    Map<String, Object> config = new HashMap<>();
    config.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.address());
    config.put(ConsumerConfig.GROUP_ID_CONFIG, group);
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation);
    config.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
    config.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
    return new KafkaConsumer<>(config);
  }

  @Override
  public CompletionStage<?> send(Parcel parcel) {
    CompletableFuture<Void> stored = new CompletableFuture<>();
    Future<?> unused =
        producer.send(
            new ProducerRecord<>(TOPIC, parcel.key(), parcel.bytes()),
            (metadata, failure) -> {
              if (failure == null) {
                stored.complete(null);
              } else {
                stored.completeExceptionally(failure);
              }
            });
    return stored;
  }

  private void isDone(byte[] parcel) {
    done.accept(Parcel.dueNanos(parcel));
  }

  private void handle(String group, String topic, String isolation, Consumer<byte[]> handler) {
    try (KafkaConsumer<String, byte[]> consumer = consumer(group, isolation)) {
      consumer.subscribe(List.of(topic));
      while (!closed) {
        ConsumerRecords<String, byte[]> records = consumer.poll(POLL);
        for (ConsumerRecord<String, byte[]> handled : records) {
          handler.accept(handled.value());
        }
        if (tuned) {
          consumer.commitAsync();
        } else if (!records.isEmpty()) {
          consumer.commitSync();
        }
      }
    } catch (WakeupException e) {
      // The client was closed.
    }
  }

  /** Consumes, processes and produces. All records between two commits are one transaction. */
  private void passOn() {
    Map<String, Object> transactional =
        Map.of(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "passing-on");
    long commitNanos = (tuned ? SHORT_COMMIT_MILLIS : COMMIT_MILLIS) * 1_000_000;
    try (KafkaConsumer<String, byte[]> consumer = consumer("passing-on", "read_committed");
        KafkaProducer<String, byte[]> out = new KafkaProducer<>(producerConfig(transactional))) {
      out.initTransactions();
      consumer.subscribe(List.of(TOPIC));
      Map<TopicPartition, OffsetAndMetadata> progress = new HashMap<>();
      long begun = 0;
      while (!closed) {
        ConsumerRecords<String, byte[]> records = consumer.poll(Duration.ofMillis(tuned ? 1 : 10));
        if (progress.isEmpty() && !records.isEmpty()) {
          out.beginTransaction();
          begun = System.nanoTime();
        }
        for (ConsumerRecord<String, byte[]> taken : records) {
          // If this fails, so does the commit.
          Future<?> unused = out.send(new ProducerRecord<>(PASSED_ON, taken.key(), taken.value()));
          progress.put(
              new TopicPartition(taken.topic(), taken.partition()),
              new OffsetAndMetadata(taken.offset() + 1));
        }
        if (!progress.isEmpty() && System.nanoTime() - begun >= commitNanos) {
          out.sendOffsetsToTransaction(progress, consumer.groupMetadata());
          out.commitTransaction();
          progress.clear();
        }
      }
    }
  }

  @Override
  public void verify(long parcels) throws SQLException {
    effects.orElseThrow().verify(parcels);
  }

  @Override
  public void close() throws IOException {
    closed = true;
    consumers.shutdown();
    if (producer != null) {
      producer.close(Duration.ofSeconds(5));
    }
    if (effects.isPresent()) {
      effects.get().close();
    }
    broker.close();
  }
}
