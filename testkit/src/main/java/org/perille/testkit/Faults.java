package org.perille.testkit;

import java.util.Objects;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.perille.Subscription;
import org.perille.spi.Processing;

/**
 * The faults to inject when a subscription handles messages.
 *
 * <p>Faults happen in the order of the calls, each to an attempt of its own.
 *
 * <pre>{@code
 * kit.faults(payment).on(order -> order.id().equals("o-3")).fail(2);
 * kit.faults(payment).crash(CrashPoint.AFTER_COMMIT);
 * }</pre>
 *
 * <p><b>Threading</b>: immutable.
 *
 * @param <T> the messages
 */
public final class Faults<T> {
  private final Subscription<T> subscription;
  private final FaultPlan<T> plan;
  private final Predicate<? super T> messages;

  Faults(Subscription<T> subscription, FaultPlan<T> plan, Predicate<? super T> messages) {
    this.subscription = subscription;
    this.plan = plan;
    this.messages = messages;
  }

  /** Returns faults of the matching messages only. */
  public Faults<T> on(Predicate<? super T> messages) {
    return new Faults<>(subscription, plan, Objects.requireNonNull(messages, "messages"));
  }

  /** Makes the next attempts fail before the handler is called. */
  public void fail(int attempts) {
    fail(attempts, () -> new InjectedFaultException("a test makes this attempt fail"));
  }

  /** Makes the next attempts fail with these exceptions before the handler is called. */
  public void fail(int attempts, Supplier<? extends Exception> failure) {
    if (attempts < 1) {
      throw new IllegalArgumentException(attempts + " attempts can't fail: use 1 or more");
    }
    plan.add(messages, new Fault.Throws(failure), attempts);
  }

  /** Makes every attempt fail. */
  public void poison() {
    plan.add(
        messages,
        new Fault.Throws(() -> new InjectedFaultException("a test has poisoned this message")),
        Integer.MAX_VALUE);
  }

  /**
   * Calls the handler once and loses its answer, so that the message is redelivered.
   *
   * <p>A JDBC transaction is rolled back. The effect outside is done.
   */
  public void loseAnswer() {
    plan.add(messages, new Fault.LosesAnswer(), 1);
  }

  /** Makes the next handler hang. Its thread is released when the kit is closed. */
  public void hang() {
    plan.add(messages, new Fault.Hangs(), 1);
  }

  /**
   * Crashes the node at the next attempt, and restarts it with its durable state.
   *
   * @throws IllegalArgumentException if the subscription has no such point
   */
  public void crash(CrashPoint point) {
    if (point == CrashPoint.AFTER_COMMIT
        && !(Processing.of(subscription) instanceof Processing.Transactional)) {
      throw new IllegalArgumentException(
          "%s commits nothing by itself, so there is no crash %s: use BEFORE_COMMIT, after its handler has answered"
              .formatted(subscription, point));
    }
    plan.add(messages, new Fault.Crashes(point), 1);
  }
}
