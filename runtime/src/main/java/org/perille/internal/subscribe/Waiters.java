package org.perille.internal.subscribe;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
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

  private final TreeMap<Long, List<ActorRef<Finished>>> byOffset = new TreeMap<>();
  private int waiting;

  void add(AwaitFinished request) {
    List<ActorRef<Finished>> same =
        byOffset.computeIfAbsent(request.offset(), offset -> new ArrayList<>(1));
    if (waiting < MAX_WAITERS && !same.contains(request.replyTo())) {
      same.add(request.replyTo());
      waiting++;
    }
  }

  /** What has become of a message. */
  enum Progress {
    PENDING,
    FINISHED,
    DEAD_LETTER
  }

  /** Answers those whose message has come to an end. */
  void answer(LongFunction<Progress> progress) {
    byOffset
        .entrySet()
        .removeIf(
            entry -> {
              Progress now = progress.apply(entry.getKey());
              if (now == Progress.PENDING) {
                return false;
              }
              Finished answer = new Finished(entry.getKey(), now == Progress.DEAD_LETTER);
              waiting -= entry.getValue().size();
              entry.getValue().forEach(waiter -> waiter.tell(answer));
              return true;
            });
  }
}
