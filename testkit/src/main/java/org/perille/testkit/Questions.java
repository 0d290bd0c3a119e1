package org.perille.testkit;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.perille.Perille;

/** Sends requests to the current node, and to the next one if it crashes before it answers. */
final class Questions {
  /** A request to a node. */
  @FunctionalInterface
  interface Question<R> extends Function<Perille, CompletionStage<R>> {}

  private final TestNodes nodes;

  Questions(TestNodes nodes) {
    this.nodes = nodes;
  }

  /**
   * Returns the answer.
   *
   * @param what the request, for the message
   * @param repeatable true if the request may be repeated
   * @throws AssertionError if there is no answer
   */
  <R> R ask(String what, boolean repeatable, Polling polling, Question<R> question) {
    while (true) {
      TestNode node = nodes.current();
      CompletableFuture<R> answer = begin(node, question);
      polling.await(
          () -> answer.isDone() || !nodes.isCurrent(node), () -> what + ": no answer in time");
      if (answer.isDone() && !answer.isCompletedExceptionally()) {
        return answer.join();
      }
      if (nodes.isCurrent(node)) {
        Throwable cause = failure(answer);
        throw new AssertionError(what + ": " + cause, cause);
      }
      if (!repeatable) {
        throw new AssertionError(
            what
                + ": the node crashed meanwhile, and it is unknown whether it is stored; with an id"
                + " the kit publishes it again");
      }
    }
  }

  private static <R> CompletableFuture<R> begin(TestNode node, Question<R> question) {
    try {
      return question.apply(node.perille()).toCompletableFuture();
    } catch (RuntimeException e) {
      // A terminated node fails in various ways.
      return CompletableFuture.failedFuture(e);
    }
  }

  private static Throwable failure(CompletableFuture<?> answer) {
    try {
      answer.join();
      throw new IllegalStateException("it didn't fail");
    } catch (CompletionException e) {
      return e.getCause() == null ? e : e.getCause();
    }
  }
}
