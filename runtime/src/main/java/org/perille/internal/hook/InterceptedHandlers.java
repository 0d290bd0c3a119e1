package org.perille.internal.hook;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.perille.Delivery;
import org.perille.DeliveryInterceptor.Scope;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.OutsideCall;
import org.perille.internal.failure.UserCode;
import org.perille.spi.Processing;

/** Wraps handlers of every kind with a node's hooks. */
public final class InterceptedHandlers {
  /** A call of a handler, with the result that the runtime needs. */
  @FunctionalInterface
  private interface Handling<R> {
    R handle() throws Exception;
  }

  private final Attempts attempts;

  private InterceptedHandlers(Attempts attempts) {
    this.attempts = attempts;
  }

  /** Returns the processing with the hooks around its handler; itself if there are none. */
  public static <T> Processing<T> around(
      String subscription, Processing<T> processing, Hooks hooks) {
    return hooks.areNone()
        ? processing
        : new InterceptedHandlers(new Attempts(subscription, hooks)).around(processing);
  }

  private <T> Processing<T> around(Processing<T> processing) {
    if (processing instanceof Processing.Blocking<T> blocking) {
      return new Processing.Blocking<>(
          delivery ->
              call(
                  delivery,
                  () -> {
                    blocking.handler().handle(delivery);
                    return delivery;
                  }));
    }
    if (processing instanceof Processing.Async<T> async) {
      return new Processing.Async<>(
          delivery -> callAsync(delivery, () -> async.handler().handle(delivery)));
    }
    if (processing instanceof Processing.Transactional<T> transactional) {
      return new Processing.Transactional<>(
          new InterceptedTransactions<>(transactional.handler(), attempts));
    }
    if (processing instanceof Processing.EventSourced<T> eventSourced) {
      return new Processing.EventSourced<>(around(eventSourced.handler()));
    }
    if (processing instanceof Processing.Publishing<T> publishing) {
      return new Processing.Publishing<>(
          delivery -> call(delivery, () -> publishing.handler().handle(delivery)));
    }
    return new Processing.Calling<>(around(((Processing.Calling<T>) processing).call()));
  }

  private <T, R> R call(Delivery<T> delivery, Handling<R> handling) throws Exception {
    Scope scope = attempts.begin(delivery);
    R result;
    try {
      result = handling.handle();
    } catch (Throwable e) {
      scope.end(Optional.of(e));
      throw e;
    }
    scope.end(Optional.empty());
    return result;
  }

  private <R> CompletionStage<R> callAsync(
      Delivery<?> delivery, Handling<? extends CompletionStage<R>> handling) throws Exception {
    Scope scope = attempts.begin(delivery);
    try {
      CompletionStage<R> stage = handling.handle();
      if (stage == null) {
        // The caller fails the attempt.
        scope.end(Optional.of(new IllegalStateException("the handler returned null")));
        return null;
      }
      CompletableFuture<R> ended = new CompletableFuture<>();
      // Not whenComplete, which calls toString() on the failure of the stage: that may throw.
      CompletionStage<?> unused =
          stage.handle(
              (result, failure) -> {
                Optional<Throwable> cause = Optional.ofNullable(failure).map(UserCode::unwrap);
                scope.end(cause);
                return cause.isEmpty()
                    ? ended.complete(result)
                    : ended.completeExceptionally(cause.get());
              });
      return ended;
    } catch (Throwable e) {
      scope.end(Optional.of(e));
      throw e;
    }
  }

  private <T, R> OutsideCall<T, R> around(OutsideCall<T, R> outside) {
    return OutsideCall.async(
        delivery -> callAsync(delivery, () -> outside.call().call(delivery)),
        outside.continuation());
  }

  private <T, S, E> EventSourcedHandler<T, S, E> around(EventSourcedHandler<T, S, E> handler) {
    return new EventSourcedHandler<>() {
      @Override
      public Class<S> stateType() {
        return handler.stateType();
      }

      @Override
      public Class<E> eventType() {
        return handler.eventType();
      }

      @Override
      public S emptyState() {
        return handler.emptyState();
      }

      @Override
      public Effect<E> handle(S state, Delivery<T> delivery) throws Exception {
        return call(delivery, () -> handler.handle(state, delivery));
      }

      @Override
      public S apply(S state, E event) {
        return handler.apply(state, event);
      }
    };
  }
}
