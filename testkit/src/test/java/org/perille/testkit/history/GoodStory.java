package org.perille.testkit.history;

import java.util.List;
import org.perille.Guarantee;

/** A history with every kind of operation, in which the guarantees allow everything. */
final class GoodStory {
  static final String ORDERS = "orders";
  static final String PAYMENT = "payment";
  static final String MAIL = "mail";
  static final String STATISTICS = "statistics";
  static final String DASHBOARD = "dashboard";
  static final String QUEUE = "queue";

  static final String[] EVERYBODY = {PAYMENT, MAIL, STATISTICS, QUEUE};

  final Story story = new Story();

  /** Key a, partition 0: a calm key. */
  final Story.Sent a1;

  final Story.Sent a2;
  final Story.Sent a3;

  /** Key b, partition 0: its second message becomes a dead letter of mail, and is redriven. */
  final Story.Sent b1;

  final Story.Sent b2;
  final Story.Sent b3;

  /** Key c, partition 1: goes through a crash. */
  final Story.Sent c1;

  final Story.Sent c2;
  final Story.Sent c3;

  /** Stored, without a receipt. */
  final Story.Sent unsure;

  /** Published after the final heal; the last of its partition. */
  final Story.Sent last;

  /** Published after the final heal, before {@link #last}. */
  final Story.Sent beforeLast;

  /** Creates the history without its end, which {@link #end} adds. */
  GoodStory() {
    story
        .subscription(PAYMENT, ORDERS, Guarantee.EFFECTIVELY_ONCE)
        .subscription(MAIL, ORDERS, Guarantee.AT_LEAST_ONCE)
        .subscription(STATISTICS, ORDERS, Guarantee.AT_MOST_ONCE)
        .subscription(DASHBOARD, ORDERS, Guarantee.EPHEMERAL)
        .workQueue(QUEUE, ORDERS);
    a1 = story.publish("shop", ORDERS, "a", "a1", 0);
    a2 = story.publish("shop", ORDERS, "a", "a2", 0);
    story.handle(a1, PAYMENT, MAIL, STATISTICS, DASHBOARD, QUEUE);
    story.handle(a2, PAYMENT, MAIL, STATISTICS, DASHBOARD, QUEUE);
    story.tell(at -> new Operation.ControlApplied(at, "worker of mail/0", 1, 1));

    b1 = story.publish("shop", ORDERS, "b", "b1", 0);
    b2 = story.publishUnknown("shop", ORDERS, "b", "b2", 0);
    story.publishAgain("shop", b2);
    b3 = story.publish("shop", ORDERS, "b", "b3", 0);
    story.publishInVain("shop", ORDERS, "b", "b4", Outcome.FAILED);
    story.publishInVain("shop", ORDERS, "b", "b5", Outcome.UNKNOWN);
    story.handle(b1, PAYMENT, MAIL, STATISTICS, QUEUE);
    giveUpAndRedrive();
    story.handle(b2, PAYMENT);
    story.handle(b3, PAYMENT);
    discardAndSkip();

    c1 = story.publish("office", ORDERS, "c", "c1", "", 1);
    c2 = story.publish("office", ORDERS, "c", "c2", "", 1);
    c3 = story.publish("office", ORDERS, "c", "c3", "", 1);
    crash();

    tellMore();
    unsure = story.publishUnknown("office", ORDERS, "u", "u1", 0);
    story.handle(unsure, EVERYBODY);
    a3 = story.publish("shop", ORDERS, "a", "a3", 0);
    story.handle(a3, EVERYBODY);
    missTheDeadline();
    story
        .tell(at -> new Operation.FaultEnded(at, "kill", Phase.AFTER_WRITE, "node 2"))
        .tell(Operation.Healed::new);
    beforeLast = story.publish("office", ORDERS, "d", "d1", 1);
    story.handle(beforeLast, EVERYBODY);
    last = story.publish("office", ORDERS, "d", "d2", 1);
    story.handle(last, EVERYBODY);
  }

  /** A key whose messages have times, publishes without receipts, replies and states. */
  private void tellMore() {
    story.tell(at -> new Operation.Scheduled(at, ORDERS, "m1", at, at + 100 * Story.STEP));
    Story.Sent m1 = story.forget("shop", ORDERS, "m", "m1", 2);
    Story.Sent m2 = story.forget("shop", ORDERS, "m", "m2", 2);
    story.handle(m1, EVERYBODY).state("m", 2, 1, "m1").handle(m2, EVERYBODY);
    story.reply(m2, "m2", "2nd").state("m", 2, 2, "m2").reply(m2, "m2", "2nd");
    story.tell(at -> new Operation.Begun(at, STATISTICS, 1, 0));
    story.tell(at -> new Operation.Compared(at, "headers of 'm1'", "{a=b}", "{a=b}"));
  }

  /** Adds the reads after the end of the run. */
  GoodStory end() {
    story
        .tell(at -> new Operation.CursorFound(at, MAIL, 1, 2, 4, List.of(4L)))
        .tell(at -> new Operation.DeadLettered(at, QUEUE, 1, 0))
        .tell(at -> new Operation.LetterPublished(at, QUEUE, 1, 0, "c", "c1"))
        .tell(at -> new Operation.LettersRead(at, QUEUE))
        .readAll("auditor", "inspector");
    for (long number = 1; number <= 4; number++) {
      long written = number;
      story.tell(at -> new Operation.Stored(at, "orders/1", written, written < 3 ? 1 : 2));
    }
    story.tell(Operation.Ended::new);
    return this;
  }

  private void giveUpAndRedrive() {
    long first = story.enter(b2, MAIL, 1);
    story.leave(first, Outcome.FAILED);
    long second = story.enter(b2, MAIL, 2);
    story.leave(second, Outcome.FAILED);
    story.tell(at -> new Operation.DeadLettered(at, MAIL, 0, b2.offset()));
    story.handle(b3, MAIL);
    story.tell(at -> new Operation.Redriven(at, MAIL, 0, b2.offset()));
    long third = story.enter(b2, MAIL, 3);
    story.leave(third, Outcome.OK);
  }

  private void discardAndSkip() {
    long failed = story.enter(b2, STATISTICS, 1);
    story.leave(failed, Outcome.FAILED);
    story
        .tell(at -> new Operation.DeadLettered(at, STATISTICS, 0, b2.offset()))
        .tell(at -> new Operation.Discarded(at, STATISTICS, 0, b2.offset()))
        .handle(b3, STATISTICS)
        .tell(at -> new Operation.Skipped(at, QUEUE, 0, b2.offset()))
        .handle(b3, QUEUE);
  }

  /** Mail handles c1 twice; payment's transaction of c2 is lost and repeated. */
  private void crash() {
    story.handle(c1, MAIL, PAYMENT, STATISTICS);
    long lost = story.enter(c2, PAYMENT, 1);
    story.leave(lost, Outcome.OK);
    story.enter(c2, MAIL, 1);
    story
        .tell(at -> new Operation.FaultBegan(at, "kill", Phase.AFTER_WRITE, "node 2"))
        .tell(at -> new Operation.LogRecovered(at, ORDERS, 1, 2, 3))
        .crash(MAIL, 1, 0)
        .crash(PAYMENT, 1, 1)
        // The messages in flight are skipped.
        .crash(STATISTICS, 1, 3);
    story.handle(c1, MAIL).handle(c2, MAIL, PAYMENT).handle(c3, MAIL, PAYMENT);
    // A work queue handles messages in any order; c1 is finally its dead letter.
    story.handle(c3, QUEUE).handle(c2, QUEUE);
    story.tell(at -> new Operation.ResetOrdered(at, MAIL, 2)).handle(c3, MAIL);
  }

  /** The first attempt of a3 continues beside the second one. */
  private void missTheDeadline() {
    Story.Sent a4 = story.publish("shop", ORDERS, "a", "a4", 0);
    Story.Sent a5 = story.publish("shop", ORDERS, "a", "a5", 0);
    long late = story.enter(a4, MAIL, 1);
    long inTime = story.enter(a4, MAIL, 2);
    story.leave(inTime, Outcome.OK);
    long next = story.enter(a5, MAIL, 1);
    story.leave(late, Outcome.OK);
    story.leave(next, Outcome.OK);
    story.handle(a4, PAYMENT, STATISTICS, QUEUE).handle(a5, PAYMENT, STATISTICS, QUEUE);
  }
}
