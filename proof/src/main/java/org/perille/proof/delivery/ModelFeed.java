package org.perille.proof.delivery;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.perille.internal.feed.FeedAnswer;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.feed.FeedReader;
import org.perille.internal.feed.FeedStart;
import org.perille.internal.feed.PartitionJournal.Stored;
import org.perille.internal.feed.TailCache;

/** A feed of a partition to a worker, with the batches that are under way to the worker. */
final class ModelFeed {
  private final Simulation simulation;
  private final ModelPartition partition;
  private final FeedRequest request;
  private final FeedStart start;
  private final FeedReader reader;

  /** The events that the reader has not decided about. */
  private final ArrayDeque<Supplier<List<FeedReader.Action>>> inputs = new ArrayDeque<>();

  /** The reads of the journal under way, and one that waits to be repeated. */
  private final List<Runnable> slow = new ArrayList<>();

  private final List<FeedBatch> sent = new ArrayList<>();
  private int delivered;

  /** The number of batches that the feed knows to be confirmed. */
  private int confirmed;

  private boolean running;
  private boolean sending;
  private boolean demanded;
  private boolean demandIsSlow;
  private boolean stopped;

  ModelFeed(
      Simulation simulation, ModelPartition partition, FeedRequest request, long end, long last) {
    this.simulation = simulation;
    this.partition = partition;
    this.request = request;
    this.start =
        new FeedStart(
            (id, from, to) -> read(from, to), simulation.topic().id().persistenceId(), end, last);
    this.reader = new FeedReader(simulation.feeds().limits());
  }

  @Override
  public String toString() {
    return "feed of " + partition + " for session " + request.session() + " of " + request.client();
  }

  private Random random() {
    return simulation.random();
  }

  boolean isDead() {
    return stopped || partition.isDead();
  }

  /** Returns whether the worker has gone. The feed learns of it some time later. */
  boolean isOrphaned() {
    return request.client().isOver();
  }

  void stop() {
    stopped = true;
  }

  /** Adds an input, and lets the feed run. */
  void on(Supplier<List<FeedReader.Action>> input) {
    inputs.add(input);
    run();
  }

  void begin() {
    on(reader::begin);
  }

  void answerAgain() {
    on(reader::requestRepeated);
  }

  void tailAvailable(TailCache.Read read) {
    simulation.mark(Mark.FED_FROM_TAIL);
    on(() -> reader.tailAvailable(read));
  }

  void tailMissed(long lastSequenceNumber) {
    on(() -> reader.tailMissed(lastSequenceNumber));
  }

  /** Returns whether something slow is under way. */
  boolean hasSlow() {
    return !isDead() && (demandIsSlow || !slow.isEmpty());
  }

  /** Ends something slow. */
  void endSlow() {
    if (!slow.isEmpty() && (!demandIsSlow || random().nextBoolean())) {
      slow.remove(random().nextInt(slow.size())).run();
    } else {
      demandIsSlow = false;
      demand();
    }
    run();
  }

  /** Decides about everything that has happened. Asks for batches as long as there is room. */
  private void run() {
    if (running) {
      return;
    }
    running = true;
    try {
      while (!isDead() && runOnce()) {}
    } catch (RuntimeException e) {
      // If a handler runs meanwhile, this would count as its failure.
      simulation.violated(e);
      throw e;
    } finally {
      running = false;
    }
  }

  private boolean runOnce() {
    if (!inputs.isEmpty()) {
      inputs.poll().get().forEach(this::carryOut);
      return true;
    }
    if (!sending || demanded || demandIsSlow || !hasRoom()) {
      return false;
    }
    demandIsSlow = random().nextInt(simulation.feeds().demandsPerSlow()) == 0;
    if (!demandIsSlow) {
      demand();
    }
    return !demandIsSlow;
  }

  private boolean hasRoom() {
    return sent.size() - confirmed < simulation.feeds().window();
  }

  private void demand() {
    demanded = true;
    inputs.add(reader::demanded);
  }

  private void carryOut(FeedReader.Action action) {
    simulation.tell(this, "action", new Description(action));
    if (action instanceof FeedReader.DecideStart) {
      start.decide(request.from()).whenComplete(this::decided);
    } else if (action instanceof FeedReader.Attach attach) {
      FeedStart.At at = attach.start();
      answer(
          new FeedAnswer.Attached(
              request.epoch(),
              request.session(),
              at.place().offset(),
              at.place().sequenceNumber(),
              at.mark(),
              simulation.system().deadLetters()));
    } else if (action instanceof FeedReader.Refuse refuse) {
      answer(new FeedAnswer.Refused(request.epoch(), request.session(), refuse.reason()));
    } else if (action instanceof FeedReader.StartSending) {
      sending = true;
      request.consumer().connect(this);
    } else if (action instanceof FeedReader.Send send) {
      demanded = false;
      sent.add(send.batch());
    } else if (action instanceof FeedReader.RequestTail tail) {
      partition.readTail(this, tail.offset());
    } else if (action instanceof FeedReader.ReadJournal journal) {
      readJournal(journal);
    } else if (action instanceof FeedReader.ReadAgainLater) {
      slow.add(() -> inputs.add(reader::readAgain));
    } else if (action instanceof FeedReader.Stop) {
      partition.ended(this);
    } else {
      throw new IllegalStateException("nothing carries out " + action);
    }
  }

  private void answer(FeedAnswer answer) {
    simulation.network().answer(this, request.client(), answer);
  }

  private void decided(FeedStart.Decision decision, Throwable failure) {
    if (failure == null) {
      inputs.add(() -> reader.startDecided(decision));
    } else {
      Throwable cause = requirePlanned(failure);
      simulation.mark(Mark.FEED_START_FAILED);
      inputs.add(() -> reader.startFailed(cause));
    }
  }

  private void readJournal(FeedReader.ReadJournal journal) {
    CompletableFuture<List<Stored>> unused =
        read(journal.from(), journal.to())
            .whenComplete(
                (events, failure) -> {
                  if (failure == null) {
                    simulation.mark(Mark.FED_FROM_JOURNAL);
                    read(journal, events);
                  } else {
                    Throwable cause = requirePlanned(failure);
                    simulation.mark(Mark.FEED_READ_FAILED);
                    inputs.add(() -> reader.readFailed(cause));
                  }
                })
            .toCompletableFuture();
  }

  private void read(FeedReader.ReadJournal journal, List<Stored> events) {
    if (events.isEmpty() || events.size() != journal.to() - journal.from() + 1) {
      simulation.violated(new AssertionError("the journal doesn't have all events of " + journal));
    } else {
      inputs.add(() -> reader.journalRead(events));
    }
  }

  private Throwable requirePlanned(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (!(cause instanceof StorageFailedException)) {
      simulation.violated(cause);
    }
    return cause;
  }

  /** Reads the journal, at once or later. */
  private CompletionStage<List<Stored>> read(long from, long to) {
    CompletableFuture<List<Stored>> read = new CompletableFuture<>();
    Runnable end =
        () -> {
          if (simulation.faults().ofWrite().stores()) {
            read.complete(simulation.topic().read(from, to));
          } else {
            read.completeExceptionally(new StorageFailedException("a feed's journal"));
          }
        };
    if (random().nextInt(simulation.feeds().readsPerSlow()) == 0) {
      slow.add(end);
    } else {
      end.run();
    }
    return read;
  }

  // The batches under way, as the worker's side sees them

  boolean hasUndelivered() {
    return delivered < sent.size();
  }

  boolean hasDelivered() {
    return delivered > 0;
  }

  FeedBatch deliver() {
    return sent.get(delivered++);
  }

  void repeatUnconfirmed() {
    delivered = confirmed;
  }

  void loseUndelivered() {
    sent.subList(delivered, sent.size()).clear();
  }

  /** Confirms a delivered batch. The feed may learn of it with a later one. */
  void confirm() {
    if (!hasRoom() || random().nextBoolean()) {
      confirmed = delivered;
      run();
    }
  }
}
