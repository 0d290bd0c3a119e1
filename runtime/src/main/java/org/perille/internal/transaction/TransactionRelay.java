package org.perille.internal.transaction;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.perille.Receipt;
import org.perille.internal.effect.ChainPublisher;
import org.perille.internal.effect.ProducerRun;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.log.Origin;
import org.perille.internal.log.PartitionId;
import org.perille.internal.log.ProducerReport;
import org.perille.internal.log.StoredTransaction;
import org.perille.internal.log.TransactionMessage;
import org.perille.internal.publish.Partitioner;
import org.perille.internal.wire.TransactionCodec;

/**
 * Publishes committed transactions for one epoch of a log: the producer of a chain, whose offsets
 * are those of the log.
 *
 * <p><b>Threading</b>: used by the log's actor, except for what its publishers call.
 */
public final class TransactionRelay {
  /** The publishers of a node, for the messages of transactions. */
  @FunctionalInterface
  public interface Target {
    /**
     * Publishes a message until it is durable, after all earlier ones of its partition.
     *
     * <p>The stage fails if the outcome is unknown, or if a later epoch has published.
     *
     * @throws org.perille.PublishRefusedException if this node is stopping
     */
    CompletionStage<Receipt> publish(TransactionMessage message, ChainPublisher.Producer producer);
  }

  /**
   * The outcome of relaying a transaction.
   *
   * @param stored empty if it failed
   */
  public record Outcome(
      long offset, Optional<StoredTransaction> stored, Optional<Throwable> failure) {}

  /** The messages of a transaction that were published, and their receipts. */
  private record Published(
      List<TransactionMessage> messages, List<CompletableFuture<Receipt>> receipts) {
    private static PartitionId destination(TransactionMessage message) {
      return new PartitionId(message.topic(), Partitioner.partitionOf(message));
    }

    private Set<PartitionId> waitingFor() {
      return IntStream.range(0, receipts.size())
          .filter(index -> !receipts.get(index).isDone())
          .mapToObj(index -> destination(messages.get(index)))
          .collect(Collectors.toCollection(LinkedHashSet::new));
    }
  }

  private final String producer;
  private final long epoch;
  private final Target target;
  private final Consumer<Outcome> outcomes;
  private final NavigableMap<Long, Published> underWay = new TreeMap<>();
  private volatile long finishedBelow;

  /** One object for all messages, so that a batch calls it once. */
  private final ChainPublisher.Producer reports = new ProducerRun(this::report);

  /**
   * Creates a relay.
   *
   * @param outcomes gets the outcome of each transaction, from any thread
   * @param finishedBelow the offset below which all transactions are durably finished
   */
  public TransactionRelay(
      String producer, long epoch, Target target, Consumer<Outcome> outcomes, long finishedBelow) {
    this.producer = producer;
    this.epoch = epoch;
    this.target = target;
    this.outcomes = outcomes;
    this.finishedBelow = finishedBelow;
  }

  /** Sets the offset below which all transactions are durably finished. */
  public void finishedBelow(long offset) {
    finishedBelow = offset;
    underWay.headMap(offset).clear();
  }

  /** Returns the partitions from which the messages of a transaction have no receipts. */
  Set<PartitionId> waitingFor(long offset) {
    Published published = underWay.get(offset);
    return published == null ? Set.of() : published.waitingFor();
  }

  /** Publishes the messages of a transaction. Call it in the order of the offsets. */
  public void relay(long offset, LogMessage transaction) {
    List<TransactionMessage> messages = TransactionCodec.messages(transaction);
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>(messages.size());
    try {
      for (TransactionMessage one : messages) {
        Origin origin = new Origin(producer, epoch, offset, receipts.size());
        receipts.add(
            target
                .publish(
                    new TransactionMessage(
                        one.topic(), one.partitions(), one.message().relayedBy(origin)),
                    reports)
                .toCompletableFuture());
      }
    } catch (RuntimeException e) {
      outcomes.accept(new Outcome(offset, Optional.empty(), Optional.of(e)));
      return;
    }
    underWay.put(offset, new Published(messages, receipts));
    CompletableFuture<Void> unused =
        CompletableFuture.allOf(receipts.toArray(CompletableFuture[]::new))
            .handle(
                (all, failure) -> {
                  outcomes.accept(
                      failure == null
                          ? new Outcome(
                              offset,
                              Optional.of(stored(offset, messages, receipts)),
                              Optional.empty())
                          : new Outcome(offset, Optional.empty(), Optional.of(failure)));
                  return null;
                });
  }

  private static StoredTransaction stored(
      long offset, List<TransactionMessage> messages, List<CompletableFuture<Receipt>> receipts) {
    List<Long> offsets = new ArrayList<>(receipts.size());
    List<Integer> duplicates = new ArrayList<>(0);
    for (int index = 0; index < receipts.size(); index++) {
      Receipt receipt = receipts.get(index).join();
      offsets.add(receipt.offset());
      // One without an own id was stored by an earlier epoch of the relay.
      if (receipt.duplicate() && messages.get(index).message().hasOwnId()) {
        duplicates.add(index);
      }
    }
    return new StoredTransaction(
        offset, TransactionMessage.fingerprint(messages), offsets, duplicates);
  }

  private ProducerReport report() {
    return new ProducerReport(producer, epoch, new OffsetSet(finishedBelow, List.of()));
  }
}
