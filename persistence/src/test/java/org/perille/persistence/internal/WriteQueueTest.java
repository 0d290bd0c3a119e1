package org.perille.persistence.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class WriteQueueTest {
  private static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private record Transaction(List<String> rows, CompletableFuture<Void> end) {}

  private final List<Transaction> begun = new ArrayList<>();

  private WriteQueue<String> queue(int maxWaiting, int maxRows, int transactions) {
    return new WriteQueue<>(
        maxWaiting,
        maxRows,
        transactions,
        this::begin,
        failure -> failure instanceof Refused,
        Runnable::run);
  }

  private CompletableFuture<Void> begin(List<String> rows) {
    Transaction transaction = new Transaction(rows, new CompletableFuture<>());
    begun.add(transaction);
    return transaction.end;
  }

  private static void add(WriteQueue<String> queue, String... rows) {
    CompletableFuture<Void> unused = added(queue, rows);
  }

  private static CompletableFuture<Void> added(WriteQueue<String> queue, String... rows) {
    return queue.add(List.of(rows)).toCompletableFuture();
  }

  private List<String> rows(int transaction) {
    return begun.get(transaction).rows;
  }

  @Test
  void what_comes_while_all_transactions_run_shares_the_next_one() {
    WriteQueue<String> queue = queue(100, 400, 1);
    CompletableFuture<Void> first = added(queue, "a");
    CompletableFuture<Void> second = added(queue, "b");
    CompletableFuture<Void> third = added(queue, "c", "d");
    assertThat(begun).hasSize(1);
    begun.get(0).end.complete(null);
    assertThat(first).isCompleted();
    assertThat(second).isNotDone();
    assertThat(rows(1)).containsExactly("b", "c", "d");
    begun.get(1).end.complete(null);
    assertThat(second).isCompleted();
    assertThat(third).isCompleted();
    assertThat(begun).hasSize(2);
  }

  @Test
  void a_long_transaction_holds_back_nothing_that_is_not_in_it() {
    WriteQueue<String> queue = queue(100, 400, 2);
    add(queue, "long");
    add(queue, "short");
    CompletableFuture<Void> waiting = added(queue, "waiting");
    CompletableFuture<Void> behind = added(queue, "behind");
    begun.get(1).end.complete(null);
    assertThat(rows(2)).containsExactly("waiting", "behind");
    begun.get(2).end.complete(null);
    assertThat(waiting).isCompleted();
    assertThat(behind).isCompleted();
    assertThat(begun.get(0).end).isNotDone();
  }

  @Test
  void the_next_transaction_does_not_wait_until_those_of_the_last_one_are_told() {
    List<Runnable> telling = new ArrayList<>();
    WriteQueue<String> queue =
        new WriteQueue<>(
            100, 400, 1, this::begin, failure -> failure instanceof Refused, telling::add);
    CompletableFuture<Void> first = added(queue, "first");
    add(queue, "second");
    begun.get(0).end.complete(null);
    assertThat(rows(1)).containsExactly("second");
    assertThat(first).isNotDone();
    telling.forEach(Runnable::run);
    assertThat(first).isCompleted();
  }

  @Test
  void what_is_written_at_once_is_never_divided_however_much_it_is() {
    WriteQueue<String> queue = queue(100, 3, 1);
    add(queue, "first");
    add(queue, "a", "b");
    add(queue, "c", "d");
    add(queue, "e", "f", "g", "h");
    for (int i = 0; i < 4; i++) {
      begun.get(i).end.complete(null);
    }
    assertThat(begun)
        .extracting(Transaction::rows)
        .containsExactly(
            List.of("first"), List.of("a", "b"), List.of("c", "d"), List.of("e", "f", "g", "h"));
  }

  @Test
  void what_is_refused_fails_alone() {
    WriteQueue<String> queue = queue(100, 400, 1);
    add(queue, "first");
    CompletableFuture<Void> before = added(queue, "before");
    CompletableFuture<Void> refused = added(queue, "refused");
    CompletableFuture<Void> after = added(queue, "after");
    begun.get(0).end.complete(null);
    begun.get(1).end.completeExceptionally(new Refused());
    begun.get(2).end.complete(null);
    begun.get(3).end.completeExceptionally(new Refused());
    begun.get(4).end.complete(null);
    assertThat(before).isCompleted();
    assertThatThrownBy(refused::join).hasCauseInstanceOf(Refused.class);
    assertThat(after).isCompleted();
    add(queue, "next");
    assertThat(rows(5)).containsExactly("next");
  }

  @Test
  void what_failed_with_an_unknown_outcome_is_not_written_again() {
    WriteQueue<String> queue = queue(100, 400, 1);
    add(queue, "first");
    CompletableFuture<Void> one = added(queue, "one");
    CompletableFuture<Void> other = added(queue, "other");
    begun.get(0).end.complete(null);
    begun.get(1).end.completeExceptionally(new IllegalStateException("connection lost"));
    assertThatThrownBy(one::join).hasRootCauseMessage("connection lost");
    assertThatThrownBy(other::join).hasRootCauseMessage("connection lost");
    assertThat(begun).hasSize(2);
    add(queue, "next");
    assertThat(rows(2)).containsExactly("next");
  }

  @Test
  void a_transaction_that_can_not_even_begin_fails_and_makes_room() {
    WriteQueue<String> queue =
        new WriteQueue<>(
            100,
            400,
            1,
            rows -> {
              if (rows.contains("bad")) {
                throw new IllegalStateException("no pool");
              }
              return CompletableFuture.completedFuture(null);
            },
            failure -> false,
            Runnable::run);
    assertThatThrownBy(() -> added(queue, "bad").join()).hasRootCauseMessage("no pool");
    assertThat(added(queue, "good")).isCompleted();
  }

  @Test
  void a_full_queue_refuses_and_says_what_is_full() {
    WriteQueue<String> queue = queue(2, 400, 1);
    add(queue, "running");
    List<CompletableFuture<Void>> waiting = List.of(added(queue, "one"), added(queue, "two"));
    assertThatThrownBy(() -> added(queue, "three").join())
        .hasRootCauseMessage(
            "2 writes wait for the journal, which are as many as may (bufferSize): it writes slower than events come");
    begun.get(0).end.complete(null);
    begun.get(1).end.complete(null);
    assertThat(waiting).allMatch(CompletableFuture::isDone);
    assertThat(added(queue, "four")).isNotDone();
  }

  @Test
  void a_long_queue_of_quick_transactions_ends() {
    WriteQueue<String> queue = queue(100_000, 1, 1);
    CompletableFuture<Void> held = added(queue, "held");
    List<CompletableFuture<Void>> all = new ArrayList<>();
    List<String> names = new ArrayList<>(Collections.nCopies(50_000, "quick"));
    names.forEach(name -> all.add(added(queue, name)));
    begun.get(0).end.complete(null);
    for (int i = 1; i <= 50_000; i++) {
      begun.get(i).end.complete(null);
    }
    assertThat(held).isCompleted();
    assertThat(all).allMatch(CompletableFuture::isDone);
  }
}
