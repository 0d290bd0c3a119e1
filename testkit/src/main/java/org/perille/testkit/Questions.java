package org.perille.testkit;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.perille.Perille;

/** Asks the node that is there, and the next one if that crashes before it has answered. */
final class Questions {
  /** Something that a node does or answers. */
  @FunctionalInterface
  interface Question<R> extends Function<Perille, CompletionStage<R>> {}

  private final TestNodes nodes;

  Questions(TestNodes nodes) {
    this.nodes = nodes;
  }

  /**
   * The answer.
   *
   * @param what is asked, for the message
   * @param repeatable whether it may be asked again
   * @throws AssertionError if there is none
   */
  <R> R ask(String what, boolean repeatable, Patience patience, Question<R> question) {
    while (true) {
      TestNode node = nodes.current();
      CompletableFuture<R> answer = begin(node, question);
      patience.await(
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
                + ": the node crashed meanwhile, and nobody knows whether it is stored; under an id"
                + " it is published again");
      }
    }
  }

  private static <R> CompletableFuture<R> begin(TestNode node, Question<R> question) {
    try {
      return question.apply(node.perille()).toCompletableFuture();
    } catch (RuntimeException e) {
      // A node that has gone says so in its own ways.
      return CompletableFuture.failedFuture(e);
    }
  }

  private static Throwable failure(CompletableFuture<?> answer) {
    try {
      answer.join();
      throw new IllegalStateException("it has not failed");
    } catch (CompletionException e) {
      return e.getCause() == null ? e : e.getCause();
    }
  }
}
