package org.perille.internal.subscribe;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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

  /** Answers those whose offset is finished. */
  void answer(Cursor durable) {
    byOffset
        .entrySet()
        .removeIf(
            entry -> {
              if (!durable.isFinished(entry.getKey())) {
                return false;
              }
              answer(entry);
              return true;
            });
  }

  private void answer(Map.Entry<Long, List<ActorRef<Finished>>> entry) {
    waiting -= entry.getValue().size();
    entry.getValue().forEach(waiter -> waiter.tell(new Finished(entry.getKey(), false)));
  }
}
