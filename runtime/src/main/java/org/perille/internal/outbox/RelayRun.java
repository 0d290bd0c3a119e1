package org.perille.internal.outbox;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.perille.PublishRefusedException;
import org.perille.PublishRefusedException.Reason;
import org.perille.Receipt;
import org.perille.internal.effect.ChainPublisher;
import org.perille.internal.failure.UserCode;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.log.Origin;
import org.perille.internal.log.ProducerReport;
import org.perille.internal.log.Storable;
import org.perille.internal.outbox.RelayTable.Claim;
import org.perille.internal.outbox.RelayTable.Converted;
import org.perille.internal.outbox.RelayTable.Failure;
import org.perille.internal.outbox.RelayTable.FencedException;
import org.perille.internal.outbox.RelayTable.Page;
import org.perille.internal.outbox.RelayTable.Parked;
import org.perille.internal.outbox.RelayTable.RecordedBatch;
import org.perille.internal.outbox.RelayTable.Step;
import org.perille.internal.settings.OutboxSettings;

/**
 * One epoch of a relay.
 *
 * <p>A batch is recorded before anything of it is published. So each message has an origin (the
 * batch's number, and the position in it) that never changes, and partitions recognise it whoever
 * publishes it again. A batch is deleted, with its rows, when all its messages have receipts.
 *
 * <p><b>Threading</b>: used by the relay's thread; publishers call back on other threads.
 */
final class RelayRun {
  /** The limit of bytes of a batch with more than one row. */
  private static final long BATCH_BYTES = 1 << 20;

  /** The limit of batches that finish above an unfinished one. */
  private static final int MAX_BATCHES_ABOVE = 1000;

  private static final int MAX_ERROR_LENGTH = 2000;

  private final String name;
  private final RelayTable table;
  private final RelayTopics topics;
  private final OutboxSettings settings;
  private final String producerId;
  private final long epoch;
  private final AtomicInteger outstanding;
  private final Consumer<RelaySignal> signals;
  private final IntConsumer relayed;

  /** One object for all messages, so that a batch of a publisher asks it once. */
  private final ChainPublisher.Producer producer = this::report;

  private final Set<String> unregistered = new TreeSet<>();
  private final RelayWindow window;
  private final List<RecordedBatch> recorded;
  private long lastBatch;
  private long operations = -1;
  private boolean releasing = true;

  RelayRun(
      String name,
      RelayTable table,
      RelayTopics topics,
      OutboxSettings settings,
      String producerId,
      Claim claim,
      List<RecordedBatch> recorded,
      AtomicInteger outstanding,
      Consumer<RelaySignal> signals,
      IntConsumer relayed) {
    this.name = name;
    this.table = table;
    this.topics = topics;
    this.settings = settings;
    this.producerId = producerId;
    this.epoch = claim.epoch();
    this.lastBatch = claim.lastBatch();
    this.outstanding = outstanding;
    this.signals = signals;
    this.relayed = relayed;
    this.recorded = recorded;
    this.window =
        new RelayWindow(
            recorded,
            lastBatch,
            settings.maxInFlightMessages(),
            settings.maxInFlightBytes(),
            MAX_BATCHES_ABOVE);
  }

  /** Publishes again what earlier relays have recorded and not finished. */
  void begin() {
    recorded.forEach(this::publish);
  }

  /** Returns whether the next run can publish rows that this one can't. */
  boolean isOutdated() {
    return unregistered.stream().anyMatch(topics.names()::contains);
  }

  /** Processes a signal. Throws the failure that it has. */
  void on(RelaySignal signal) throws Exception {
    if (signal instanceof RelaySignal.Batch batch && batch.epoch() == epoch) {
      if (batch.failure().isPresent()) {
        throw new IllegalStateException(
            "a message of outbox '%s' has no receipt: its outcome is unknown".formatted(name),
            UserCode.unwrap(batch.failure().get()));
      }
      window.received(batch.number());
    }
  }

  /**
   * Deletes what is finished, and records and publishes the next batch.
   *
   * @return false if there was nothing to do
   */
  boolean step() throws SQLException, FencedException {
    List<RecordedBatch> finished = window.received();
    Optional<Page> page =
        window.hasRoom()
            ? Optional.of(
                table.read(window.ids(), topics.names(), settings.batchMessages(), BATCH_BYTES))
            : Optional.empty();
    if (page.isPresent() && mayRelease(page.get())) {
      // Rows that return have lower ids than those that were read.
      releasing = !table.release(epoch, lastBatch);
      return true;
    }
    Step step = page.map(rows -> decide(finished, rows)).orElseGet(() -> Step.finishing(finished));
    if (step.isEmpty()) {
      return false;
    }
    long last = table.execute(epoch, lastBatch, step);
    boolean hasBatch = last != lastBatch;
    lastBatch = last;
    window.finished(finished);
    if (!finished.isEmpty()) {
      relayed.accept(finished.stream().mapToInt(batch -> batch.rows().size()).sum());
    }
    if (hasBatch) {
      RecordedBatch batch =
          new RecordedBatch(last, step.batch().stream().map(OutboxRow::id).toList(), step.batch());
      window.add(batch);
      publish(batch);
    }
    return true;
  }

  /** Returns whether an operator may have redriven or discarded dead letters. */
  private boolean mayRelease(Page page) {
    if (page.operations() != operations) {
      operations = page.operations();
      releasing = true;
    }
    return releasing;
  }

  private Step decide(List<RecordedBatch> finished, Page page) {
    List<Parked> parked = new ArrayList<>(0);
    List<Converted> converted = new ArrayList<>(0);
    List<OutboxRow> batch = new ArrayList<>(page.rows().size());
    Set<OutboxRow.OrderedKey> failedKeys = new HashSet<>();
    for (OutboxRow row : page.rows()) {
      if (page.behind().contains(row.id()) || failedKeys.contains(row.orderedKey())) {
        parked.add(new Parked(row, Optional.empty()));
        continue;
      }
      try {
        LogMessage message = accept(row);
        if (row.message().isEmpty()) {
          converted.add(new Converted(row.id(), message));
        }
        batch.add(
            new OutboxRow(
                row.id(),
                row.topic(),
                row.key(),
                row.sizeInBytes(),
                Optional.of(message),
                Optional.empty()));
      } catch (PublishRefusedException e) {
        failedKeys.add(row.orderedKey());
        parked.add(new Parked(row, Optional.of(failure(e.reason(), e))));
      } catch (RuntimeException | StackOverflowError | LinkageError e) {
        // The classes of the message are the application's, and may throw anything.
        failedKeys.add(row.orderedKey());
        parked.add(new Parked(row, Optional.of(failure(Reason.UNSERIALIZABLE, e))));
      }
    }
    return new Step(finished, parked, converted, batch);
  }

  private LogMessage accept(OutboxRow row) {
    OutboxTarget target = topics.target(row.topic());
    if (row.json().isPresent() && row.message().isEmpty()) {
      return target.encode(row.json().get());
    }
    LogMessage message =
        row.message()
            .orElseThrow(
                () ->
                    new PublishRefusedException(
                        Reason.UNSERIALIZABLE, "the stored message can't be read"));
    target.requireAccepted(message);
    return message;
  }

  private static Failure failure(Reason reason, Throwable e) {
    String error = UserCode.messageOf(e);
    return new Failure(
        reason, Storable.cleaned(error.substring(0, Math.min(error.length(), MAX_ERROR_LENGTH))));
  }

  private void publish(RecordedBatch batch) {
    List<CompletableFuture<?>> receipts = new ArrayList<>(batch.rows().size());
    int index = -1;
    for (OutboxRow row : batch.rows()) {
      index++;
      while (batch.ids().get(index) != row.id()) {
        // Its row was deleted by hand.
        index++;
      }
      Origin origin = new Origin(producerId, epoch, batch.number(), index);
      receipts.add(publish(batch, row, row.message().orElseThrow().relayedBy(origin)));
    }
    CompletableFuture<Void> unused =
        CompletableFuture.allOf(receipts.toArray(CompletableFuture[]::new))
            .thenRun(
                () ->
                    signals.accept(new RelaySignal.Batch(epoch, batch.number(), Optional.empty())));
  }

  /**
   * Publishes a message. The stage of one whose topic isn't registered on this node never
   * completes: another node, or the next run, publishes it.
   */
  private CompletableFuture<?> publish(RecordedBatch batch, OutboxRow row, LogMessage message) {
    CompletionStage<Receipt> receipt;
    outstanding.incrementAndGet();
    try {
      receipt = topics.target(row.topic()).publish(message, producer);
    } catch (PublishRefusedException e) {
      if (e.reason() == Reason.UNKNOWN_TOPIC) {
        outstanding.decrementAndGet();
        unregistered.add(row.topic());
        return new CompletableFuture<>();
      }
      receipt = CompletableFuture.failedStage(e);
    }
    return receipt
        .whenComplete(
            (stored, failure) -> {
              outstanding.decrementAndGet();
              if (failure != null) {
                signals.accept(new RelaySignal.Batch(epoch, batch.number(), Optional.of(failure)));
              }
            })
        .toCompletableFuture();
  }

  /** Returns the topics of recorded rows that aren't registered on this node. */
  Set<String> unregistered() {
    return unregistered;
  }

  private ProducerReport report() {
    return new ProducerReport(producerId, epoch, new OffsetSet(window.finishedBelow(), List.of()));
  }
}
