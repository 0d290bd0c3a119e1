package org.perille.benchmarks.contender;

import java.io.IOException;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Kafka's transactions, on a broker that forces each append to the disk.
 *
 * <p>A transactional producer has one transaction at a time. So several of them take turns.
 */
public final class KafkaTransactions implements AutoCloseable {
  private static final int PRODUCERS = 16;
  private static final String TOPIC = "parcels";

  private final KafkaBroker broker = KafkaBroker.start(true, Contender.PARTITIONS);
  private final BlockingQueue<KafkaProducer<String, byte[]>> producers =
      new ArrayBlockingQueue<>(PRODUCERS);
  private final ExecutorService threads = Executors.newFixedThreadPool(PRODUCERS);

  /** Starts a broker and its producers. */
  public KafkaTransactions() throws ExecutionException, InterruptedException {
    broker.createTopic(TOPIC);
    for (int i = 0; i < PRODUCERS; i++) {
      KafkaProducer<String, byte[]> producer =
          new KafkaProducer<>(
              Map.of(
                  ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                  broker.address(),
                  ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                  UUID.randomUUID().toString(),
                  ProducerConfig.ACKS_CONFIG,
                  "all",
                  ProducerConfig.LINGER_MS_CONFIG,
                  0,
                  ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
                  StringSerializer.class,
                  ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
                  ByteArraySerializer.class));
      producer.initTransactions();
      producers.add(producer);
    }
  }

  /** Commits a transaction of two records. The stage completes when it is committed. */
  public CompletionStage<Void> commit(Parcel one, Parcel other) {
    return CompletableFuture.runAsync(() -> commitNow(one, other), threads);
  }

  private void commitNow(Parcel one, Parcel other) {
    // There are as many threads as producers.
    KafkaProducer<String, byte[]> producer = producers.remove();
    try {
      producer.beginTransaction();
      var unused = producer.send(new ProducerRecord<>(TOPIC, one.key(), one.bytes()));
      unused = producer.send(new ProducerRecord<>(TOPIC, other.key(), other.bytes()));
      producer.commitTransaction();
    } finally {
      producers.add(producer);
    }
  }

  @Override
  public void close() throws IOException {
    threads.shutdownNow();
    producers.forEach(KafkaProducer::close);
    broker.close();
  }
}
