package org.perille.proof.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.feed.ReadFrom;
import org.perille.internal.worker.WorkerEvent;
import org.perille.proof.simulation.Step;

/** The feed of a worker's run, with a check of what the worker receives from it. */
final class RunFeed {
  private final Simulation scenario;
  private final ModelWorkerRun workerRun;
  private Optional<ModelFeedClient> client = Optional.empty();
  private long fedUpTo = -1;

  RunFeed(Simulation scenario, ModelWorkerRun workerRun) {
    this.scenario = scenario;
    this.workerRun = workerRun;
  }

  void start(long epoch, Optional<Cursor> cursor) {
    ReadFrom from =
        cursor
            .<ReadFrom>map(c -> new ReadFrom.Resume(c.nextOffset(), c.sequenceNumber(), c.mark()))
            .orElseGet(() -> ReadFrom.of(scenario.setup().subscription().start()));
    client = Optional.of(new ModelFeedClient(scenario, workerRun, epoch, from));
    client.get().begin();
  }

  void stop() {
    client.ifPresent(ModelFeedClient::stop);
    fedUpTo = -1;
  }

  /** Requests a batch for the worker. */
  void next() {
    client.orElseThrow().next();
  }

  /** Returns whether the worker knows where its feed starts. */
  boolean isKnown() {
    return fedUpTo >= 0;
  }

  /** Returns the offset that follows what the worker has received. -1 if nothing is known. */
  long fedUpTo() {
    return fedUpTo;
  }

  /** Checks what the worker receives. */
  void received(WorkerEvent event) {
    if (event instanceof WorkerEvent.FeedStarts starts) {
      checkStart(starts);
      fedUpTo = starts.offset();
    } else if (event instanceof WorkerEvent.BatchReceived received) {
      checkBatch(received.batch());
      scenario.ledger().received(workerRun, received.batch());
      fedUpTo = received.batch().endOffset();
    }
  }

  private void checkStart(WorkerEvent.FeedStarts starts) {
    ModelTopic topic = scenario.topic();
    assertThat(starts.mark().stream().allMatch(topic::has))
        .as("%s is of this log", starts.mark())
        .isTrue();
    assertThat(starts.sequenceNumber())
        .as("sequence number to read from, for offset %d", starts.offset())
        .isBetween(1L, topic.sequenceNumber(starts.offset()));
  }

  /** Checks that a batch is the log's, and follows the one before. */
  private void checkBatch(FeedBatch batch) {
    ModelTopic topic = scenario.topic();
    int end = (int) batch.endOffset();
    if (batch.firstOffset() != fedUpTo
        || end > topic.end()
        || !batch.entries().equals(topic.entries().subList((int) fedUpTo, end))
        || !batch.mark().equals(topic.markBefore(end))
        || batch.sequenceNumber() != topic.sequenceNumber(fedUpTo)) {
      throw new AssertionError(
          "a batch from %d to %d of event %d isn't what the log has from %d on"
              .formatted(batch.firstOffset(), end, batch.sequenceNumber(), fedUpTo));
    }
  }

  void addTo(List<Step> steps) {
    client.ifPresent(present -> addTo(steps, present));
  }

  private static void addTo(List<Step> steps, ModelFeedClient client) {
    if (client.hasToAsk()) {
      steps.add(new Step("asks to be fed", 5, client::ask));
    }
    if (client.hasLostFeed()) {
      steps.add(new Step("loses its feed", 5, client::loseFeed));
    }
    if (client.hasBatch()) {
      steps.add(new Step("batch arrives", 10, client::receiveBatch));
    }
  }
}
