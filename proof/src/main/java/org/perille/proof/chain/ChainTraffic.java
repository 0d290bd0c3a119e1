package org.perille.proof.chain;

import static org.assertj.core.api.Assertions.assertThat;

import org.perille.internal.partition.ProducerDedup;
import org.perille.proof.simulation.Choices;
import org.perille.proof.simulation.RunRecorder;
import org.perille.testkit.history.Phase;

/** The batches and receipts between the publishers of the nodes and the partitions. */
final class ChainTraffic {
  private final Choices random;
  private final RunRecorder recorder;
  private final Chain chain;
  private final ModelNetwork network;

  ChainTraffic(Choices random, RunRecorder recorder, Chain chain, ModelNetwork network) {
    this.random = random;
    this.recorder = recorder;
    this.chain = chain;
    this.network = network;
  }

  /**
   * Delivers a random batch.
   *
   * @param keep whether the network delivers it once more
   */
  void deliverBatch(boolean keep) {
    network.deliverBatch(keep, this::arrive);
  }

  /** Delivers a random receipt, and possibly keeps it as for a batch. */
  void deliverReceipt(boolean keep) {
    network.deliverAnswer(keep, ModelPublisher::receive);
  }

  /** Delivers a random batch that was held back. */
  void deliverLate() {
    network.deliverLate(
        sent -> {
          recorder.mark(Mark.BATCH_CAME_LATE);
          arrive(sent);
        });
  }

  /** Lets a publisher repeat its batch to a random partition. */
  void repeat(ModelPublisher publisher) {
    publisher.repeat(random.nextInt(publisher.partitions()));
  }

  void loseBatch() {
    network.loseBatch(
        sent -> recorder.fault(ChainFaults.BATCH_LOST, target(sent).phaseOf(sent.batch())));
  }

  void loseReceipt() {
    network.loseAnswer(() -> recorder.fault(ChainFaults.RECEIPT_LOST, Phase.AFTER_ANSWER));
  }

  private ModelPartition target(ModelNetwork.Sent sent) {
    return chain.partition(sent.batch().topic(), sent.batch().partition());
  }

  private void arrive(ModelNetwork.Sent sent) {
    ModelPartition partition = target(sent);
    partition.arrive(
        sent.batch(),
        receipt -> {
          network.answer(partition, sent.from(), receipt);
          checkMemory(partition);
        });
  }

  private void checkMemory(ModelPartition partition) {
    for (ProducerDedup.Remembered producer : partition.remembered()) {
      int most = chain.subscription(producer.producer()).maxRemembered();
      if (producer.stored().size() > most) {
        assertThat(producer.stored().stream().map(ProducerDedup.Stored::offset).distinct())
            .as("what %s remembers of %s", partition.id(), producer.producer())
            .hasSizeLessThanOrEqualTo(most);
      }
    }
  }
}
