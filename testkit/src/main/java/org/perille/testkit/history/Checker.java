package org.perille.testkit.history;

import java.util.OptionalLong;

/**
 * A checker of histories against the guarantees.
 *
 * <p>It finds every {@link Anomaly} that a history shows, and reports nothing that the guarantees
 * allow. It doesn't judge facts that weren't recorded.
 *
 * <pre>{@code
 * Verdict verdict = Checker.ofNanoseconds().withBound(Duration.ofSeconds(30).toNanos()).judge(history);
 * assertThat(verdict.isGood()).as(verdict.report()).isTrue();
 * }</pre>
 *
 * <p>Time and memory grow linearly with the history.
 *
 * <p><b>Threading</b>: immutable.
 */
public final class Checker {
  /** The limit of explained findings of one anomaly. All are counted. */
  public static final int MAX_EXPLAINED = 20;

  private final TimeScale scale;
  private final OptionalLong bound;

  private Checker(TimeScale scale, OptionalLong bound) {
    this.scale = scale;
    this.bound = bound;
  }

  /** Returns a checker of histories whose time is {@link System#nanoTime()}. */
  public static Checker ofNanoseconds() {
    return new Checker(TimeScale.NANOSECONDS, OptionalLong.empty());
  }

  /** Returns a checker of histories whose time counts a simulator's steps. */
  public static Checker ofSteps() {
    return new Checker(TimeScale.STEPS, OptionalLong.empty());
  }

  /**
   * Returns the same checker with a bound for handling and publishing. Default: the end of the run.
   *
   * <p>The bound counts from the final heal, or from the publish of a message if that is later.
   *
   * @param units units of the history's time, 1 or more
   */
  public Checker withBound(long units) {
    if (units < 1) {
      throw new IllegalArgumentException("bound of " + units + " units: use 1 or more");
    }
    return new Checker(scale, OptionalLong.of(units));
  }

  /**
   * Judges a history.
   *
   * @throws IllegalArgumentException if it isn't a valid history: a subscription is not declared, a
   *     call has two starts or an end without a start (is a file missing?)
   */
  public Verdict judge(History history) {
    Evidence evidence = new Evidence(history);
    Findings findings = new Findings(MAX_EXPLAINED);
    new LogCheck(evidence, findings).run();
    new OutboxCheck(evidence, findings).run();
    new FencingCheck(evidence, findings).run();
    // Loss comes first, so that a lost message isn't also reported as out of order.
    new SettlementCheck(evidence, findings, bound).run();
    new OrderCheck(evidence, findings).run();
    new DivergenceCheck(evidence, findings).run();
    new AgainCheck(evidence, findings).run();
    new AttemptCheck(evidence, findings).run();
    new ReceiptCheck(evidence, findings).run();
    new TimeCheck(evidence, findings).run();
    new LetterCheck(evidence, findings).run();
    new AnswerCheck(evidence, findings).run();
    new StateCheck(evidence, findings).run();
    return new Verdict(findings.explained(), findings.counts(), Figures.of(evidence), scale);
  }
}
