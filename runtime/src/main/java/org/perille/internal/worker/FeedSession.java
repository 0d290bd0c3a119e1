package org.perille.internal.worker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.perille.internal.Pure;
import org.perille.internal.feed.FeedAnswer;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.feed.ReadFrom;

/**
 * Decides how a worker stays attached to its partition, and which batches it receives.
 *
 * <p>A session lasts until its feed is gone, or sends what doesn't follow. The next session starts
 * behind the last batch that was handed over. Sessions have numbers, by which late answers are
 * recognised.
 */
@Pure
public final class FeedSession {

  /** An action that the feed client carries out. */
  public sealed interface Action {}

  /** Ends the present session, if there is one, and starts the one with this number. */
  public record StartSession(long session) implements Action {}

  /** Asks the partition to feed the session from a position on. */
  public record AskPartition(long session, ReadFrom from) implements Action {}

  /** Asks after this time, instead of at the time planned before. */
  public record AskAfter(Duration delay) implements Action {}

  /** Doesn't ask at the planned time. */
  public enum AskNoMore implements Action {
    INSTANCE
  }

  /** Watches the feed of an answer, on behalf of this session. */
  public record WatchFeed(FeedAnswer.Attached answer, long session) implements Action {}

  /** Confirms the batch that was delivered. */
  public enum Confirm implements Action {
    INSTANCE
  }

  /** Notifies the worker of what has happened. */
  public record Notify(WorkerEvent event) implements Action {}

  /** Reports a problem of the worker, for operators. */
  public record ReportProblem(String problem) implements Action {}

  /** Withdraws the reported problem, if there is one. */
  public enum WithdrawProblem implements Action {
    INSTANCE
  }

  private static final Duration ASK_AGAIN_AFTER = Duration.ofSeconds(1);
  private static final Duration ASK_AGAIN_AFTER_REFUSAL = Duration.ofSeconds(10);

  /**
   * The number of unanswered requests before a problem is reported. By then a partition whose node
   * has died runs on another node.
   */
  private static final int ASKED_IN_VAIN = 20;

  private final long epoch;
  private ReadFrom from;
  private long session;
  private boolean attached;
  private int asked;
  private boolean begun;
  private boolean wanted;
  private Optional<FeedBatch> held = Optional.empty();

  /**
   * Creates an instance.
   *
   * @param epoch the epoch of the worker
   * @param from the position from which the worker wants to be fed
   */
  public FeedSession(long epoch, ReadFrom from) {
    this.epoch = epoch;
    this.from = from;
  }

  /** Begins the first session. */
  public List<Action> begin() {
    return startSession();
  }

  private List<Action> startSession() {
    List<Action> actions = new ArrayList<>();
    actions.add(nextSession());
    actions.addAll(ask());
    return actions;
  }

  private Action nextSession() {
    session++;
    attached = false;
    // The next session delivers it again.
    held = Optional.empty();
    return new StartSession(session);
  }

  /** It is time to ask. */
  public List<Action> ask() {
    if (attached) {
      return List.of();
    }
    List<Action> actions = new ArrayList<>();
    if (asked++ >= ASKED_IN_VAIN) {
      actions.add(
          new ReportProblem(
              "its partition has not answered for %d s: look for errors of the partition and its database in the logs"
                  .formatted(asked * ASK_AGAIN_AFTER.toSeconds())));
    }
    actions.add(new AskPartition(session, from));
    actions.add(new AskAfter(ASK_AGAIN_AFTER));
    return actions;
  }

  /** A partition has answered. Only the first answer to the present session counts. */
  public List<Action> answered(FeedAnswer answer) {
    if (attached || answer.epoch() != epoch || answer.session() != session) {
      return List.of();
    }
    return answer instanceof FeedAnswer.Attached feed
        ? attached(feed)
        : refused(((FeedAnswer.Refused) answer).reason());
  }

  private List<Action> attached(FeedAnswer.Attached feed) {
    attached = true;
    asked = 0;
    List<Action> actions = new ArrayList<>();
    actions.add(WithdrawProblem.INSTANCE);
    actions.add(AskNoMore.INSTANCE);
    actions.add(new WatchFeed(feed, session));
    if (!begun) {
      begun = true;
      from = new ReadFrom.Resume(feed.offset(), feed.sequenceNumber(), feed.mark());
      actions.add(
          new Notify(
              new WorkerEvent.FeedStarts(feed.offset(), feed.sequenceNumber(), feed.mark())));
    }
    // This partition doesn't know the worker's progress yet.
    actions.add(new Notify(new WorkerEvent.FeedAnswered(Optional.empty())));
    actions.addAll(handOver());
    return actions;
  }

  private static List<Action> refused(String reason) {
    return List.of(
        new ReportProblem("it can't be fed: " + reason),
        new Notify(new WorkerEvent.FeedAnswered(Optional.of(reason))),
        new AskAfter(ASK_AGAIN_AFTER_REFUSAL));
  }

  /** The feed of a session, or its delivery to this worker, has ended. */
  public List<Action> gone(long ended) {
    return ended == session ? startSession() : List.of();
  }

  /** A batch of the present session has arrived. */
  public List<Action> delivered(FeedBatch batch) {
    held = Optional.of(batch);
    return handOver();
  }

  /**
   * A batch of the present session has arrived, and this node can't decompress it, although others
   * may. The next session asks for it again, later.
   */
  public List<Action> deliveredInVain(String reason) {
    List<Action> actions = new ArrayList<>();
    actions.add(nextSession());
    actions.addAll(refused(reason));
    return actions;
  }

  /** The worker requests another batch. */
  public List<Action> next() {
    wanted = true;
    return handOver();
  }

  private List<Action> handOver() {
    if (!wanted || !begun || held.isEmpty()) {
      return List.of();
    }
    FeedBatch batch = held.get();
    if (!follows(batch)) {
      return startSession();
    }
    held = Optional.empty();
    wanted = false;
    from = new ReadFrom.Resume(batch.endOffset(), batch.sequenceNumber(), batch.mark());
    return List.of(Confirm.INSTANCE, new Notify(new WorkerEvent.BatchReceived(batch)));
  }

  /**
   * Returns whether a batch follows the last one that was handed over.
   *
   * <p>It doesn't if a second feed has served the session from the first one's start: the partition
   * restarted after the first feed had sent batches, but before its answer had arrived.
   */
  private boolean follows(FeedBatch batch) {
    return from instanceof ReadFrom.Resume at && at.offset() == batch.firstOffset();
  }
}
