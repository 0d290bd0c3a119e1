package org.perille.proof.chain;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.perille.internal.effect.EffectCodec;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.payload.PayloadCodec.Encoded;
import org.perille.internal.publish.Partitioner;
import org.perille.proof.simulation.Choices;
import org.perille.proof.simulation.RunRecorder;
import org.perille.testkit.history.Operation;
import org.perille.testkit.history.Outcome;

/** The application that publishes to the first topic of a chain. */
final class SourceApplication {
  private static final int MAX_MESSAGES = 300;

  private final Choices random;
  private final RunRecorder recorder;
  private final Chain chain;
  private final EffectCodec codec;
  private int messages;
  private int batches;

  SourceApplication(Choices random, RunRecorder recorder, Chain chain, EffectCodec codec) {
    this.random = random;
    this.recorder = recorder;
    this.chain = chain;
    this.codec = codec;
  }

  /** Publishes a batch of messages to a random partition. */
  void publishAny() {
    List<String> texts = new ArrayList<>();
    int partition = random.nextInt(chain.source().partitions());
    for (int i = random.nextInt(6); i >= 0 && messages < MAX_MESSAGES; i--) {
      String key = chain.anySourceKey();
      if (partitionOf(key) == partition) {
        texts.add(text(key));
      }
    }
    publish(partition, texts);
  }

  /** Publishes one message of a random key. */
  void publishOne() {
    String key = chain.anySourceKey();
    publish(partitionOf(key), List.of(text(key)));
  }

  private int partitionOf(String key) {
    return Partitioner.partitionOf(key, chain.source().partitions());
  }

  private String text(String key) {
    return key + "|" + ++messages;
  }

  private void publish(int partition, List<String> texts) {
    String topic = chain.source().name();
    List<Long> calls = new ArrayList<>();
    List<LogMessage> batch = new ArrayList<>();
    for (String text : texts) {
      String key = text.substring(0, text.indexOf('|'));
      long call = recorder.newCall();
      calls.add(call);
      recorder.record(
          at -> new Operation.PublishInvoked(at, call, "application", topic, key, text, ""));
      Encoded encoded = codec.encode(text);
      batch.add(
          new LogMessage(
              key, "", Map.of(), encoded.serializerId(), encoded.manifest(), encoded.payload()));
    }
    chain
        .partition(topic, partition)
        .arrive(
            // Batch numbers rise over all partitions, and so don't begin at 1 in each.
            new PublishBatch(
                topic,
                partition,
                "application",
                ++batches,
                batch,
                Map.of(),
                List.of(),
                null,
                false),
            receipt -> published(calls, receipt));
  }

  private void published(List<Long> calls, BatchReceipt receipt) {
    for (int i = 0; i < calls.size(); i++) {
      long call = calls.get(i);
      long offset = receipt.firstOffset() + i;
      recorder.record(
          at ->
              new Operation.PublishEnded(at, call, Outcome.OK, receipt.partition(), offset, false));
    }
  }
}
