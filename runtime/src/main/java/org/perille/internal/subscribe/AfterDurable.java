package org.perille.internal.subscribe;

import java.util.List;
import org.perille.internal.failure.DeadLetterRecord;
import org.perille.internal.log.LogEntry;

/**
 * Work that waits until what was recorded of failures is durable. It is data, so that what waits
 * can be printed and compared; {@link WorkerCore} carries it out.
 */
sealed interface AfterDurable {

  /** Lets the cursor pass messages: what becomes of them is durable elsewhere. */
  record AdvanceCursor(List<Long> offsets) implements AfterDurable {
    public AdvanceCursor {
      offsets = List.copyOf(offsets);
    }
  }

  /** Stores the cursor: one that was durable first would pass what isn't recorded yet. */
  enum StoreCursor implements AfterDurable {
    INSTANCE
  }

  /** Takes over what a predecessor has left: the cursor may pass these offsets. */
  record CompleteRecovery(List<Long> known) implements AfterDurable {
    public CompleteRecovery {
      known = List.copyOf(known);
    }
  }

  /**
   * Hands the messages to the pool that have waited longest to get in.
   *
   * @param below the offset up to which all messages have been dealt with then
   */
  record Admit(long below) implements AfterDurable {}

  /**
   * Releases the failed message of an ordering group in the pool, and goes on with the next one.
   */
  record ReleaseKey(String group) implements AfterDurable {}

  /** Publishes the message of a dead letter to the topic for dead letters, if there is one. */
  record ForwardDeadLetter(DeadLetterRecord letter, LogEntry entry) implements AfterDurable {}

  /** Hands messages to the pool whose attempts are recorded. */
  record StartRetries(RetryBatch batch) implements AfterDurable {}

  /** Lets other messages be tried again that may have ended a process. */
  record EndTrial(String group) implements AfterDurable {}

  /** Answers an operator. */
  record Reply(WorkerReply<?> reply) implements AfterDurable {}
}
