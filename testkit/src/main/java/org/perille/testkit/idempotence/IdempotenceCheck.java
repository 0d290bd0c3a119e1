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
import org.perille.spi.Processing;

/**
 * Runs a subscription's handler under every crash point, and checks that its effect happens once.
 *
 * <pre>{@code
 * IdempotenceCheck.of(world -> Services.payment(world.dataSource()))
 *     .prepare(world -> world.tables().execute("CREATE TABLE paid (id VARCHAR(20), amount INT)"))
 *     .effect(world -> world.tables().query("SELECT id, amount FROM paid"))
 *     .messages(new Order("o-1", 5), new Order("o-2", 7))
 *     .assertEffectivelyOnce();
 * }</pre>
 *
 * <p>The check handles the messages once undisturbed. This determines the correct effect, and every
 * call of the handler to its database or the outside. Then it handles them again, in a new world,
 * for each of those calls and each step of the runtime around them. Either the process is killed
 * there and another one continues, or the call fails and the attempt is repeated. Each effect must
 * be equal to that of the undisturbed run.
 *
 * <p>JDBC handlers run with their real transactions and claims on H2 in memory. For the others the
 * check does what the runtime does with their results. For an event-sourced handler it also
 * compares the states, the published messages, the replies, and the calls. The messages of {@link
 * World#outbox} are compared for all handlers.
 *
 * <p><b>Not guaranteed</b>: the behavior on a database other than H2, between two keys at the same
 * time, and of anything that the effect doesn't show. A handler that passes may still fail with
 * other messages.
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
   * Returns a check of a subscription.
   *
   * @param subscription creates the subscription, with a handler that uses the world's database and
   *     fakes; called for each run of the process, as a process that starts would do
   */
  public static <T> IdempotenceCheck<T> of(Function<World, Subscription<T>> subscription) {
    return new IdempotenceCheck<>(
        Objects.requireNonNull(subscription, "subscription")::apply,
        world -> {},
        Optional.empty(),
        List.of(),
        false);
  }

  /** Returns the same check with a preparation of each world: tables, fixtures. */
  public IdempotenceCheck<T> prepare(Consumer<World> preparation) {
    return new IdempotenceCheck<>(
        subscriber, Objects.requireNonNull(preparation, "preparation"), effect, messages, endToEnd);
  }

  /**
   * Returns the same check with a function that reads the effect.
   *
   * @param effect returns the parts of the effect, such as rows or charges, which are compared by
   *     their text
   */
  public IdempotenceCheck<T> effect(Function<World, ? extends Iterable<?>> effect) {
    return new IdempotenceCheck<>(subscriber, preparation, Optional.of(effect), messages, endToEnd);
  }

  /**
   * Returns the same check with these messages, in this order. Use two or three rather than one.
   */
  @SafeVarargs
  @SuppressWarnings("varargs") // only read
  public final IdempotenceCheck<T> messages(T... messages) {
    return messages(Arrays.stream(messages).map(Message::of).toList());
  }

  /** Returns the same check with messages that have ids and headers. */
  public IdempotenceCheck<T> messages(List<Message<T>> messages) {
    return new IdempotenceCheck<>(subscriber, preparation, effect, List.copyOf(messages), endToEnd);
  }

  /**
   * Returns the same check with two more runs on a real node, one of which crashes.
   *
   * <p>They use real serializers, and a relay if there is an outbox, and take about a second. The
   * effect must not depend on the time of publishing.
   */
  public IdempotenceCheck<T> endToEnd() {
    return new IdempotenceCheck<>(subscriber, preparation, effect, messages, true);
  }

  /**
   * Runs the check.
   *
   * @throws AssertionError if the effect differs in any run, with the place and the possible
   *     causes; or if the handler fails without an injected fault, with its exception as the cause
   * @throws IllegalStateException if the check would prove nothing
   */
  public IdempotenceReport assertEffectivelyOnce() {
    IdempotenceReport report = run();
    if (!report.isEffectivelyOnce()) {
      throw new AssertionError(report.toString(), report.failureByItself().orElse(null));
    }
    return report;
  }

  /**
   * Runs the check and returns its report.
   *
   * @throws IllegalStateException if the check would prove nothing
   */
  public IdempotenceReport run() {
    if (messages.isEmpty()) {
      throw new IllegalStateException("the check has no messages: add some with messages(…)");
    }
    Subscription<T> subscription = subscription();
    Trial<T> trial =
        new Trial<>(subscriber, preparation, effect, Diagnosis.onlyDecides(subscription));
    Optional<EndToEnd<T>> real =
        endToEnd ? Optional.of(new EndToEnd<>(subscriber, preparation, effect)) : Optional.empty();
    return new TrialSeries<>(subscription, trial, new Messages<>(messages), real).reach();
  }

  private Subscription<T> subscription() {
    World world = new World(new HandlerRun(new Steps(Disturbance.NONE)));
    try {
      preparation.accept(world);
      Subscription<T> subscription = subscriber.subscribe(world);
      requireCheckable(subscription, world);
      return subscription;
    } finally {
      Trial.close(world);
    }
  }

  private void requireCheckable(Subscription<T> subscription, World world) {
    if (subscription.guarantee() == Guarantee.AT_MOST_ONCE
        || subscription.guarantee() == Guarantee.EPHEMERAL) {
      throw new IllegalStateException(
          "%s is %s: its handler never receives a message twice, and may lose one; there is nothing to check"
              .formatted(subscription, subscription.guarantee()));
    }
    boolean known =
        Processing.of(subscription) instanceof Processing.EventSourced
            || Processing.of(subscription) instanceof Processing.Publishing
            || Processing.of(subscription) instanceof Processing.Calling
            || world.usedOutbox().isPresent();
    if (!known && effect.isEmpty()) {
      throw new IllegalStateException(
          "the effect of %s is unknown: pass a function that reads it to effect(…)"
              .formatted(subscription));
    }
  }
}
