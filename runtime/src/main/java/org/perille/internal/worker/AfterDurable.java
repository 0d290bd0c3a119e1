package org.perille.internal.worker;

import java.util.List;
import org.perille.internal.Pure;
import org.perille.internal.failure.DeadLetterRecord;
import org.perille.internal.log.LogEntry;

/**
 * An action that waits until the recorded failures are durable.
 *
 * <p>It is data, so that waiting actions can be printed and compared. {@link WorkerCore} executes
 * it.
 */
@Pure
sealed interface AfterDurable {

  /** Lets the cursor pass messages whose outcome is durable in the failure log. */
  record AdvanceCursor(List<Long> offsets) implements AfterDurable {
    public AdvanceCursor {
      offsets = List.copyOf(offsets);
    }
  }

  /**
   * Stores the cursor. If it were durable before the failures it would pass messages that aren't
   * recorded.
   */
  enum StoreCursor implements AfterDurable {
    INSTANCE
  }

  /** Completes the recovery: the cursor may pass these offsets. */
  record CompleteRecovery(List<Long> known) implements AfterDurable {
    public CompleteRecovery {
      known = List.copyOf(known);
    }
  }

  /**
   * Hands the longest waiting messages to the pool.
   *
   * @param below the offset below which all messages are dealt with then
   */
  record Admit(long below) implements AfterDurable {}

  /**
   * Releases the failed message of an ordering group in the pool, which continues with the next
   * one.
   */
  record ReleaseKey(String group) implements AfterDurable {}

  /** Publishes the message of a dead letter to the dead-letter topic, if there is one. */
  record ForwardDeadLetter(DeadLetterRecord letter, LogEntry entry) implements AfterDurable {}

  /** Hands messages whose attempts are recorded to the pool. */
  record StartRetries(RetryBatch batch) implements AfterDurable {}

  /** Ends a trial: other messages whose attempts may have ended a process can be retried. */
  record EndTrial(String group) implements AfterDurable {}

  /** Answers an operator. */
  record Reply(WorkerReply<?> reply) implements AfterDurable {}
}
