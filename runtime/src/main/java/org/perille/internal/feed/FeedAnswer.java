package org.perille.internal.feed;

import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.perille.internal.PerilleSerializable;
import org.perille.internal.log.LogMark;

/** The answer of a partition to a worker's request to be fed. */
public sealed interface FeedAnswer extends PerilleSerializable {
  long epoch();

  long session();

  /**
   * The feed is ready, and its first message will be at this offset.
   *
   * @param mark the mark of the log before that offset; empty if the log is empty there
   */
  record Attached(
      long epoch,
      long session,
      long offset,
      long sequenceNumber,
      Optional<LogMark> mark,
      ActorRef<Void> feed)
      implements FeedAnswer {}

  /**
   * The feed is refused, because the messages that the subscriber has finished aren't in this log.
   *
   * <p>The subscriber may repeat its request.
   */
  record Refused(long epoch, long session, String reason) implements FeedAnswer {}
}
