package org.perille.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perille.Guarantee;
import org.perille.Receipt;

class FileRecorderTest {
  private static final List<Operation> ONE_OF_EACH =
      List.of(
          new Operation.SubscriptionDeclared(1, "s", "t", Guarantee.EFFECTIVELY_ONCE, true),
          new Operation.PublishInvoked(2, 1, "p", "t", "key \"1\"\n", "välue", "id"),
          Operation.PublishEnded.ok(3, 1, Receipt.of("t", "k", 2, 7, true)),
          new Operation.HandlerEntered(4, 2, "s", "n", 5, "t", 2, 7, "k", "v", 1),
          new Operation.HandlerLeft(5, 2, Outcome.UNKNOWN),
          new Operation.EffectFound(6, 1, "s", 2, 7, "k", "v", 5),
          new Operation.EffectsRead(7, "s"),
          new Operation.CursorFound(8, "s", 2, 5, 3, List.of(5L, 7L)),
          new Operation.CursorRecovered(9, "s", 2, 6, 8, List.of()),
          new Operation.LogRecovered(10, "t", 2, 4, 9),
          new Operation.DeadLettered(11, "s", 2, 4),
          new Operation.Redriven(12, "s", 2, 4),
          new Operation.Discarded(13, "s", 2, 4),
          new Operation.Skipped(14, "s", 2, 6),
          new Operation.ResetOrdered(15, "s", 3),
          new Operation.MessageRead(16, "r", "t", 2, 7, "k", "v", ""),
          new Operation.LogRead(17, "r", "t", 2, 8),
          new Operation.Stored(18, "partition-2", 11, 4),
          new Operation.ControlApplied(19, "worker", 6, 6),
          new Operation.FaultBegan(20, "kill", Phase.AFTER_WRITE, "node 2"),
          new Operation.FaultEnded(21, "kill", Phase.AFTER_WRITE, "node 2"),
          new Operation.Healed(22),
          new Operation.PublishForgotten(23, 1),
          new Operation.Scheduled(24, "t", "v", 30, Long.MAX_VALUE),
          new Operation.Begun(25, "s", 2, 7),
          new Operation.ReplyRead(26, "r", "s", 2, 7, "k", "v", "v, 1"),
          new Operation.StateRead(27, 26, "r", "s", 2, "k", 1, "v"),
          new Operation.Compared(28, "headers", "{}", "{a=ä}"),
          new Operation.LetterPublished(29, "s", 2, 4, "k", "v"),
          new Operation.LettersRead(30, "s"),
          new Operation.OutboxInvoked(31, 1),
          new Operation.OutboxCommitted(32, "t", "v"),
          new Operation.OutboxRead(33, "t"),
          new Operation.Ended(34));

  @TempDir Path directory;

  @Test
  void every_kind_of_operation_is_read_as_it_was_recorded() throws IOException {
    assertThat(ONE_OF_EACH)
        .extracting(operation -> (Object) operation.getClass())
        .containsExactlyInAnyOrder((Object[]) Operation.class.getPermittedSubclasses());

    assertThat(History.read(recorded(ONE_OF_EACH)).operations()).isEqualTo(ONE_OF_EACH);
  }

  @Test
  void any_text_is_read_as_it_was_recorded() throws IOException {
    StringBuilder everyChar = new StringBuilder();
    for (int c = 0; c <= Character.MAX_VALUE; c++) {
      everyChar.append((char) c).append('.');
    }
    List<Operation> operations =
        Stream.of(
                everyChar.toString(),
                "half \ud83d of a pair, and \ude00 the other",
                "\ud83d\ude00 \udbff\udffd",
                "\0",
                "",
                " \"quoted\" \\back\\ 100%_ \n\r\t\u2028 ")
            .<Operation>map(
                text -> new Operation.PublishInvoked(1, 1, text, text, text, text, text))
            .toList();

    assertThat(History.read(recorded(operations)).operations()).isEqualTo(operations);
  }

  @Test
  void an_interrupted_thread_records_and_does_not_end_the_recording() throws IOException {
    Path file = directory.resolve("interrupted.jsonl");
    try (FileRecorder recorder = new FileRecorder(file)) {
      Thread.currentThread().interrupt();
      recorder.record(new Operation.Healed(1));
      assertThat(Thread.interrupted()).isTrue();
      recorder.record(new Operation.Ended(2));
    }
    assertThat(History.read(file).size()).isEqualTo(2);
  }

  @Test
  void a_line_is_in_the_file_when_record_returns() throws IOException {
    Path file = directory.resolve("open.jsonl");
    try (FileRecorder recorder = new FileRecorder(file)) {
      for (int i = 0; i < ONE_OF_EACH.size(); i++) {
        recorder.record(ONE_OF_EACH.get(i));
        assertThat(History.read(file).size()).isEqualTo(i + 1);
      }
    }
  }

  @Test
  void a_file_cut_anywhere_has_all_that_was_recorded_before_the_cut() throws IOException {
    byte[] whole = Files.readAllBytes(recorded(ONE_OF_EACH));
    Path cut = directory.resolve("cut.jsonl");
    int lines = 0;
    for (int length = 0; length < whole.length; length++) {
      Files.write(cut, Arrays.copyOf(whole, length));
      assertThat(History.read(cut).operations()).isEqualTo(ONE_OF_EACH.subList(0, lines));
      lines += whole[length] == '\n' ? 1 : 0;
    }
  }

  @Test
  void any_other_line_that_is_unreadable_is_named() throws IOException {
    Path file = recorded(ONE_OF_EACH);
    Files.writeString(
        file, "{\"op\":\"Healed\",\n{\"op\":\"Ended\",\"at\":9}\n", StandardOpenOption.APPEND);

    assertThatThrownBy(() -> History.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file + ", line " + (ONE_OF_EACH.size() + 1));
  }

  @Test
  void a_line_of_another_version_is_named_instead_of_being_half_understood() throws IOException {
    Path unknownKind = write("kind.jsonl", "{\"op\":\"Teleported\",\"at\":9}\n");
    Path unknownComponent = write("component.jsonl", "{\"op\":\"Ended\",\"at\":9,\"by\":1}\n");
    Path missingComponent = write("missing.jsonl", "{\"op\":\"Ended\"}\n");

    assertThatThrownBy(() -> History.read(unknownKind)).hasMessageContaining("line 1");
    assertThatThrownBy(() -> History.read(unknownComponent)).hasMessageContaining("line 1");
    assertThatThrownBy(() -> History.read(missingComponent)).hasMessageContaining("line 1");
  }

  @Test
  void a_file_of_another_process_is_not_written_to() throws IOException {
    Path file = recorded(ONE_OF_EACH);

    assertThatThrownBy(() -> new FileRecorder(file)).isInstanceOf(FileAlreadyExistsException.class);
  }

  @Test
  void the_files_of_a_directory_are_one_history_by_time() throws IOException {
    record("a.jsonl", List.of(new Operation.Healed(2), new Operation.Ended(4)));
    record("b.jsonl", List.of(new Operation.Healed(1), new Operation.Ended(3)));
    write("notes.txt", "no history");

    assertThat(History.readDirectory(directory, "*.jsonl").operations())
        .containsExactly(
            new Operation.Healed(1),
            new Operation.Healed(2),
            new Operation.Ended(3),
            new Operation.Ended(4));
  }

  private Path recorded(List<Operation> operations) throws IOException {
    return record("history.jsonl", operations);
  }

  private Path record(String name, List<Operation> operations) throws IOException {
    Path file = directory.resolve(name);
    try (FileRecorder recorder = new FileRecorder(file)) {
      operations.forEach(recorder::record);
    }
    return file;
  }

  private Path write(String name, String content) throws IOException {
    return Files.write(directory.resolve(name), content.getBytes(StandardCharsets.UTF_8));
  }
}
