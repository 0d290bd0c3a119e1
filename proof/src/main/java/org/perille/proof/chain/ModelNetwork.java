package org.perille.proof.chain;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.PublishBatch;

/** A network that loses, delays, duplicates and reorders batches and receipts. */
final class ModelNetwork {
  /** The age at which the network drops a batch. */
  private static final long MAX_DELAY_MILLIS = Duration.ofHours(6).toMillis();

  /** A copy of a batch that was sent. */
  record Sent(ModelPublisher from, PublishBatch batch, long atMillis) {}

  private record Answer(ModelPartition from, ModelPublisher to, BatchReceipt receipt) {}

  private final Random random;
  private final List<Sent> batches = new ArrayList<>();
  private final List<Answer> answers = new ArrayList<>();

  /** The batches that the network delays until they are delivered explicitly. */
  private final List<Sent> heldBack = new ArrayList<>();

  private long nowMillis = Duration.ofDays(20_000).toMillis();

  ModelNetwork(Random random) {
    this.random = random;
  }

  long nowMillis() {
    return nowMillis;
  }

  void pass(Duration time) {
    nowMillis += time.toMillis();
    forgetOld(batches);
    forgetOld(heldBack);
  }

  private void forgetOld(List<Sent> sent) {
    sent.removeIf(copy -> copy.atMillis < nowMillis - MAX_DELAY_MILLIS);
  }

  void send(ModelPublisher from, PublishBatch batch) {
    batches.add(new Sent(from, batch, nowMillis));
  }

  void answer(ModelPartition from, ModelPublisher to, BatchReceipt receipt) {
    answers.add(new Answer(from, to, receipt));
  }

  /** Returns whether a receipt of this partition is under way. */
  boolean isAnswering(ModelPartition partition) {
    return answers.stream().anyMatch(answer -> answer.from == partition);
  }

  /** Delivers a random batch unless its sender is cut off. Can keep a copy. */
  void deliverBatch(boolean keep, Consumer<Sent> arrival) {
    if (!batches.isEmpty()) {
      int index = random.nextInt(batches.size());
      Sent sent = batches.get(index);
      if (!sent.from.isCutOff()) {
        if (!keep) {
          batches.remove(index);
        }
        arrival.accept(sent);
      }
    }
  }

  /** Holds back all batches of a publisher that are under way, for {@link #deliverLate}. */
  void holdBack(ModelPublisher from) {
    for (Sent sent : batches) {
      if (sent.from == from) {
        heldBack.add(sent);
      }
    }
    batches.removeIf(sent -> sent.from == from);
  }

  /** Delivers a random batch that was held back, if there is one. */
  void deliverLate(Consumer<Sent> arrival) {
    if (!heldBack.isEmpty()) {
      arrival.accept(heldBack.remove(random.nextInt(heldBack.size())));
    }
  }

  void loseBatch(Consumer<Sent> lost) {
    deliverBatch(false, lost);
  }

  /** Delivers a random receipt. Can keep a copy. */
  void deliverAnswer(boolean keep, BiConsumer<ModelPublisher, BatchReceipt> arrival) {
    if (!answers.isEmpty()) {
      int index = random.nextInt(answers.size());
      Answer answer = keep ? answers.get(index) : answers.remove(index);
      arrival.accept(answer.to, answer.receipt);
    }
  }

  void loseAnswer(Runnable lost) {
    deliverAnswer(false, (to, receipt) -> lost.run());
  }

  /** Delivers all receipts under way to a publisher. */
  void deliverAnswers(ModelPublisher to) {
    List<Answer> delivered = answers.stream().filter(answer -> answer.to == to).toList();
    answers.removeAll(delivered);
    delivered.forEach(answer -> to.receive(answer.receipt));
  }

  boolean isEmpty() {
    return batches.isEmpty() && heldBack.isEmpty() && answers.isEmpty();
  }
}
