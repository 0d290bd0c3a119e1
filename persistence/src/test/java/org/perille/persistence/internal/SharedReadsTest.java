package org.perille.persistence.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Goal: reads of the same moment share statements, and each has its own answer. */
class SharedReadsTest {
  private record Asked(List<Integer> questions, CompletableFuture<List<String>> answers) {
    void answer() {
      answers.complete(questions.stream().map(question -> "answer " + question).toList());
    }
  }

  private final List<Asked> statements = new ArrayList<>();
  private final SharedReads<Integer, String> reads =
      new SharedReads<>(10, question -> 1, this::ask, Runnable::run);

  private CompletionStage<List<String>> ask(List<Integer> questions) {
    Asked asked = new Asked(questions, new CompletableFuture<>());
    statements.add(asked);
    return asked.answers;
  }

  private List<CompletableFuture<String>> read(int from, int to) {
    return IntStream.rangeClosed(from, to)
        .mapToObj(question -> reads.read(question).toCompletableFuture())
        .toList();
  }

  private void answerAll() {
    for (int i = 0; i < statements.size(); i++) {
      statements.get(i).answer();
    }
  }

  @Test
  void a_single_read_waits_for_nobody() {
    CompletableFuture<String> answer = read(7, 7).get(0);
    assertThat(statements).hasSize(1);
    answerAll();
    assertThat(answer).isCompletedWithValue("answer 7");
  }

  @Test
  void reads_that_arrive_during_a_statement_share_the_next_one() {
    List<CompletableFuture<String>> answers = read(1, 12);
    assertThat(statements).extracting(Asked::questions).containsExactly(List.of(1), List.of(2));
    statements.get(0).answer();
    assertThat(statements.get(2).questions).containsExactly(3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    answerAll();
    assertThat(answers)
        .extracting(CompletableFuture::join)
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, 12).mapToObj(question -> "answer " + question).toList());
  }

  @Test
  void a_statement_has_no_more_than_its_weight_unless_one_question_has() {
    SharedReads<Integer, String> heavy =
        new SharedReads<>(10, question -> question, this::ask, Runnable::run);
    List.of(1, 1, 4, 6, 1, 50, 3).forEach(heavy::read);
    answerAll();
    assertThat(statements)
        .extracting(Asked::questions)
        .containsExactly(
            List.of(1), List.of(1), List.of(4, 6), List.of(1), List.of(50), List.of(3));
  }

  @Test
  void a_thousand_reads_take_some_statements_however_they_end() {
    SharedReads<Integer, String> many =
        new SharedReads<>(100, question -> 1, this::ask, Runnable::run);
    List<CompletableFuture<String>> answers =
        IntStream.range(0, 1_000)
            .mapToObj(question -> many.read(question).toCompletableFuture())
            .toList();
    for (int i = 0; i < statements.size(); i++) {
      if (i % 2 == 0) {
        statements.get(i).answers.completeExceptionally(new IllegalStateException("no database"));
      } else {
        statements.get(i).answer();
      }
    }
    assertThat(statements).hasSizeLessThanOrEqualTo(12);
    assertThat(answers).allMatch(CompletableFuture::isDone);
    assertThat(answers.stream().filter(CompletableFuture::isCompletedExceptionally)).isNotEmpty();
  }

  @Test
  void a_failed_statement_fails_its_reads_only() {
    List<CompletableFuture<String>> answers = read(1, 4);
    statements.get(0).answers.completeExceptionally(new IllegalStateException("no database"));
    answerAll();
    assertThatThrownBy(answers.get(0)::join).hasRootCauseMessage("no database");
    assertThat(answers.subList(1, 4)).noneMatch(CompletableFuture::isCompletedExceptionally);
  }

  @Test
  void a_statement_that_can_not_be_started_fails_its_read_and_not_the_next_one() {
    List<Integer> asked = new ArrayList<>();
    SharedReads<Integer, String> closed =
        new SharedReads<>(
            10,
            question -> 1,
            questions -> {
              asked.addAll(questions);
              if (questions.contains(1)) {
                throw new IllegalStateException("closed");
              }
              return CompletableFuture.completedFuture(List.of("open"));
            },
            Runnable::run);
    assertThat(closed.read(1).toCompletableFuture()).isCompletedExceptionally();
    assertThat(closed.read(2).toCompletableFuture()).isCompletedWithValue("open");
    assertThat(asked).containsExactly(1, 2);
  }
}
