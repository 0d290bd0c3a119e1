package org.perille.internal.subscribe;

import java.time.Instant;
import org.perille.DeadLetter;
import org.perille.Subscription;
import org.perille.internal.failure.Judge;
import org.perille.internal.failure.UserCode;
import org.perille.internal.log.PartitionId;
import org.slf4j.Logger;

/**
 * The log lines about attempts that are not as they should be.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
final class AttemptLog {
  private final Subscription<?> subscription;
  private final PartitionId partition;
  private final Logger log;
  private final Traces traces = new Traces();

  AttemptLog(Subscription<?> subscription, PartitionId partition, Logger log) {
    this.subscription = subscription;
    this.partition = partition;
    this.log = log;
  }

  /** An attempt has failed. */
  void failed(Work work, Throwable cause, Judge.Verdict verdict, long nowMillis) {
    String next = "it is skipped";
    if (verdict instanceof Judge.Again again) {
      next = "trying again at " + Instant.ofEpochMilli(again.dueMillis());
    } else if (verdict instanceof Judge.GiveUp giveUp) {
      next =
          "it is a dead letter now (%s), consequence %s"
              .formatted(giveUp.reason(), giveUp.consequence());
    }
    log.warn(
        "{} failed to handle {} offset {} (key '{}') at attempt {}: {}; {}",
        subscription,
        partition,
        work.entry().offset(),
        work.key(),
        work.attempt(),
        UserCode.describe(cause),
        next,
        isWorthATrace(work, cause, verdict, nowMillis) ? UserCode.loggable(cause) : null);
  }

  /** At first, and when it is given up: what is tried ten times would fill the log otherwise. */
  private boolean isWorthATrace(Work work, Throwable cause, Judge.Verdict verdict, long nowMillis) {
    return Judge.causeOf(cause).failure() == DeadLetter.Failure.HANDLER
        && (work.attempt() == 1 || !(verdict instanceof Judge.Again))
        && traces.isWorthShowing(cause, nowMillis);
  }

  /** An attempt doesn't end. */
  void hangs(Round.Hanging hanging) {
    Work work = hanging.work();
    StackTraceElement[] stack =
        hanging.thread().map(Thread::getStackTrace).orElseGet(() -> new StackTraceElement[0]);
    Here here = new Here();
    here.setStackTrace(stack);
    log.warn(
        "{} has been handling {} offset {} (key '{}') at attempt {} for {}{}, and goes on: later"
            + " messages of its key wait, and one of the places for handlers is taken. Fix what it"
            + " waits for; restart the node to end this attempt; set a deadline"
            + " (Subscription.withDeadline), so that such attempts end and are made again by"
            + " themselves. {}",
        subscription,
        partition,
        work.entry().offset(),
        work.key(),
        work.attempt(),
        hanging.time(),
        hanging.together() > 1 ? " in a round of " + hanging.together() + " messages" : "",
        stack.length == 0 ? "Its stage isn't complete." : "Its thread is here: " + stack[0],
        stack.length == 0 ? null : here);
  }

  /** The place where a thread is, for the log. */
  private static final class Here extends Exception {
    private static final long serialVersionUID = 1L;

    Here() {
      super("the handler's thread is here");
    }
  }
}
