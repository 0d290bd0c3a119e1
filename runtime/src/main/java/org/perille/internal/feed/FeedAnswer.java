package org.perille.internal.feed;

import org.apache.pekko.actor.typed.ActorRef;

/** Partition to worker: the answer to its wish to be fed. */
public sealed interface FeedAnswer {
  long incarnation();

  long session();

  /** A feed is ready; its first message will be this offset's. */
  record Attached(
      long incarnation, long session, long offset, long sequenceNumber, ActorRef<Void> feed)
      implements FeedAnswer {}

  /** What was asked for can't be. */
  record Refused(long incarnation, long session, String reason) implements FeedAnswer {}
}
