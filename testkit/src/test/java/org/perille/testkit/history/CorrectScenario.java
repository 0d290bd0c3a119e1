package org.perille.testkit.history;

import java.util.List;
import org.perille.Guarantee;

/** A history with every kind of operation, in which the guarantees allow everything. */
final class CorrectScenario {
  static final String ORDERS = "orders";
  static final String PAYMENT = "payment";
  static final String MAIL = "mail";
  static final String STATISTICS = "statistics";
  static final String DASHBOARD = "dashboard";
  static final String QUEUE = "queue";

  static final String[] EVERYBODY = {PAYMENT, MAIL, STATISTICS, QUEUE};

  final Scenario scenario = new Scenario();

  /** Key a, partition 0: a calm key. */
  final Scenario.Sent a1;

  final Scenario.Sent a2;
  final Scenario.Sent a3;

  /** Key b, partition 0: its second message becomes a dead letter of mail, and is redriven. */
  final Scenario.Sent b1;

  final Scenario.Sent b2;
  final Scenario.Sent b3;

  /** Key c, partition 1: goes through a crash. */
  final Scenario.Sent c1;

  final Scenario.Sent c2;
  final Scenario.Sent c3;

  /** Stored, without a receipt. */
  final Scenario.Sent unsure;

  /** Published after the final heal; the last of its partition. */
  final Scenario.Sent last;

  /** Published after the final heal, before {@link #last}. */
  final Scenario.Sent beforeLast;

  /** Creates the history without its end, which {@link #end} adds. */
  CorrectScenario() {
    scenario
        .subscription(PAYMENT, ORDERS, Guarantee.EFFECTIVELY_ONCE)
        .subscription(MAIL, ORDERS, Guarantee.AT_LEAST_ONCE)
        .subscription(STATISTICS, ORDERS, Guarantee.AT_MOST_ONCE)
        .subscription(DASHBOARD, ORDERS, Guarantee.EPHEMERAL)
        .workQueue(QUEUE, ORDERS);
    a1 = scenario.publish("shop", ORDERS, "a", "a1", 0);
    a2 = scenario.publish("shop", ORDERS, "a", "a2", 0);
    scenario.handle(a1, PAYMENT, MAIL, STATISTICS, DASHBOARD, QUEUE);
    scenario.handle(a2, PAYMENT, MAIL, STATISTICS, DASHBOARD, QUEUE);
    scenario.tell(at -> new Operation.ControlApplied(at, "worker of mail/0", 1, 1));

    b1 = scenario.publish("shop", ORDERS, "b", "b1", 0);
    b2 = scenario.publishUnknown("shop", ORDERS, "b", "b2", 0);
    scenario.publishAgain("shop", b2);
    b3 = scenario.publish("shop", ORDERS, "b", "b3", 0);
    scenario.publishInVain("shop", ORDERS, "b", "b4", Outcome.FAILED);
    scenario.publishInVain("shop", ORDERS, "b", "b5", Outcome.UNKNOWN);
    scenario.handle(b1, PAYMENT, MAIL, STATISTICS, QUEUE);
    giveUpAndRedrive();
    scenario.handle(b2, PAYMENT);
    scenario.handle(b3, PAYMENT);
    discardAndSkip();

    c1 = scenario.publish("office", ORDERS, "c", "c1", "", 1);
    c2 = scenario.publish("office", ORDERS, "c", "c2", "", 1);
    c3 = scenario.publish("office", ORDERS, "c", "c3", "", 1);
    crash();

    tellMore();
    unsure = scenario.publishUnknown("office", ORDERS, "u", "u1", 0);
    scenario.handle(unsure, EVERYBODY);
    a3 = scenario.publish("shop", ORDERS, "a", "a3", 0);
    scenario.handle(a3, EVERYBODY);
    missTheDeadline();
    scenario
        .tell(at -> new Operation.FaultEnded(at, "kill", Phase.AFTER_WRITE, "node 2"))
        .tell(Operation.Healed::new);
    beforeLast = scenario.publish("office", ORDERS, "d", "d1", 1);
    scenario.handle(beforeLast, EVERYBODY);
    last = scenario.publish("office", ORDERS, "d", "d2", 1);
    scenario.handle(last, EVERYBODY);
  }

  /** A key whose messages have times, publishes without receipts, replies and states. */
  private void tellMore() {
    scenario.tell(at -> new Operation.Scheduled(at, ORDERS, "m1", at, at + 100 * Scenario.STEP));
    Scenario.Sent m1 = scenario.forget("shop", ORDERS, "m", "m1", 2);
    Scenario.Sent m2 = scenario.forget("shop", ORDERS, "m", "m2", 2);
    scenario.handle(m1, EVERYBODY).state("m", 2, 1, "m1").handle(m2, EVERYBODY);
    scenario.reply(m2, "m2", "2nd").state("m", 2, 2, "m2").reply(m2, "m2", "2nd");
    scenario.tell(at -> new Operation.Begun(at, STATISTICS, 1, 0));
    Scenario.Sent o1 = scenario.insert("till", ORDERS, "o", "o1", "", 2);
    scenario.insertInVain("till", ORDERS, "o", "o2", "");
    Scenario.Sent o3 = scenario.insert("till", ORDERS, "o", "o3", "id-o3", 2);
    scenario.handle(o1, EVERYBODY).handle(o3, EVERYBODY);
    scenario.tell(at -> new Operation.Compared(at, "headers of 'm1'", "{a=b}", "{a=b}"));
  }

  /** Adds the reads after the end of the run. */
  CorrectScenario end() {
    scenario
        .tell(at -> new Operation.CursorFound(at, MAIL, 1, 2, 4, List.of(4L)))
        .tell(at -> new Operation.DeadLettered(at, QUEUE, 1, 0))
        .tell(at -> new Operation.LetterPublished(at, QUEUE, 1, 0, "c", "c1"))
        .tell(at -> new Operation.LettersRead(at, QUEUE))
        .tell(at -> new Operation.OutboxRead(at, ORDERS))
        .readAll("auditor", "inspector");
    for (long number = 1; number <= 4; number++) {
      long written = number;
      scenario.tell(at -> new Operation.Stored(at, "orders/1", written, written < 3 ? 1 : 2));
    }
    scenario.tell(Operation.Ended::new);
    return this;
  }

  private void giveUpAndRedrive() {
    long first = scenario.enter(b2, MAIL, 1);
    scenario.leave(first, Outcome.FAILED);
    long second = scenario.enter(b2, MAIL, 2);
    scenario.leave(second, Outcome.FAILED);
    scenario.tell(at -> new Operation.DeadLettered(at, MAIL, 0, b2.offset()));
    scenario.handle(b3, MAIL);
    scenario.tell(at -> new Operation.Redriven(at, MAIL, 0, b2.offset()));
    long third = scenario.enter(b2, MAIL, 3);
    scenario.leave(third, Outcome.OK);
  }

  private void discardAndSkip() {
    long failed = scenario.enter(b2, STATISTICS, 1);
    scenario.leave(failed, Outcome.FAILED);
    scenario
        .tell(at -> new Operation.DeadLettered(at, STATISTICS, 0, b2.offset()))
        .tell(at -> new Operation.Discarded(at, STATISTICS, 0, b2.offset()))
        .handle(b3, STATISTICS)
        .tell(at -> new Operation.Skipped(at, QUEUE, 0, b2.offset()))
        .handle(b3, QUEUE);
  }

  /** Mail handles c1 twice; payment's transaction of c2 is lost and repeated. */
  private void crash() {
    scenario.handle(c1, MAIL, PAYMENT, STATISTICS);
    long lost = scenario.enter(c2, PAYMENT, 1);
    scenario.leave(lost, Outcome.OK);
    scenario.enter(c2, MAIL, 1);
    scenario
        .tell(at -> new Operation.FaultBegan(at, "kill", Phase.AFTER_WRITE, "node 2"))
        .tell(at -> new Operation.LogRecovered(at, ORDERS, 1, 2, 3))
        .crash(MAIL, 1, 0)
        .crash(PAYMENT, 1, 1)
        // The messages in flight are skipped.
        .crash(STATISTICS, 1, 3);
    scenario.handle(c1, MAIL).handle(c2, MAIL, PAYMENT).handle(c3, MAIL, PAYMENT);
    // A work queue handles messages in any order; c1 is finally its dead letter.
    scenario.handle(c3, QUEUE).handle(c2, QUEUE);
    scenario.tell(at -> new Operation.ResetOrdered(at, MAIL, 2)).handle(c3, MAIL);
  }

  /** The first attempt of a3 continues beside the second one. */
  private void missTheDeadline() {
    Scenario.Sent a4 = scenario.publish("shop", ORDERS, "a", "a4", 0);
    Scenario.Sent a5 = scenario.publish("shop", ORDERS, "a", "a5", 0);
    long late = scenario.enter(a4, MAIL, 1);
    long inTime = scenario.enter(a4, MAIL, 2);
    scenario.leave(inTime, Outcome.OK);
    long next = scenario.enter(a5, MAIL, 1);
    scenario.leave(late, Outcome.OK);
    scenario.leave(next, Outcome.OK);
    scenario.handle(a4, PAYMENT, STATISTICS, QUEUE).handle(a5, PAYMENT, STATISTICS, QUEUE);
  }
}
