package org.perille.internal.worker;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongFunction;
import org.perille.internal.Pure;
import org.perille.internal.partition.WorkerRequest.AwaitFinished;
import org.perille.internal.partition.WorkerRequest.Finished;

/**
 * The callers that wait until an offset is durably finished.
 *
 * <p>The number of waiters is limited. Callers repeat their request, so a caller that isn't stored,
 * or was forgotten, only gets its answer later.
 */
@Pure
final class CompletionWaiters {
  private static final int MAX_WAITERS = 10_000;

  private final Map<Long, List<AwaitFinished>> byOffset = new HashMap<>();
  private int waiting;

  /**
   * Returns the answer if the message is finished; otherwise stores the request if there is room.
   */
  Optional<WorkerReply<Finished>> add(AwaitFinished request, Progress now) {
    if (now != Progress.PENDING) {
      return Optional.of(reply(request, now));
    }
    List<AwaitFinished> same = byOffset.getOrDefault(request.offset(), List.of());
    if (waiting < MAX_WAITERS && !same.contains(request)) {
      byOffset.computeIfAbsent(request.offset(), offset -> new ArrayList<>(1)).add(request);
      waiting++;
    }
    return Optional.empty();
  }

  private static WorkerReply<Finished> reply(AwaitFinished request, Progress now) {
    return new WorkerReply<>(
        request.replyTo(), new Finished(request.offset(), now == Progress.DEAD_LETTER));
  }

  /** The progress of a message. */
  enum Progress {
    PENDING,
    FINISHED,
    DEAD_LETTER
  }

  /** Returns the answers to all requests whose message is finished. */
  List<WorkerReply<Finished>> answer(LongFunction<Progress> progress) {
    return byOffset.isEmpty() ? List.of() : answer(List.copyOf(byOffset.keySet()), progress);
  }

  /** Returns the answers to requests for these offsets whose message is finished. */
  List<WorkerReply<Finished>> answer(Collection<Long> offsets, LongFunction<Progress> progress) {
    if (byOffset.isEmpty()) {
      return List.of();
    }
    List<WorkerReply<Finished>> answers = new ArrayList<>();
    for (long offset : offsets) {
      if (byOffset.containsKey(offset)) {
        Progress now = progress.apply(offset);
        if (now != Progress.PENDING) {
          List<AwaitFinished> answered = byOffset.remove(offset);
          waiting -= answered.size();
          answered.forEach(request -> answers.add(reply(request, now)));
        }
      }
    }
    return answers;
  }
}
