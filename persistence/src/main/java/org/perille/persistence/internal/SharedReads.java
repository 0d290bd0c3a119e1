package org.perille.persistence.internal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * A queue of the reads of many actors, which share statements.
 *
 * <p>The first read goes to the database at once. While it is there, others wait, and the next
 * statement answers them together. So a thousand actors that recover at the same time need some
 * tens of statements, and one alone waits for nobody.
 *
 * <p>The answer to a read comes from a statement that began after the read was asked for. If a
 * statement fails, its reads fail. Every read completes or fails exactly once. As many reads may
 * wait as actors recover at the same time ({@code pekko.persistence.max-concurrent-recoveries}).
 * Thread-safe.
 *
 * @param <Q> a question
 * @param <A> the answer to it
 */
final class SharedReads<Q, A> {
  /**
   * The number of statements at the same time. A second one helps while the first one hangs, on a
   * lost connection for example.
   */
  static final int STATEMENTS = 2;

  private record Read<Q, A>(Q question, CompletableFuture<A> answer) {}

  private final int maxWeight;
  private final ToIntFunction<Q> weight;
  private final Function<List<Q>, CompletionStage<List<A>>> statement;
  private final Executor executor;
  private final Deque<Read<Q, A>> waiting = new ArrayDeque<>();
  private int running;

  /**
   * Creates a queue.
   *
   * @param maxWeight the limit of the questions of one statement, unless it has only one
   * @param weight the weight of a question, such as the number of rows of its answer
   * @param statement answers questions in their order
   * @param executor completes the reads, so that the next statement doesn't wait for their readers
   */
  SharedReads(
      int maxWeight,
      ToIntFunction<Q> weight,
      Function<List<Q>, CompletionStage<List<A>>> statement,
      Executor executor) {
    this.maxWeight = maxWeight;
    this.weight = weight;
    this.statement = statement;
    this.executor = executor;
  }

  /** Asks a question. */
  CompletionStage<A> read(Q question) {
    CompletableFuture<A> answer = new CompletableFuture<>();
    synchronized (this) {
      waiting.add(new Read<>(question, answer));
    }
    next();
    return answer;
  }

  private void next() {
    List<Read<Q, A>> reads = new ArrayList<>();
    synchronized (this) {
      if (running == STATEMENTS || waiting.isEmpty()) {
        return;
      }
      running++;
      int left = maxWeight;
      do {
        left -= weight.applyAsInt(waiting.element().question);
        reads.add(waiting.remove());
      } while (!waiting.isEmpty() && weight.applyAsInt(waiting.element().question) <= left);
    }
    CompletionStage<?> unused =
        answers(reads.stream().map(Read::question).toList())
            .whenComplete(
                (answers, failure) -> {
                  synchronized (this) {
                    running--;
                  }
                  next();
                  executor.execute(() -> complete(reads, answers, failure));
                });
  }

  private CompletionStage<List<A>> answers(List<Q> questions) {
    try {
      return statement.apply(questions);
    } catch (RuntimeException | Error e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static <Q, A> void complete(List<Read<Q, A>> reads, List<A> answers, Throwable failure) {
    for (int i = 0; i < reads.size(); i++) {
      if (failure == null) {
        reads.get(i).answer.complete(answers.get(i));
      } else {
        reads.get(i).answer.completeExceptionally(failure);
      }
    }
  }
}
