package org.perille.persistence.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class WriteQueueTest {
  private static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private record Lent(Consumer<WriteQueue.Transaction<String>> user, CompletableFuture<Void> end) {}

  /** The connections that writers have requested and not yet received. */
  private final Queue<Lent> asked = new ArrayDeque<>();

  private final List<List<String>> stored = new ArrayList<>();

  /** The actions during the storing of a row. */
  private final Map<String, Runnable> meanwhile = new HashMap<>();

  /** The actions after a write has waited for too long. */
  private final Queue<Runnable> later = new ArrayDeque<>();

  private void waitLong() {
    later.remove().run();
  }

  private WriteQueue<String> queue(int maxWaiting, int maxRows, int writers) {
    return queue(maxWaiting, maxRows, writers, Runnable::run);
  }

  private WriteQueue<String> queue(int maxWaiting, int maxRows, int writers, Executor executor) {
    return new WriteQueue<>(
        new WriteQueue.QueueLimits(maxWaiting, maxRows, writers),
        this::ask,
        failure -> failure instanceof Refused,
        executor,
        later::add);
  }

  private CompletionStage<Void> ask(Consumer<WriteQueue.Transaction<String>> user) {
    Lent lent = new Lent(user, new CompletableFuture<>());
    asked.add(lent);
    return lent.end;
  }

  /** Lends a connection to the writer that has waited longest, until it returns it. */
  private void lend() {
    Lent lent = asked.remove();
    lent.user.accept(
        rows -> {
          stored.add(rows);
          rows.forEach(row -> meanwhile.getOrDefault(row, () -> {}).run());
        });
    lent.end.complete(null);
  }

  private static void add(WriteQueue<String> queue, String... rows) {
    CompletableFuture<Void> unused = added(queue, rows);
  }

  private static CompletableFuture<Void> added(WriteQueue<String> queue, String... rows) {
    return queue.add(List.of(rows)).toCompletableFuture();
  }

  private static void fail(RuntimeException failure) {
    throw failure;
  }

  @Test
  void what_comes_while_all_writers_write_shares_the_next_transaction() {
    WriteQueue<String> queue = queue(100, 400, 1);
    CompletableFuture<Void> first = added(queue, "a");
    meanwhile.put(
        "a",
        () -> {
          add(queue, "b");
          add(queue, "c", "d");
          assertThat(first).isNotDone();
        });
    meanwhile.put("b", () -> assertThat(first).isCompleted());
    lend();
    assertThat(stored).containsExactly(List.of("a"), List.of("b", "c", "d"));
    assertThat(asked).isEmpty();
  }

  @Test
  void a_long_transaction_holds_back_for_long_nothing_that_is_not_in_it() {
    WriteQueue<String> queue = queue(100, 400, 2);
    CompletableFuture<Void> slow = added(queue, "long");
    waitLong();
    meanwhile.put(
        "long",
        () -> {
          CompletableFuture<Void> quick = added(queue, "quick");
          CompletableFuture<Void> behind = added(queue, "behind");
          lend();
          assertThat(quick).isCompleted();
          assertThat(behind).isCompleted();
          assertThat(slow).isNotDone();
        });
    lend();
    assertThat(slow).isCompleted();
    assertThat(stored).containsExactly(List.of("long"), List.of("quick", "behind"));
  }

  @Test
  void there_is_one_writer_as_long_as_nothing_waits_for_too_long() {
    WriteQueue<String> queue = queue(100, 400, 2);
    add(queue, "one");
    add(queue, "two");
    assertThat(asked).hasSize(1);
    lend();
    add(queue, "three");
    // By now another write waits longest.
    waitLong();
    assertThat(asked).hasSize(1);
    waitLong();
    assertThat(asked).hasSize(2);
  }

  @Test
  void nobody_watches_where_nothing_waits() {
    WriteQueue<String> queue = queue(100, 400, 2);
    add(queue, "one");
    add(queue, "two");
    assertThat(later).hasSize(1);
    lend();
    waitLong();
    assertThat(later).isEmpty();
    assertThat(asked).isEmpty();
  }

  @Test
  void there_are_no_more_writers_than_may_be() {
    WriteQueue<String> queue = queue(100, 400, 2);
    add(queue, "one");
    waitLong();
    assertThat(asked).hasSize(2);
    add(queue, "two");
    assertThat(later).isEmpty();
    lend();
    lend();
    assertThat(stored).containsExactly(List.of("one", "two"));
    add(queue, "three");
    assertThat(asked).hasSize(1);
  }

  @Test
  void the_next_transaction_does_not_wait_until_those_of_the_last_one_are_notified() {
    List<Runnable> telling = new ArrayList<>();
    WriteQueue<String> queue = queue(100, 400, 1, telling::add);
    CompletableFuture<Void> first = added(queue, "first");
    meanwhile.put("first", () -> add(queue, "second"));
    meanwhile.put("second", () -> assertThat(first).isNotDone());
    lend();
    assertThat(stored).containsExactly(List.of("first"), List.of("second"));
    telling.forEach(Runnable::run);
    assertThat(first).isCompleted();
  }

  @Test
  void what_is_written_at_once_is_never_divided_however_much_it_is() {
    WriteQueue<String> queue = queue(100, 3, 1);
    add(queue, "a", "b");
    add(queue, "c", "d");
    add(queue, "e", "f", "g", "h");
    lend();
    assertThat(stored)
        .containsExactly(List.of("a", "b"), List.of("c", "d"), List.of("e", "f", "g", "h"));
  }

  @Test
  void what_is_refused_fails_alone() {
    WriteQueue<String> queue = queue(100, 400, 1);
    CompletableFuture<Void> before = added(queue, "before");
    CompletableFuture<Void> refused = added(queue, "refused");
    CompletableFuture<Void> after = added(queue, "after");
    meanwhile.put("refused", () -> fail(new Refused()));
    lend();
    assertThat(before).isCompleted();
    assertThatThrownBy(refused::join).hasCauseInstanceOf(Refused.class);
    assertThat(after).isCompleted();
    assertThat(stored)
        .containsExactly(
            List.of("before", "refused", "after"),
            List.of("before"),
            List.of("refused"),
            List.of("after"));
  }

  @Test
  void what_failed_with_an_unknown_outcome_is_not_written_again() {
    WriteQueue<String> queue = queue(100, 400, 1);
    CompletableFuture<Void> one = added(queue, "one");
    CompletableFuture<Void> other = added(queue, "other");
    meanwhile.put("one", () -> fail(new IllegalStateException("connection lost")));
    lend();
    assertThatThrownBy(one::join).hasRootCauseMessage("connection lost");
    assertThatThrownBy(other::join).hasRootCauseMessage("connection lost");
    assertThat(stored).hasSize(1);
  }

  @Test
  void of_writes_that_are_tried_alone_each_is_answered_though_one_fails_otherwise() {
    WriteQueue<String> queue = queue(100, 400, 1);
    CompletableFuture<Void> first = added(queue, "first");
    CompletableFuture<Void> unknown = added(queue, "unknown");
    CompletableFuture<Void> behind = added(queue, "behind");
    CompletableFuture<Void> last = added(queue, "last");
    List<RuntimeException> failures =
        new ArrayList<>(List.of(new Refused(), new IllegalStateException("connection lost")));
    meanwhile.put("unknown", () -> fail(failures.remove(0)));
    lend();
    assertThat(first).isCompleted();
    assertThatThrownBy(unknown::join).hasRootCauseMessage("connection lost");
    // Nothing of them is stored, and that connection isn't used again: another one is.
    assertThat(List.of(behind, last)).noneMatch(CompletableFuture::isDone);
    lend();
    assertThat(List.of(behind, last)).allMatch(write -> !write.isCompletedExceptionally());
    assertThat(List.of(behind, last)).allMatch(CompletableFuture::isDone);
    assertThat(stored)
        .containsExactly(
            List.of("first", "unknown", "behind", "last"),
            List.of("first"),
            List.of("unknown"),
            List.of("behind", "last"));
  }

  @Test
  void an_error_answers_each_write_too() {
    WriteQueue<String> queue = queue(100, 400, 1);
    CompletableFuture<Void> one = added(queue, "one");
    CompletableFuture<Void> other = added(queue, "other");
    meanwhile.put(
        "other",
        () -> {
          throw new StackOverflowError("planned");
        });
    lend();
    assertThatThrownBy(one::join).hasRootCauseInstanceOf(StackOverflowError.class);
    assertThatThrownBy(other::join).hasRootCauseInstanceOf(StackOverflowError.class);
    meanwhile.clear();
    CompletableFuture<Void> next = added(queue, "next");
    lend();
    assertThat(next).isCompleted();
  }

  @Test
  void a_failure_that_can_not_be_judged_has_an_unknown_outcome() {
    WriteQueue<String> queue =
        new WriteQueue<>(
            new WriteQueue.QueueLimits(100, 400, 1),
            this::ask,
            failure -> {
              throw new IllegalStateException("no judge");
            },
            Runnable::run,
            later::add);
    CompletableFuture<Void> one = added(queue, "one");
    CompletableFuture<Void> other = added(queue, "other");
    meanwhile.put("one", () -> fail(new Refused()));
    lend();
    assertThatThrownBy(one::join).hasCauseInstanceOf(Refused.class);
    assertThatThrownBy(other::join).hasCauseInstanceOf(Refused.class);
    assertThat(stored).hasSize(1);
  }

  @Test
  void executors_that_reject_because_the_system_ends_leave_no_write_unanswered() {
    Executor ended =
        task -> {
          throw new RejectedExecutionException("the system has ended");
        };
    WriteQueue<String> queue =
        new WriteQueue<>(
            new WriteQueue.QueueLimits(100, 400, 2),
            this::ask,
            failure -> failure instanceof Refused,
            ended,
            ended);
    CompletableFuture<Void> good = added(queue, "good");
    CompletableFuture<Void> bad = added(queue, "bad");
    meanwhile.put("bad", () -> fail(new Refused()));
    lend();
    assertThat(good).isCompleted();
    assertThatThrownBy(bad::join).hasCauseInstanceOf(Refused.class);
    CompletableFuture<Void> next = added(queue, "next");
    lend();
    assertThat(next).isCompleted();
  }

  @Test
  void after_an_unknown_outcome_another_connection_is_used() {
    WriteQueue<String> queue = queue(100, 400, 1);
    add(queue, "lost");
    meanwhile.put(
        "lost",
        () -> {
          add(queue, "next");
          fail(new IllegalStateException("connection lost"));
        });
    lend();
    assertThat(stored).containsExactly(List.of("lost"));
    lend();
    assertThat(stored).containsExactly(List.of("lost"), List.of("next"));
  }

  @Test
  void what_finds_no_connection_fails_and_makes_room() {
    WriteQueue<String> queue = queue(100, 400, 1);
    CompletableFuture<Void> one = added(queue, "one");
    CompletableFuture<Void> other = added(queue, "other");
    asked.remove().end.completeExceptionally(new IllegalStateException("no pool"));
    assertThatThrownBy(one::join).hasRootCauseMessage("no pool");
    assertThatThrownBy(other::join).hasRootCauseMessage("no pool");
    CompletableFuture<Void> next = added(queue, "next");
    lend();
    assertThat(next).isCompleted();
  }

  @Test
  void what_waits_is_left_to_a_writer_that_has_a_connection() {
    WriteQueue<String> queue = queue(100, 400, 2);
    add(queue, "long");
    waitLong();
    CompletableFuture<Void> waiting = new CompletableFuture<>();
    meanwhile.put(
        "long",
        () -> {
          queue.add(List.of("waiting")).whenComplete((done, failure) -> waiting.complete(null));
          asked.remove().end.completeExceptionally(new IllegalStateException("no connection"));
          assertThat(waiting).isNotDone();
        });
    lend();
    assertThat(stored).containsExactly(List.of("long"), List.of("waiting"));
    assertThat(waiting).isCompleted();
  }

  @Test
  void a_pool_that_ends_without_lending_fails_who_waits() {
    WriteQueue<String> queue = queue(100, 400, 1);
    CompletableFuture<Void> one = added(queue, "one");
    Lent lent = asked.remove();
    lent.end.complete(null);
    assertThatThrownBy(one::join).hasRootCauseMessage("the pool has lent no connection");
    // The connection arrives too late: its use has no effect.
    CompletableFuture<Void> next = added(queue, "next");
    lent.user.accept(stored::add);
    assertThat(stored).isEmpty();
    lend();
    assertThat(next).isCompleted();
  }

  @Test
  void a_pool_that_is_closed_fails_however_many_wait() {
    List<Lent> first = new ArrayList<>();
    WriteQueue<String> queue =
        new WriteQueue<>(
            new WriteQueue.QueueLimits(100_000, 1, 1),
            user -> {
              if (first.isEmpty()) {
                first.add(new Lent(user, new CompletableFuture<>()));
                return first.get(0).end;
              }
              throw new NoClassDefFoundError("closed");
            },
            failure -> false,
            Runnable::run,
            later::add);
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int i = 0; i < 50_000; i++) {
      all.add(added(queue, "row"));
    }
    first.get(0).user.accept(stored::add);
    assertThat(all).allMatch(CompletableFuture::isDone);
    assertThat(all.stream().filter(CompletableFuture::isCompletedExceptionally).count())
        .isEqualTo(50_000 - WriteQueue.TRANSACTIONS_IN_A_ROW);
  }

  @Test
  void a_pool_that_does_not_even_answer_fails_who_waits() {
    WriteQueue<String> queue =
        new WriteQueue<>(
            new WriteQueue.QueueLimits(100, 400, 1),
            user -> {
              throw new IllegalStateException("no pool");
            },
            failure -> false,
            Runnable::run,
            later::add);
    assertThatThrownBy(() -> added(queue, "one").join()).hasRootCauseMessage("no pool");
    assertThatThrownBy(() -> added(queue, "two").join()).hasRootCauseMessage("no pool");
  }

  @Test
  void a_connection_that_can_not_be_given_back_fails_nothing() {
    WriteQueue<String> queue = queue(100, 400, 1);
    CompletableFuture<Void> done = added(queue, "done");
    Lent lent = asked.remove();
    lent.user.accept(stored::add);
    CompletableFuture<Void> waiting = added(queue, "waiting");
    lent.end.completeExceptionally(new IllegalStateException("can't be closed"));
    assertThat(done).isCompleted();
    assertThat(waiting).isNotDone();
    assertThat(asked).hasSize(1);
    lend();
    assertThat(waiting).isCompleted();
  }

  @Test
  void a_full_queue_refuses_and_says_what_is_full() {
    WriteQueue<String> queue = queue(2, 400, 1);
    List<CompletableFuture<Void>> waiting = List.of(added(queue, "one"), added(queue, "two"));
    assertThatThrownBy(() -> added(queue, "three").join())
        .hasRootCauseMessage(
            "2 writes wait for the journal, the limit (bufferSize): the journal is slower than the events arrive");
    lend();
    assertThat(waiting).allMatch(CompletableFuture::isDone);
    assertThat(added(queue, "four")).isNotDone();
  }

  @Test
  void a_writer_lets_others_have_its_connection_now_and_then() {
    WriteQueue<String> queue = queue(100_000, 1, 1);
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int i = 0; i < 2 * WriteQueue.TRANSACTIONS_IN_A_ROW + 1; i++) {
      all.add(added(queue, "quick"));
    }
    lend();
    assertThat(stored).hasSize(WriteQueue.TRANSACTIONS_IN_A_ROW);
    lend();
    lend();
    assertThat(all).allMatch(CompletableFuture::isDone);
    assertThat(asked).isEmpty();
  }

  @SuppressWarnings("unchecked") // The compiler considers it an unchecked exception.
  private static <E extends Throwable> void throwAnything(Throwable failure) throws E {
    throw (E) failure;
  }

  @Test
  void whatever_is_thrown_between_two_transactions_each_write_is_answered() {
    Exception planned = new Exception("planned");
    WriteQueue<String> queue =
        queue(100, 400, 1, answers -> WriteQueueTest.<RuntimeException>throwAnything(planned));
    CompletableFuture<Void> first = added(queue, "a");
    CompletableFuture<Void> second = added(queue, "b");
    assertThatThrownBy(this::lend).isSameAs(planned);
    assertThat(first).isDone();
    assertThat(second).isDone();
  }
}
