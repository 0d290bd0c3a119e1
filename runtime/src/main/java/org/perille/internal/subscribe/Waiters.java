package org.perille.internal.subscribe;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import org.apache.pekko.actor.typed.ActorRef;
import org.perille.internal.subscribe.WorkerRequest.AwaitFinished;
import org.perille.internal.subscribe.WorkerRequest.Finished;

/**
 * Those who wait until an offset is durably finished. They ask again and again, so that those who
 * don't fit in, or are forgotten, only learn it later.
 */
final class Waiters {
  private static final int MAX_WAITERS = 10_000;

  private final Map<Long, List<ActorRef<Finished>>> byOffset = new HashMap<>();
  private int waiting;

  /** Answers at once if the message has come to an end; lets wait if there is room. */
  void add(AwaitFinished request, Progress now) {
    List<ActorRef<Finished>> same = byOffset.getOrDefault(request.offset(), List.of());
    if (now != Progress.PENDING) {
      request.replyTo().tell(finished(request.offset(), now));
    } else if (waiting < MAX_WAITERS && !same.contains(request.replyTo())) {
      byOffset
          .computeIfAbsent(request.offset(), offset -> new ArrayList<>(1))
          .add(request.replyTo());
      waiting++;
    }
  }

  private static Finished finished(long offset, Progress now) {
    return new Finished(offset, now == Progress.DEAD_LETTER);
  }

  /** What has become of a message. */
  enum Progress {
    PENDING,
    FINISHED,
    DEAD_LETTER
  }

  /** Answers those whose message has come to an end, whichever that is. */
  void answer(LongFunction<Progress> progress) {
    answer(List.copyOf(byOffset.keySet()), progress);
  }

  /** Answers those whose message has come to an end, if it is one of these. */
  void answer(Collection<Long> offsets, LongFunction<Progress> progress) {
    if (byOffset.isEmpty()) {
      return;
    }
    for (long offset : offsets) {
      if (byOffset.containsKey(offset)) {
        Progress now = progress.apply(offset);
        if (now != Progress.PENDING) {
          end(offset, now);
        }
      }
    }
  }

  private void end(long offset, Progress now) {
    Finished answer = finished(offset, now);
    List<ActorRef<Finished>> answered = byOffset.remove(offset);
    waiting -= answered.size();
    answered.forEach(waiter -> waiter.tell(answer));
  }
}
