package org.perille.sharding.internal.admin;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;
import org.perille.DeadLetter;
import org.perille.DeadLetterCount;
import org.perille.DeadLetterFilter;
import org.perille.DeadLetterPage;
import org.perille.DeadLetters;
import org.perille.StoredMessage;

/** The dead letters of a subscription, queried through whichever node runs. */
final class CurrentDeadLetters<T> implements DeadLetters<T> {
  private final Supplier<DeadLetters<T>> current;

  /**
   * Creates the dead letters.
   *
   * @param current returns those of the node that runs, or throws an {@link IllegalStateException}
   *     that says why there is none
   */
  CurrentDeadLetters(Supplier<DeadLetters<T>> current) {
    this.current = current;
  }

  private <R> CompletionStage<R> ask(Function<DeadLetters<T>, CompletionStage<R>> operation) {
    DeadLetters<T> letters;
    try {
      letters = current.get();
    } catch (IllegalStateException e) {
      return CompletableFuture.failedStage(e);
    }
    return operation.apply(letters);
  }

  @Override
  public Source<DeadLetter, NotUsed> list(DeadLetterFilter filter) {
    return NodeOperations.stream(() -> current.get().list(filter));
  }

  @Override
  public CompletionStage<DeadLetterPage> page(
      DeadLetterFilter filter, DeadLetterPage.Position from, int limit) {
    return ask(letters -> letters.page(filter, from, limit));
  }

  @Override
  public CompletionStage<List<DeadLetterCount>> count(DeadLetterFilter filter) {
    return ask(letters -> letters.count(filter));
  }

  @Override
  public CompletionStage<StoredMessage<T>> read(DeadLetter letter) {
    return ask(letters -> letters.read(letter));
  }

  @Override
  public CompletionStage<Long> redrive(DeadLetterFilter filter, String requestId) {
    return ask(letters -> letters.redrive(filter, requestId));
  }

  @Override
  public CompletionStage<Long> redrive(DeadLetterFilter filter) {
    return ask(letters -> letters.redrive(filter));
  }

  @Override
  public CompletionStage<Long> discard(DeadLetterFilter filter, String reason, String requestId) {
    return ask(letters -> letters.discard(filter, reason, requestId));
  }

  @Override
  public CompletionStage<Long> discard(DeadLetterFilter filter, String reason) {
    return ask(letters -> letters.discard(filter, reason));
  }
}
