package org.perille.testkit;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.OutsideCall;
import org.perille.spi.Processing;

/** Wraps handlers of every kind with a watch. */
final class WatchedHandlers {
  /** A call of a handler, with the result that the runtime needs. */
  @FunctionalInterface
  private interface Handling<R> {
    R handle() throws Exception;
  }

  private WatchedHandlers() {}

  static <T> Processing<T> around(Processing<T> processing, HandlerProbe<T> watch) {
    if (processing instanceof Processing.Blocking<T> blocking) {
      return new Processing.Blocking<>(
          delivery ->
              call(
                  watch,
                  delivery,
                  () -> {
                    blocking.handler().handle(delivery);
                    return delivery;
                  }));
    }
    if (processing instanceof Processing.Async<T> async) {
      return new Processing.Async<>(
          delivery -> callAsync(watch, delivery, () -> async.handler().handle(delivery)));
    }
    if (processing instanceof Processing.Transactional<T> transactional) {
      return new Processing.Transactional<>(
          new WatchedTransactions<>(transactional.handler(), watch));
    }
    if (processing instanceof Processing.EventSourced<T> eventSourced) {
      return new Processing.EventSourced<>(around(eventSourced.handler(), watch));
    }
    if (processing instanceof Processing.Publishing<T> publishing) {
      return new Processing.Publishing<>(
          delivery -> call(watch, delivery, () -> publishing.handler().handle(delivery)));
    }
    return new Processing.Calling<>(around(((Processing.Calling<T>) processing).call(), watch));
  }

  private static <T, R> R call(HandlerProbe<T> watch, Delivery<T> delivery, Handling<R> handling)
      throws Exception {
    HandlerProbe<T>.Call call = watch.begin(delivery);
    try {
      call.before();
      R answer = handling.handle();
      call.after();
      call.done();
      return answer;
    } catch (Throwable e) {
      call.failed(e);
      throw e;
    }
  }

  private static <T, R> CompletionStage<R> callAsync(
      HandlerProbe<T> watch, Delivery<T> delivery, Handling<? extends CompletionStage<R>> handling)
      throws Exception {
    HandlerProbe<T>.Call call = watch.begin(delivery);
    CompletionStage<R> stage;
    try {
      call.before();
      stage = handling.handle();
    } catch (Throwable e) {
      call.failed(e);
      throw e;
    }
    if (stage == null) {
      call.failed(new IllegalStateException("the handler returned null instead of a stage"));
      return null;
    }
    return stage
        .thenApply(
            answer -> {
              call.after();
              return answer;
            })
        .handle(
            (answer, failure) -> {
              if (failure == null) {
                call.done();
                return CompletableFuture.completedFuture(answer);
              }
              Throwable cause =
                  failure instanceof CompletionException && failure.getCause() != null
                      ? failure.getCause()
                      : failure;
              call.failed(cause);
              return CompletableFuture.<R>failedFuture(cause);
            })
        .thenCompose(done -> done);
  }

  private static <T, R> OutsideCall<T, R> around(OutsideCall<T, R> outside, HandlerProbe<T> watch) {
    return OutsideCall.async(
        delivery -> callAsync(watch, delivery, () -> outside.call().call(delivery)),
        outside.continuation());
  }

  private static <T, S, E> EventSourcedHandler<T, S, E> around(
      EventSourcedHandler<T, S, E> handler, HandlerProbe<T> watch) {
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
        return call(watch, delivery, () -> handler.handle(state, delivery));
      }

      @Override
      public S apply(S state, E event) {
        return handler.apply(state, event);
      }
    };
  }
}
