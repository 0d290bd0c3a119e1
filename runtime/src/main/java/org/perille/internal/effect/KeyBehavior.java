package org.perille.internal.effect;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.OutsideCall;
import org.perille.PublishingHandler;
import org.perille.internal.failure.UserCode;
import org.perille.internal.payload.PayloadCodec.Encoded;
import org.perille.spi.Processing;

/**
 * The application's code for a key: its state machine, or its call of the outside world.
 *
 * @param <T> the messages
 */
public interface KeyBehavior<T> {
  /**
   * Returns the state of a key that has handled nothing; always the same object. May throw
   * anything.
   */
  Object emptyState();

  /** Decides the effect of a message. */
  CompletionStage<? extends Effect<?>> handle(Object state, Delivery<T> delivery) throws Exception;

  /** Returns the state after an event. Throws if the event has a wrong class. */
  Object apply(Object state, Object event);

  /** Returns its argument if it is a state. Throws if it has a wrong class. */
  Object requireState(Object state);

  /** Returns the number of a key's messages that should be written at once. */
  int maxMessages();

  /** Returns the state after a stored event; throws if the application can't read it. */
  default Object replay(Object state, Encoded event, EffectCodec codec, String what) {
    return apply(state, codec.decode(event, what));
  }

  /** Reads a stored state; throws if the application can't read it. */
  default Object restore(Encoded state, EffectCodec codec) {
    return requireState(codec.decode(state, "state"));
  }

  /** Returns false if the states of this behavior have no information, and must not be stored. */
  default boolean knowsStates() {
    return true;
  }

  /** Returns the behavior of a state machine. */
  static <T, S, E> KeyBehavior<T> of(EventSourcedHandler<T, S, E> handler) {
    return new StateMachine<>(handler);
  }

  /** Returns the behavior of a handler that publishes. */
  static <T> KeyBehavior<T> of(PublishingHandler<T> handler) {
    return new Stateless<>(
        delivery -> CompletableFuture.completedFuture(handler.handle(delivery)),
        StateMachine.MAX_MESSAGES);
  }

  /**
   * Returns the behavior of a call.
   *
   * <p>A result is stored before the next call. Otherwise a crash would repeat both calls.
   */
  static <T, R> KeyBehavior<T> of(OutsideCall<T, R> call) {
    return new Stateless<>(delivery -> call(call, delivery), 1);
  }

  private static <T, R> CompletionStage<Effect<?>> call(
      OutsideCall<T, R> call, Delivery<T> delivery) throws Exception {
    CompletionStage<R> results = call.call().call(delivery);
    if (results == null) {
      throw new IllegalStateException("the call returned null instead of a stage");
    }
    CompletableFuture<Effect<?>> effect = new CompletableFuture<>();
    // Not thenApply, which calls toString() on the failure of the stage: that may throw.
    CompletionStage<?> unused =
        results.handle(
            (result, failure) -> {
              try {
                return failure == null
                    ? effect.complete(effectOf(call, delivery, result))
                    : effect.completeExceptionally(UserCode.unwrap(failure));
              } catch (Throwable e) {
                return effect.completeExceptionally(e);
              }
            });
    return effect;
  }

  private static <T, R> Effect<?> effectOf(OutsideCall<T, R> call, Delivery<T> delivery, R result) {
    if (result == null) {
      throw new IllegalStateException("the call's result is null, which can't be stored");
    }
    Effect<?> effect = call.continuation().after(delivery, result);
    return effect == null || effect.reply().isPresent() ? effect : effect.reply(result);
  }

  /**
   * Returns the behavior of a subscription.
   *
   * @throws IllegalArgumentException if it stores no effects
   */
  static <T> KeyBehavior<T> of(Processing<T> processing) {
    if (processing instanceof Processing.EventSourced<T> eventSourced) {
      return of(eventSourced.handler());
    }
    if (processing instanceof Processing.Publishing<T> publishing) {
      return of(publishing.handler());
    }
    if (processing instanceof Processing.Calling<T> calling) {
      return of(calling.call());
    }
    throw new IllegalArgumentException(processing + " stores no effects");
  }

  /** An application's state machine. */
  final class StateMachine<T, S, E> implements KeyBehavior<T> {
    /** The limit of messages in a write. A larger one takes longer and gains little. */
    private static final int MAX_MESSAGES = 500;

    private final EventSourcedHandler<T, S, E> handler;

    /** Created at its first use: its failure affects keys, not the worker. */
    private S emptyState;

    private boolean isEmptyStateMade;

    private StateMachine(EventSourcedHandler<T, S, E> handler) {
      this.handler = handler;
    }

    @Override
    public synchronized Object emptyState() {
      if (!isEmptyStateMade) {
        emptyState = handler.emptyState();
        isEmptyStateMade = true;
      }
      return emptyState;
    }

    @Override
    public CompletionStage<? extends Effect<?>> handle(Object state, Delivery<T> delivery)
        throws Exception {
      return CompletableFuture.completedFuture(
          handler.handle(handler.stateType().cast(state), delivery));
    }

    @Override
    public Object apply(Object state, Object event) {
      S after = handler.apply(handler.stateType().cast(state), handler.eventType().cast(event));
      if (after == null) {
        throw new IllegalStateException(
            "apply returned null instead of the state after " + event.getClass().getName());
      }
      return after;
    }

    @Override
    public Object requireState(Object state) {
      return handler.stateType().cast(state);
    }

    @Override
    public int maxMessages() {
      return MAX_MESSAGES;
    }
  }

  /**
   * An application's handler without a state for a key: with no effects, or with results of calls.
   */
  final class Stateless<T> implements KeyBehavior<T> {
    /** Handles a message. */
    private interface Handling<T> {
      CompletionStage<? extends Effect<?>> handle(Delivery<T> delivery) throws Exception;
    }

    private static final Object NO_STATE = new Object();

    private final Handling<T> handling;
    private final int maxMessages;

    private Stateless(Handling<T> handling, int maxMessages) {
      this.handling = handling;
      this.maxMessages = maxMessages;
    }

    @Override
    public Object emptyState() {
      return NO_STATE;
    }

    @Override
    public CompletionStage<? extends Effect<?>> handle(Object state, Delivery<T> delivery)
        throws Exception {
      return handling.handle(delivery);
    }

    @Override
    public Object apply(Object state, Object event) {
      throw new IllegalStateException(
          "an event of %s has no state to change: this subscription's handler only publishes and replies; use an EventSourcedHandler, and if it was one before, reset the subscription"
              .formatted(event.getClass().getName()));
    }

    @Override
    public Object requireState(Object state) {
      throw new IllegalStateException(
          "a state of %s is stored, and this subscription's handler has none: if it was an EventSourcedHandler before, reset the subscription"
              .formatted(state.getClass().getName()));
    }

    @Override
    public int maxMessages() {
      return maxMessages;
    }
  }

  /**
   * Opens a key without the application's code and data.
   *
   * <p>This is enough to know which messages it has handled, and to give one up, if its state can't
   * be read.
   */
  final class Opaque implements KeyBehavior<Object> {
    static final Opaque INSTANCE = new Opaque();
    private static final Object UNKNOWN = new Object();

    private Opaque() {}

    @Override
    public Object emptyState() {
      return UNKNOWN;
    }

    @Override
    public CompletionStage<? extends Effect<?>> handle(Object state, Delivery<Object> delivery) {
      throw new IllegalStateException("a key that was opened without its state handles nothing");
    }

    @Override
    public Object apply(Object state, Object event) {
      return UNKNOWN;
    }

    @Override
    public Object requireState(Object state) {
      return UNKNOWN;
    }

    @Override
    public int maxMessages() {
      return 1;
    }

    @Override
    public Object replay(Object state, Encoded event, EffectCodec codec, String what) {
      return UNKNOWN;
    }

    @Override
    public Object restore(Encoded state, EffectCodec codec) {
      return UNKNOWN;
    }

    @Override
    public boolean knowsStates() {
      return false;
    }
  }
}
