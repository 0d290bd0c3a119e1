package org.perille.internal.feed;

import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.perille.internal.log.LogMark;

/** Partition to worker: the answer to its wish to be fed. */
public sealed interface FeedAnswer {
  long incarnation();

  long session();

  /**
   * A feed is ready; its first message will be this offset's.
   *
   * @param mark of the log before that offset; empty if nothing is there
   */
  record Attached(
      long incarnation,
      long session,
      long offset,
      long sequenceNumber,
      Optional<LogMark> mark,
      ActorRef<Void> feed)
      implements FeedAnswer {}

  /** The subscriber isn't fed: what it has finished isn't in this log. It may ask again. */
  record Refused(long incarnation, long session, String reason) implements FeedAnswer {}
}
