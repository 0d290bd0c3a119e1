package org.perille.testkit.history;

import java.util.OptionalLong;

/**
 * Judges histories: every {@link Anomaly} that can be seen in one is found, and nothing that the
 * guarantees allow is called one. What can't be told from what was recorded isn't judged.
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
  /** How many findings of one anomaly are explained; all are counted. */
  public static final int MAX_EXPLAINED = 20;

  private final TimeScale scale;
  private final OptionalLong bound;

  private Checker(TimeScale scale, OptionalLong bound) {
    this.scale = scale;
    this.bound = bound;
  }

  /** For histories whose time is {@link System#nanoTime()}. */
  public static Checker ofNanoseconds() {
    return new Checker(TimeScale.NANOSECONDS, OptionalLong.empty());
  }

  /** For histories whose time counts a simulator's steps. */
  public static Checker ofSteps() {
    return new Checker(TimeScale.STEPS, OptionalLong.empty());
  }

  /**
   * How long after the final heal, or after it was published if that is later, a message may take
   * until it is handled, and a publish until it ends. As long as the run lasts unless told.
   *
   * @param units of the history's time, 1 or more
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
   * @throws IllegalArgumentException if it can't be one: a subscription is not declared, a call has
   *     two beginnings or an end without a beginning (is a file missing?)
   */
  public Verdict judge(History history) {
    Evidence evidence = new Evidence(history);
    Findings findings = new Findings(MAX_EXPLAINED);
    new LogCheck(evidence, findings).run();
    new FencingCheck(evidence, findings).run();
    // Loss comes first: what is lost is not called out of order, too.
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
