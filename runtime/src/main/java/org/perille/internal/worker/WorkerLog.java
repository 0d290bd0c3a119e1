package org.perille.internal.worker;

import java.time.Instant;
import org.perille.DeadLetter;
import org.perille.Subscription;
import org.perille.internal.failure.FailurePolicy;
import org.perille.internal.failure.UserCode;
import org.perille.internal.handler.Invocation;
import org.perille.internal.handler.PendingDelivery;
import org.perille.internal.log.PartitionId;
import org.slf4j.Logger;

/**
 * The log lines of a worker.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
final class WorkerLog {
  private final Subscription<?> subscription;
  private final PartitionId partition;
  private final Logger log;
  private final StackTraceLimiter traces = new StackTraceLimiter();

  WorkerLog(Subscription<?> subscription, PartitionId partition, Logger log) {
    this.subscription = subscription;
    this.partition = partition;
    this.log = log;
  }

  void write(WorkerNote note) {
    if (note instanceof WorkerNote.AttemptFailed failed) {
      attemptFailed(failed);
    } else if (note instanceof WorkerNote.OutcomeUnknown open) {
      log.warn(
          "{} can't give up offset {} (key '{}') of partition {} yet, because it isn't known"
              + " whether its effect was recorded; the worker retries it later: {}",
          subscription,
          open.delivery().entry().offset(),
          open.delivery().key(),
          partition,
          UserCode.describe(open.unknown()));
    } else if (note instanceof WorkerNote.MaybeLost lost) {
      log.warn(
          "{} may have lost offset {} of partition {}: its node or worker ended while it was"
              + " handled, and its guarantee allows no second attempt",
          subscription,
          lost.offset(),
          partition);
    } else if (note instanceof WorkerNote.DeferredLimitReached full) {
      log.warn(
          "{} has deferred {} messages of partition {}, as many as"
              + " perille.subscription.max-deferred-messages allows, and receives no more until"
              + " some are done: look for parked keys among its dead letters, or raise the limit",
          subscription,
          full.messages(),
          partition);
    } else if (note instanceof WorkerNote.DeadLetterLimitReached full) {
      log.error(
          "{} has {} dead letters in partition {}, as many as perille.subscription.max-dead-letters"
              + " allows: redrive or discard some of them; until then messages that should become"
              + " dead letters are {}",
          subscription,
          full.letters(),
          partition,
          full.retried() ? "retried" : "skipped");
    } else {
      writeOfWorker(note);
    }
  }

  private void writeOfWorker(WorkerNote note) {
    if (note instanceof WorkerNote.Recovered recovered) {
      log.debug(
          "{} starts in partition {} at offset {}",
          subscription,
          partition,
          recovered
              .cursor()
              .map(cursor -> Long.toString(cursor.nextOffset()))
              .orElse("of its start position"));
    } else if (note instanceof WorkerNote.CannotGoOn stuck) {
      log.warn(
          "{} can't go on with partition {} and restarts with the durable state: {}",
          subscription,
          partition,
          UserCode.describe(stuck.cause()));
    } else if (note instanceof WorkerNote.GenerationBegins begins) {
      log.info(
          "{} begins generation {} of partition {} at offset {}",
          subscription,
          begins.cursor().generation().number(),
          partition,
          begins.cursor().nextOffset());
    } else if (note instanceof WorkerNote.FeedRefused refused) {
      log.error(
          "{} can't be fed in partition {}: {}",
          subscription,
          partition.partition(),
          refused.reason());
    } else {
      writeOfOperator(note);
    }
  }

  private void writeOfOperator(WorkerNote note) {
    if (note instanceof WorkerNote.Redriven redriven) {
      log.info(
          "{} redrives {} dead letters of partition {} (request id '{}')",
          subscription,
          redriven.concerned(),
          partition,
          redriven.requestId());
    } else if (note instanceof WorkerNote.Discarded discarded) {
      log.info(
          "{} discards {} dead letters of partition {}, offsets {}, because: {} (request id '{}')",
          subscription,
          discarded.offsets().size(),
          partition,
          discarded.offsets(),
          discarded.reason(),
          discarded.requestId());
    } else if (note instanceof WorkerNote.PauseChanged pause) {
      log.info(
          "{} {} in partition {}{}",
          subscription,
          pause.reason().isPresent() ? "is paused" : "is resumed",
          partition,
          pause.reason().map(reason -> ": " + reason).orElse(""));
    }
  }

  private void attemptFailed(WorkerNote.AttemptFailed failed) {
    PendingDelivery delivery = failed.delivery();
    String next = "it is skipped";
    if (failed.decision() instanceof FailurePolicy.Retry retry) {
      next = "trying again at " + Instant.ofEpochMilli(retry.dueMillis());
    } else if (failed.decision() instanceof FailurePolicy.GiveUp giveUp) {
      next =
          "it is a dead letter now (%s), consequence %s"
              .formatted(giveUp.reason(), giveUp.consequence());
    }
    log.warn(
        "{} failed to handle {} offset {} (key '{}') at attempt {}: {}; {}",
        subscription,
        partition,
        delivery.entry().offset(),
        delivery.key(),
        delivery.attempt(),
        UserCode.describe(failed.cause()),
        next,
        isWorthATrace(failed) ? UserCode.loggable(failed.cause()) : null);
  }

  /**
   * Returns whether to log the stack trace: at the first attempt, and when the message is given up.
   * Retries in between would fill the log.
   */
  private boolean isWorthATrace(WorkerNote.AttemptFailed failed) {
    return FailurePolicy.causeOf(failed.cause()).failure() == DeadLetter.Failure.HANDLER
        && (failed.delivery().attempt() == 1 || !(failed.decision() instanceof FailurePolicy.Retry))
        && traces.isWorthShowing(failed.cause(), failed.nowMillis());
  }

  /** Logs that an attempt doesn't end. */
  void hangs(Invocation.Hanging hanging) {
    PendingDelivery delivery = hanging.delivery();
    StackTraceElement[] stack =
        hanging.thread().map(Thread::getStackTrace).orElseGet(() -> new StackTraceElement[0]);
    Here here = new Here();
    here.setStackTrace(stack);
    log.warn(
        "{} has been handling {} offset {} (key '{}') at attempt {} for {}{}, and goes on: later"
            + " messages of its key wait, and it counts against the parallelism. Fix what it waits"
            + " for; restart the node to end this attempt; set a deadline"
            + " (Subscription.withDeadline), so that Perille ends and retries such attempts. {}",
        subscription,
        partition,
        delivery.entry().offset(),
        delivery.key(),
        delivery.attempt(),
        hanging.time(),
        hanging.together() > 1 ? " in one call with " + hanging.together() + " messages" : "",
        stack.length == 0 ? "Its stage isn't complete." : "Its thread is here: " + stack[0],
        stack.length == 0 ? null : here);
  }

  /** The stack trace of another thread, for the log. */
  private static final class Here extends Exception {
    private static final long serialVersionUID = 1L;

    Here() {
      super("the handler's thread is here");
    }
  }
}
