package org.perille.internal.partition;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.perille.internal.feed.Feed;
import org.perille.internal.feed.JournalSeek;
import org.perille.internal.feed.PartitionJournal;
import org.perille.internal.feed.TailCache;
import org.perille.internal.log.PartitionEvent.BatchAppended;
import org.perille.internal.log.PartitionId;
import org.perille.internal.partition.PartitionRequest.Attach;
import org.perille.internal.partition.PartitionRequest.CursorReport;
import org.perille.internal.partition.PartitionRequest.ForWorker;
import org.perille.internal.partition.PartitionRequest.Locate;
import org.perille.internal.settings.PartitionSettings;

/**
 * The feeds that a partition runs for its subscriptions, as its children.
 *
 * <p>Feeds read the last batches here, and older ones from the journal. Workers report their
 * progress here.
 *
 * <p><b>Threading</b>: used by the partition's actor alone.
 */
final class PartitionFeeds {
  /** A feed, and the worker that it feeds. */
  record Feeding(ActorRef<Feed.Command> feed, ActorRef<WorkerRequest> worker) {}

  private final ActorContext<Partition.Command> context;
  private final PartitionId id;
  private final PartitionSettings settings;
  private final PartitionJournal journal;
  private final ActorRef<Feed.TailRequest> tailRequests;
  private final TailCache tail;
  private final Feeds<Feeding> feeds = new Feeds<>();
  private final Map<String, CursorReport> cursors = new HashMap<>();

  /** The requests for messages that don't exist yet. */
  private final List<Feed.TailRequest> waiting = new ArrayList<>();

  private long started;

  PartitionFeeds(
      ActorContext<Partition.Command> context,
      PartitionId id,
      PartitionSettings settings,
      PartitionJournal journal,
      ActorRef<Feed.TailRequest> tailRequests) {
    this.context = context;
    this.id = id;
    this.settings = settings;
    this.journal = journal;
    this.tailRequests = tailRequests;
    this.tail = new TailCache(settings.tailBytes(), settings.tailAge());
  }

  /** Passes on a batch that is durable now. */
  void appended(PartitionLog log, BatchAppended batch) {
    tail.append(log.sequenceNumber(), batch);
    if (!waiting.isEmpty()) {
      List<Feed.TailRequest> requests = List.copyOf(waiting);
      waiting.clear();
      requests.forEach(request -> readTail(log, request));
    }
  }

  /** Answers a feed, once there are messages for it. */
  void readTail(PartitionLog log, Feed.TailRequest request) {
    if (request.offset() >= log.nextOffset()) {
      waiting.removeIf(other -> other.feed().equals(request.feed()));
      waiting.add(request);
      return;
    }
    Optional<TailCache.Read> read = tail.read(request.offset(), request.limits());
    request
        .feed()
        .tell(
            read.isPresent()
                ? new Feed.TailAvailable(read.get())
                : new Feed.TailMissed(tail.firstSequenceNumber(log.sequenceNumber() + 1) - 1));
  }

  /** Starts a feed for a worker, if it may have one. */
  void attach(PartitionLog log, Attach attach) {
    Feeds.Decision<Feeding> decision =
        feeds.requested(
            attach.subscription(),
            attach.epoch(),
            attach.session(),
            attach.from(),
            log.nextOffset());
    if (decision instanceof Feeds.AnswerAgain<Feeding> again) {
      again.feed().feed.tell(Feed.AnswerAgain.INSTANCE);
    } else if (decision instanceof Feeds.Start<Feeding> start) {
      start.replaced().ifPresent(current -> context.stop(current.feed));
      startFeed(log, attach);
    }
  }

  private void startFeed(PartitionLog log, Attach attach) {
    ActorRef<Feed.Command> feed =
        context.spawn(
            Feed.create(
                new Feed.Assignment(
                    id.persistenceId(),
                    attach.epoch(),
                    attach.session(),
                    attach.from(),
                    log.nextOffset(),
                    log.sequenceNumber(),
                    attach.worker(),
                    attach.consumerController()),
                journal,
                settings.feed(),
                tailRequests),
            "feed-" + attach.subscription() + "-" + ++started);
    Feeding feeding = new Feeding(feed, attach.requests());
    context.watchWith(feed, new Partition.FeedEnded(attach.subscription(), feeding));
    feeds.started(attach.subscription(), attach.epoch(), attach.session(), feeding);
    // The position from which it reads isn't what it has finished, which the worker reports itself.
    cursors.remove(attach.subscription());
  }

  /** Answers with the place in the journal from which a reader reads, once it is found. */
  void locate(PartitionLog log, Locate command) {
    new JournalSeek(journal, id.persistenceId(), log.nextOffset(), log.sequenceNumber())
        .place(command.from())
        .whenComplete(
            (place, failure) -> {
              // The sender repeats the request if there is no answer.
              if (failure == null) {
                command
                    .replyTo()
                    .tell(new PartitionRequest.Located(place.offset(), place.sequenceNumber()));
              }
            });
  }

  /** Forgets a feed that has stopped. */
  void ended(Partition.FeedEnded ended) {
    waiting.removeIf(request -> request.feed().equals(ended.feeding().feed));
    if (feeds.ended(ended.subscription(), ended.feeding())) {
      cursors.remove(ended.subscription());
    }
  }

  /** Stores the progress of a worker that is fed; returns false if it isn't, or was replaced. */
  boolean report(CursorReport report) {
    CursorReport known = cursors.get(report.subscription());
    boolean current =
        feeds.of(report.subscription()).isPresent()
            && (known == null || known.epoch() <= report.epoch());
    if (current) {
      cursors.put(report.subscription(), report);
    }
    return current;
  }

  /** Returns the last report of each worker that is fed. */
  List<CursorReport> reports() {
    return List.copyOf(cursors.values());
  }

  /** Passes a request to the worker that is fed now; returns whether there is one. */
  boolean pass(ForWorker command) {
    Optional<Feeding> fed = feeds.of(command.subscription());
    fed.ifPresent(feeding -> feeding.worker.tell(command.request()));
    return fed.isPresent();
  }

  /** Returns whether a subscription has a worker that is fed. */
  boolean isFed(String subscription) {
    return feeds.of(subscription).isPresent();
  }
}
