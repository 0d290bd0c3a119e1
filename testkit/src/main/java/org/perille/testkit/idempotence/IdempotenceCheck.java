package org.perille.testkit.idempotence;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.perille.Guarantee;
import org.perille.Message;
import org.perille.Subscription;
import org.perille.Subscription.Processing;

/**
 * Runs a subscription's handler under every crash point, and shows whether its effect happens once.
 *
 * <pre>{@code
 * IdempotenceCheck.of(world -> Services.payment(world.dataSource()))
 *     .prepare(world -> world.tables().execute("CREATE TABLE paid (id VARCHAR(20), amount INT)"))
 *     .effect(world -> world.tables().query("SELECT id, amount FROM paid"))
 *     .messages(new Order("o-1", 5), new Order("o-2", 7))
 *     .assertEffectivelyOnce();
 * }</pre>
 *
 * <p>It handles the messages once undisturbed, which gives the effect that is right, and every call
 * that the handler makes of its database or of the outside. Then it handles them again, in a new
 * world, for each of those calls and each step of the runtime around them: the process is killed
 * there, and another one goes on; or the call fails, and the attempt is made again. Each effect
 * must be the one of the undisturbed run.
 *
 * <p>JDBC handlers run with their real transactions and claims on H2 in memory. For the others the
 * check does what the runtime does with their answers: of an event-sourced handler the states, the
 * messages that are published, the replies, and the calls that it makes are compared without being
 * asked for.
 *
 * <p><b>Not shown</b>: what happens on another database than H2, between two keys at once, and
 * outside of what the effect shows. A handler that passes may still fail with other messages.
 *
 * <p><b>Threading</b>: immutable.
 *
 * @param <T> the messages
 */
public final class IdempotenceCheck<T> {
  private final Handling.Subscriber<T> subscriber;
  private final Consumer<World> preparation;
  private final Optional<Function<World, ? extends Iterable<?>>> effect;
  private final List<Message<T>> messages;
  private final boolean endToEnd;

  private IdempotenceCheck(
      Handling.Subscriber<T> subscriber,
      Consumer<World> preparation,
      Optional<Function<World, ? extends Iterable<?>>> effect,
      List<Message<T>> messages,
      boolean endToEnd) {
    this.endToEnd = endToEnd;
    this.subscriber = subscriber;
    this.preparation = preparation;
    this.effect = effect;
    this.messages = messages;
  }

  /**
   * A check of a subscription.
   *
   * @param subscription makes it, with a handler that works with the world's database and fakes;
   *     called anew for each life of the process, as a process that starts would
   */
  public static <T> IdempotenceCheck<T> of(Function<World, Subscription<T>> subscription) {
    return new IdempotenceCheck<>(
        Objects.requireNonNull(subscription, "subscription")::apply,
        world -> {},
        Optional.empty(),
        List.of(),
        false);
  }

  /** The same check with something that is done in each world first: tables, fixtures. */
  public IdempotenceCheck<T> prepare(Consumer<World> preparation) {
    return new IdempotenceCheck<>(
        subscriber, Objects.requireNonNull(preparation, "preparation"), effect, messages, endToEnd);
  }

  /**
   * The same check, with how the effect is read.
   *
   * @param effect its pieces, such as rows or charges, which are compared by their text
   */
  public IdempotenceCheck<T> effect(Function<World, ? extends Iterable<?>> effect) {
    return new IdempotenceCheck<>(subscriber, preparation, Optional.of(effect), messages, endToEnd);
  }

  /** The same check with these messages, in this order; two or three say more than one. */
  @SafeVarargs
  @SuppressWarnings("varargs") // only read
  public final IdempotenceCheck<T> messages(T... messages) {
    return messages(Arrays.stream(messages).map(Message::of).toList());
  }

  /** {@link #messages(Object...)} with ids and headers. */
  public IdempotenceCheck<T> messages(List<Message<T>> messages) {
    return new IdempotenceCheck<>(subscriber, preparation, effect, List.copyOf(messages), endToEnd);
  }

  /**
   * The same check, with two more runs on a real node, one of which crashes, and with real
   * serializers: about a second more. The effect must not depend on the time of publishing.
   */
  public IdempotenceCheck<T> endToEnd() {
    return new IdempotenceCheck<>(subscriber, preparation, effect, messages, true);
  }

  /**
   * Runs it.
   *
   * @throws AssertionError if the effect is not the same in all runs; says in words where, and why;
   *     or if the handler fails without any fault injected: its exception is the cause then
   * @throws IllegalStateException if the check would show nothing
   */
  public IdempotenceReport assertEffectivelyOnce() {
    IdempotenceReport report = run();
    if (!report.isEffectivelyOnce()) {
      throw new AssertionError(report.toString(), report.failureByItself().orElse(null));
    }
    return report;
  }

  /**
   * Runs it, and gives what it found.
   *
   * @throws IllegalStateException if the check would show nothing
   */
  public IdempotenceReport run() {
    if (messages.isEmpty()) {
      throw new IllegalStateException("the check has no messages: give it some with messages(…)");
    }
    Subscription<T> subscription = subscription();
    Trial<T> trial =
        new Trial<>(subscriber, preparation, effect, Diagnosis.onlyDecides(subscription));
    Optional<EndToEnd<T>> real =
        endToEnd ? Optional.of(new EndToEnd<>(subscriber, preparation, effect)) : Optional.empty();
    return new Verdict<>(subscription, trial, new Messages<>(messages), real).reach();
  }

  private Subscription<T> subscription() {
    World world = new World(new Life(new Steps(Disturbance.NONE)));
    try {
      preparation.accept(world);
      Subscription<T> subscription = subscriber.subscribe(world);
      requireCheckable(subscription);
      return subscription;
    } finally {
      Trial.close(world);
    }
  }

  private void requireCheckable(Subscription<T> subscription) {
    if (subscription.guarantee() == Guarantee.AT_MOST_ONCE
        || subscription.guarantee() == Guarantee.EPHEMERAL) {
      throw new IllegalStateException(
          "%s is %s: its handler never gets a message twice, and may lose one; there is nothing to check"
              .formatted(subscription, subscription.guarantee()));
    }
    boolean known =
        subscription.processing() instanceof Processing.EventSourced
            || subscription.processing() instanceof Processing.Publishing
            || subscription.processing() instanceof Processing.Calling;
    if (!known && effect.isEmpty()) {
      throw new IllegalStateException(
          "the effect of %s can't be known: say with effect(…) how it is read"
              .formatted(subscription));
    }
  }
}
