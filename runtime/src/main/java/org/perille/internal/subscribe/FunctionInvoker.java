package org.perille.internal.subscribe;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.perille.AsyncHandler;
import org.perille.Handler;

/** Calls a handler that is a function, message by message. */
final class FunctionInvoker<T> implements Invoker {
  private static final List<RunResult> DONE = List.of(new RunResult(1, Optional.empty()));

  private final Deliveries<T> deliveries;
  private final AsyncHandler<T> handler;

  private FunctionInvoker(Deliveries<T> deliveries, AsyncHandler<T> handler) {
    this.deliveries = deliveries;
    this.handler = handler;
  }

  static <T> Invoker blocking(Deliveries<T> deliveries, Handler<T> handler) {
    CompletionStage<Void> done = CompletableFuture.completedFuture(null);
    return new FunctionInvoker<T>(
        deliveries,
        delivery -> {
          handler.handle(delivery);
          return done;
        });
  }

  static <T> Invoker async(Deliveries<T> deliveries, AsyncHandler<T> handler) {
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
  public CompletionStage<List<RunResult>> invoke(Round round) {
    CompletionStage<?> stage;
    try {
      stage = handler.handle(deliveries.attempt(round.runs().get(0).messages().get(0), round));
    } catch (VirtualMachineError e) {
      throw e;
    } catch (Throwable e) {
      // A handler that fails an assertion has failed an attempt, not the worker.
      return CompletableFuture.completedFuture(failed(e));
    }
    if (stage == null) {
      return CompletableFuture.completedFuture(
          failed(new IllegalStateException("the handler returned null instead of a stage")));
    }
    return stage.handle((ignored, failure) -> failure == null ? DONE : failed(failure));
  }

  private static List<RunResult> failed(Throwable cause) {
    return List.of(new RunResult(0, Optional.of(cause)));
  }
}
