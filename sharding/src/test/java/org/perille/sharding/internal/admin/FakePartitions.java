package org.perille.sharding.internal.admin;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.perille.DeadLetter;
import org.perille.DeadLetterCount;
import org.perille.DeadLetterFilter;
import org.perille.internal.feed.ReadFrom;
import org.perille.internal.log.PartitionId;
import org.perille.internal.partition.PartitionRequest;
import org.perille.internal.partition.WorkerRequest;

/**
 * Partitions that answer at once, also for workers that only have dead letters.
 *
 * <p>All dead letters have the same reason and failure.
 */
final class FakePartitions implements PartitionClient {
  /** A request and its addressee. */
  record Asked(int partition, WorkerRequest request) {}

  final List<Asked> asked = new ArrayList<>();
  private final ActorTestKit kit;
  private final Map<Integer, TreeMap<Long, DeadLetter>> letters = new HashMap<>();
  private final Set<Integer> suppressed = new HashSet<>();
  private long endOffset;
  private long located;

  FakePartitions(ActorTestKit kit) {
    this.kit = kit;
  }

  void add(DeadLetter letter) {
    letters
        .computeIfAbsent(letter.partition(), partition -> new TreeMap<>())
        .put(letter.offset(), letter);
  }

  void remove(int partition, long offset) {
    letters.get(partition).remove(offset);
  }

  /** Makes the worker of a partition unavailable. */
  void silence(int partition) {
    suppressed.add(partition);
  }

  /** Sets the length of the logs, and the event that is found for any offset. */
  void logs(long end, long sequenceNumber) {
    endOffset = end;
    located = sequenceNumber;
  }

  @Override
  public <A> CompletionStage<A> askUntilAnswered(
      PartitionId id, Function<ActorRef<A>, PartitionRequest> request, Duration timeout) {
    TestProbe<A> asker = kit.createTestProbe();
    PartitionRequest made = request.apply(asker.getRef());
    if (made instanceof PartitionRequest.Describe describe) {
      describe.replyTo().tell(new PartitionRequest.Description(endOffset, List.of()));
    } else if (made instanceof PartitionRequest.Locate locate) {
      long offset = ((ReadFrom.Offset) locate.from()).offset();
      locate.replyTo().tell(new PartitionRequest.Located(offset, located));
    } else {
      WorkerRequest forWorker = ((PartitionRequest.ForWorker) made).request();
      asked.add(new Asked(id.partition(), forWorker));
      if (suppressed.contains(id.partition())) {
        return CompletableFuture.failedFuture(new TimeoutException("no answer"));
      }
      answer(id.partition(), forWorker);
    }
    return CompletableFuture.completedFuture(asker.receiveMessage());
  }

  private void answer(int partition, WorkerRequest request) {
    if (request instanceof WorkerRequest.SetPaused pause) {
      pause.replyTo().tell(new WorkerRequest.PausedSet(pause.reason()));
    } else if (request instanceof WorkerRequest.ListDeadLetters list) {
      list.replyTo().tell(page(partition, list));
    } else if (request instanceof WorkerRequest.CountDeadLetters count) {
      count.replyTo().tell(new WorkerRequest.DeadLetterCounts(counts(partition, count.filter())));
    } else if (request instanceof WorkerRequest.Redrive redrive) {
      redrive.replyTo().tell(done(partition, redrive.requestId(), redrive.filter()));
    } else if (request instanceof WorkerRequest.Discard discard) {
      discard.replyTo().tell(done(partition, discard.requestId(), discard.filter()));
    }
  }

  private WorkerRequest.DeadLetterPage page(int partition, WorkerRequest.ListDeadLetters list) {
    List<DeadLetter> wanted =
        meant(partition, list.filter()).stream()
            .filter(letter -> letter.offset() >= list.fromOffset())
            .toList();
    return new WorkerRequest.DeadLetterPage(
        wanted.subList(0, Math.min(list.limit(), wanted.size())), wanted.size() > list.limit());
  }

  private List<DeadLetterCount> counts(int partition, DeadLetterFilter filter) {
    List<DeadLetter> meant = meant(partition, filter);
    return meant.stream()
        .map(DeadLetter::error)
        .distinct()
        .map(
            error ->
                new DeadLetterCount(
                    DeadLetter.Reason.ATTEMPTS_EXHAUSTED,
                    DeadLetter.Failure.HANDLER,
                    error,
                    meant.stream().filter(letter -> letter.error().equals(error)).count()))
        .toList();
  }

  private WorkerRequest.OperationDone done(int partition, String order, DeadLetterFilter filter) {
    return new WorkerRequest.OperationDone(order, meant(partition, filter).size());
  }

  private List<DeadLetter> meant(int partition, DeadLetterFilter filter) {
    return letters.getOrDefault(partition, new TreeMap<>()).values().stream()
        .filter(filter::matches)
        .toList();
  }
}
