package org.perille.testkit.idempotence;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for the stages of handlers. */
final class Stages {
  private static final long TIMEOUT_SECONDS = 10;

  private Stages() {}

  static <R> R await(CompletionStage<R> stage) throws Exception {
    if (stage == null) {
      throw new IllegalStateException("the handler returned null instead of a stage");
    }
    try {
      return stage.toCompletableFuture().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e.getCause() instanceof Exception cause ? cause : e;
    } catch (TimeoutException e) {
      throw new IllegalStateException(
          "the handler's stage has not completed within " + TIMEOUT_SECONDS + " s", e);
    }
  }
}
