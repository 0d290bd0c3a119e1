package org.perille.proof.delivery;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.perille.internal.feed.FeedAnswer;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.PublishBatch;

/**
 * A network that delivers batches and receipts in any order, late, twice or not at all. Workers'
 * requests to be fed, and the answers, aren't repeated by it.
 */
final class ModelNetwork {
  /** A batch under way to a partition, and its receipt, once there is one. */
  record Packet(ModelPublisher from, PublishBatch batch, Optional<BatchReceipt> receipt) {
    Packet withReceipt(BatchReceipt given) {
      return new Packet(from, batch, Optional.of(given));
    }
  }

  private record Answer(ModelPartition from, ModelPublisher to, BatchReceipt receipt) {}

  private record OfFeed(ModelFeed from, ModelFeedClient to, FeedAnswer answer) {}

  private final Simulation simulation;
  private final List<Packet> batches = new ArrayList<>();
  private final List<Answer> answers = new ArrayList<>();
  private final List<FeedRequest> feedRequests = new ArrayList<>();
  private final List<OfFeed> feedAnswers = new ArrayList<>();

  ModelNetwork(Simulation simulation) {
    this.simulation = simulation;
  }

  private Random random() {
    return simulation.random();
  }

  void send(ModelPublisher from, PublishBatch batch) {
    batches.add(new Packet(from, batch, Optional.empty()));
  }

  void answer(ModelPartition from, ModelPublisher to, BatchReceipt receipt) {
    answers.add(new Answer(from, to, receipt));
  }

  /** Sends a request to be fed, or loses it. */
  void ask(FeedRequest request) {
    if (losesOfFeeds()) {
      simulation.mark(Mark.FEED_REQUEST_LOST);
    } else {
      feedRequests.add(request);
    }
  }

  /** Sends a feed's answer, or loses it. */
  void answer(ModelFeed from, ModelFeedClient to, FeedAnswer answer) {
    if (losesOfFeeds()) {
      simulation.mark(Mark.FEED_ANSWER_LOST);
    } else {
      feedAnswers.add(new OfFeed(from, to, answer));
    }
  }

  private boolean losesOfFeeds() {
    return !simulation.faults().isHealed()
        && random().nextInt(simulation.feeds().messagesPerLoss()) == 0;
  }

  /**
   * Delivers a random request to be fed, to any run of the partition, or a random answer.
   *
   * @return false if nothing is under way
   */
  boolean deliverOfFeeds() {
    int underWay = feedRequests.size() + feedAnswers.size();
    if (underWay == 0) {
      return false;
    }
    int chosen = random().nextInt(underWay);
    if (chosen >= feedRequests.size()) {
      OfFeed answer = feedAnswers.remove(chosen - feedRequests.size());
      answer.to.receive(answer.answer, answer.from);
      return true;
    }
    ModelPartition partition = simulation.partitions().anyRecipient();
    // A partition that isn't active keeps requests until it is.
    if (partition.isDead() || partition.isActive()) {
      FeedRequest request = feedRequests.remove(chosen);
      if (partition.isActive()) {
        partition.attach(request);
      }
    }
    return true;
  }

  /** Returns whether a receipt of this partition is under way. */
  boolean isAnswering(ModelPartition partition) {
    return answers.stream().anyMatch(answer -> answer.from == partition);
  }

  boolean isEmpty() {
    return batches.isEmpty() && answers.isEmpty();
  }

  /**
   * Delivers a random batch or receipt, a batch to any run of the partition.
   *
   * @return false if nothing is under way
   */
  boolean deliver(boolean keep) {
    if (batches.isEmpty() && answers.isEmpty()) {
      return false;
    }
    int chosen = random().nextInt(batches.size() + answers.size());
    if (chosen < batches.size()) {
      Packet packet = keep ? batches.get(chosen) : batches.remove(chosen);
      simulation.partitions().anyRecipient().arrive(packet);
    } else {
      int index = chosen - batches.size();
      Answer answer = keep ? answers.get(index) : answers.remove(index);
      answer.to.receive(answer.receipt);
    }
    return true;
  }

  void lose() {
    if (!batches.isEmpty() && random().nextBoolean()) {
      batches.remove(random().nextInt(batches.size()));
      simulation.mark(Mark.BATCH_LOST);
    } else if (!answers.isEmpty()) {
      answers.remove(random().nextInt(answers.size()));
      simulation.mark(Mark.RECEIPT_LOST);
    }
  }
}
