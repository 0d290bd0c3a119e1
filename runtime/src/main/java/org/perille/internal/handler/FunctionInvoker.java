package org.perille.internal.handler;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.perille.AsyncHandler;
import org.perille.Handler;
import org.perille.internal.failure.UserCode;

/** Calls a handler that is a function, message by message. */
public final class FunctionInvoker<T> implements Invoker {
  private static final List<KeyBatchResult> DONE = List.of(new KeyBatchResult(1, Optional.empty()));
  private static final CompletableFuture<Void> RETURNED = CompletableFuture.completedFuture(null);

  private final Deliveries<T> deliveries;
  private final AsyncHandler<T> handler;

  private FunctionInvoker(Deliveries<T> deliveries, AsyncHandler<T> handler) {
    this.deliveries = deliveries;
    this.handler = handler;
  }

  public static <T> Invoker blocking(Deliveries<T> deliveries, Handler<T> handler) {
    return new FunctionInvoker<T>(
        deliveries,
        delivery -> {
          handler.handle(delivery);
          return RETURNED;
        });
  }

  public static <T> Invoker async(Deliveries<T> deliveries, AsyncHandler<T> handler) {
    return new FunctionInvoker<>(deliveries, handler);
  }

  @Override
  public int maxKeys() {
    return 1;
  }

  @Override
  public int maxMessages() {
    return 1;
  }

  @Override
  public CompletionStage<List<KeyBatchResult>> invoke(Invocation invocation) {
    CompletableFuture<List<KeyBatchResult>> result = new CompletableFuture<>();
    try {
      CompletionStage<?> stage =
          handler.handle(
              deliveries.attempt(invocation.runs().get(0).messages().get(0), invocation));
      if (stage == null) {
        throw new IllegalStateException("the handler returned null instead of a stage");
      }
      if (stage == RETURNED) {
        result.complete(DONE);
      } else {
        follow(stage, result);
      }
    } catch (Throwable e) {
      result.complete(failed(e));
    } finally {
      UserCode.clearInterrupt();
    }
    return result;
  }

  /**
   * Completes the result with the outcome of the application's stage. Only its completion is used,
   * since the stage is the application's object.
   */
  private static void follow(
      CompletionStage<?> stage, CompletableFuture<List<KeyBatchResult>> result) {
    CompletionStage<?> unused =
        stage.handle(
            (ignored, failure) -> result.complete(failure == null ? DONE : failed(failure)));
  }

  private static List<KeyBatchResult> failed(Throwable cause) {
    return List.of(new KeyBatchResult(0, Optional.of(cause)));
  }
}
