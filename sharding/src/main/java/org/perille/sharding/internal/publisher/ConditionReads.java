package org.perille.sharding.internal.publisher;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.IntConsumer;
import org.perille.PublishRefusedException.Reason;
import org.perille.Receipt;
import org.perille.internal.failure.UserCode;
import org.perille.internal.feed.KeySearches;
import org.perille.internal.feed.PartitionJournal;
import org.perille.internal.feed.PartitionJournal.Stored;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.ConditionResult;
import org.perille.internal.log.ConditionResult.Undecided;
import org.perille.internal.log.LogCondition;
import org.perille.internal.log.PartitionId;
import org.perille.internal.publish.PendingPublish;
import org.perille.internal.publish.SendBuffer;
import org.perille.internal.publish.Turns;

/**
 * Reads the logs of a topic's partitions, for messages whose conditions the partitions could not
 * decide, and has these messages sent again.
 *
 * <p>The number of reads at the same time is limited, and so are their events in memory. Partitions
 * take turns.
 *
 * <p><b>Threading</b>: used by one actor.
 */
final class ConditionReads {
  /** A read that has ended, with its events, or with its failure. */
  record Done(
      int partition, KeySearches.Range range, List<Stored> events, Optional<Throwable> failure) {}

  /** The limit of reads at the same time, by one publisher. */
  private static final int MAX_READS = 2;

  private final String topic;
  private final PartitionJournal journal;
  private final Turns<CompletableFuture<Receipt>> turns;
  private final Callbacks callbacks;
  private final Duration timeout;
  private final BiConsumer<ConditionReads, CompletionStage<Done>> pipe;
  private final IntConsumer sendNext;

  private final Map<Integer, KeySearches<PendingPublish<CompletableFuture<Receipt>>>> searches =
      new HashMap<>();

  /** The partitions that have searches and no read under way. */
  private final ArrayDeque<Integer> waiting = new ArrayDeque<>();

  private int underWay;

  /**
   * Creates reads of a topic.
   *
   * @param pipe returns the result of a read to the actor, which calls {@link #done}
   * @param sendNext sends the next messages of a partition
   */
  ConditionReads(
      PublisherActor.Assignment assignment,
      Turns<CompletableFuture<Receipt>> turns,
      Callbacks callbacks,
      BiConsumer<ConditionReads, CompletionStage<Done>> pipe,
      IntConsumer sendNext) {
    this.topic = assignment.topic();
    this.journal = assignment.journal();
    this.turns = turns;
    this.callbacks = callbacks;
    // After the log has been read for a message, it has the whole time again.
    this.timeout = assignment.settings().timeout();
    this.pipe = pipe;
    this.sendNext = sendNext;
  }

  /** Begins to read for the messages of a batch that are undecided, and returns the others. */
  List<PendingPublish<CompletableFuture<Receipt>>> decided(
      SendBuffer.Batch<CompletableFuture<Receipt>> batch, BatchReceipt receipt) {
    Map<Integer, Undecided> undecided = new HashMap<>(0);
    for (ConditionResult result : receipt.unmet()) {
      if (result instanceof Undecided one) {
        undecided.put(one.index(), one);
      }
    }
    if (undecided.isEmpty()) {
      return batch.messages();
    }
    List<PendingPublish<CompletableFuture<Receipt>>> decided = new ArrayList<>();
    int index = 0;
    for (PendingPublish<CompletableFuture<Receipt>> pending : batch.messages()) {
      Undecided one = undecided.get(index++);
      if (one == null) {
        decided.add(pending);
      } else if (pending.isExpired(System.nanoTime())) {
        refuse(pending, "within " + timeout);
      } else {
        turns.reading(pending);
        search(receipt.partition(), pending, one);
      }
    }
    readNext();
    return decided;
  }

  /** Fails a message that the partition has not decided about. It is certainly not stored. */
  private void refuse(PendingPublish<CompletableFuture<Receipt>> pending, String when) {
    callbacks.failed(
        List.of(new SendBuffer.Expired<>(pending, false)), false, Reason.NOT_SENT, when);
    turns.settled(List.of(pending)).forEach(sendNext::accept);
  }

  private void search(
      int partition, PendingPublish<CompletableFuture<Receipt>> pending, Undecided undecided) {
    searches
        .computeIfAbsent(
            partition,
            first -> {
              waiting.add(partition);
              return new KeySearches<>();
            })
        .add(
            pending,
            pending.message().key(),
            undecided.below(),
            undecided.sequenceNumber(),
            pending.condition().flatMap(LogCondition::read));
  }

  private void readNext() {
    while (underWay < MAX_READS && !waiting.isEmpty()) {
      int partition = waiting.poll();
      searches
          .get(partition)
          .next()
          .ifPresentOrElse(range -> read(partition, range), () -> searches.remove(partition));
    }
  }

  private void read(int partition, KeySearches.Range range) {
    underWay++;
    pipe.accept(
        this,
        journal
            .read(new PartitionId(topic, partition).persistenceId(), range.from(), range.to())
            .handle(
                (events, failure) ->
                    failure == null
                        ? new Done(partition, range, events, Optional.empty())
                        : new Done(partition, range, List.of(), Optional.of(failure))));
  }

  /** Takes the result of a read, unless it is of the actor before it failed. */
  @SuppressWarnings("ReferenceEquality") // another run of the actor has another object
  void done(ConditionReads of, Done done) {
    if (of != this) {
      return;
    }
    underWay--;
    waiting.add(done.partition);
    KeySearches<PendingPublish<CompletableFuture<Receipt>>> ofPartition =
        searches.get(done.partition);
    if (done.failure.isPresent()) {
      String when =
          "again, because the log could not be read for its condition (%s),"
              .formatted(UserCode.messageOf(done.failure.get()));
      ofPartition.clear().forEach(pending -> refuse(pending, when));
    }
    ofPartition
        .read(done.range, done.events)
        .forEach(
            found -> {
              long deadlineNanos = System.nanoTime() + timeout.toNanos();
              if (turns.read(found.search(), found.last(), deadlineNanos)) {
                sendNext.accept(done.partition);
              }
            });
    readNext();
  }
}
