package org.perille.proof.chain;

import java.util.Optional;

/**
 * A worker's writer of its progress.
 *
 * <p>A write takes one step, and its answer another one. Until then the worker doesn't know that
 * the progress is stored.
 */
final class ProgressWriter {
  private final ModelSubscription subscription;
  private final ModelWorker worker;
  private ModelProgress durable;
  private Optional<ModelProgress> underWay = Optional.empty();
  private boolean stored;
  private long sequenceNumber;

  ProgressWriter(ModelSubscription subscription, ModelWorker worker, ModelProgress recovered) {
    this.subscription = subscription;
    this.worker = worker;
    this.durable = recovered;
    this.sequenceNumber = worker.epoch();
  }

  /** Returns the progress that the worker knows to be durable. */
  ModelProgress durable() {
    return durable;
  }

  /** Returns the sequence number of the next write. */
  long sequenceNumber() {
    return sequenceNumber;
  }

  boolean isWriting() {
    return underWay.isPresent();
  }

  /** Returns whether a write is stored, but isn't answered yet. */
  boolean isStored() {
    return stored;
  }

  /** Begins to write: first deferred messages, then the cursor that passes them. */
  void begin(ModelProgress now) {
    if (underWay.isEmpty()) {
      ModelProgress deferred = new ModelProgress(durable.cursor(), now.deferred(), now.redriven());
      ModelProgress passed =
          new ModelProgress(now.cursor(), durable.deferred(), durable.redriven());
      underWay =
          Optional.of(deferred.equals(durable) ? passed : deferred)
              .filter(news -> !news.equals(durable));
    }
  }

  /** Returns the progress that is durable by an answer. */
  ModelProgress answer() {
    stored = false;
    sequenceNumber++;
    durable = underWay.orElseThrow();
    underWay = Optional.empty();
    return durable;
  }

  /**
   * Stores the progress that is being written.
   *
   * @return whether an answer will come; false if the worker can't continue
   */
  boolean store(Fault fault) {
    ModelProgress progress = underWay.orElseThrow();
    boolean done = fault.stores() && subscription.advance(worker, progress);
    subscription.tell(worker, done ? "saved" : "did not save", progress);
    fault.note(subscription.recorder(), ChainFaults.CURSOR_WRITE, done);
    stored = done && fault == Fault.NONE;
    if (!stored) {
      underWay = Optional.empty();
      subscription.recorder().mark(Mark.CURSOR_WRITE_UNKNOWN, done ? 1 : 0);
    }
    return stored;
  }
}
