package org.perille.samples.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
  private static final List<String> CONTENTS = List.of("one node on H2", "the input abc");

  @TempDir private Path directory;

  @Test
  void a_run_that_has_ended_has_not_crashed() throws IOException {
    try (DataDirectory data = open(CONTENTS)) {
      data.ended();
    }
    try (DataDirectory data = open(CONTENTS)) {
      assertThat(data.hasCrashed()).isFalse();
    }
  }

  @Test
  void a_run_that_has_not_ended_has_crashed_for_ever() throws IOException {
    open(CONTENTS).close();
    try (DataDirectory data = open(CONTENTS)) {
      assertThat(data.hasCrashed()).isTrue();
      data.ended();
    }
    try (DataDirectory data = open(CONTENTS)) {
      assertThat(data.hasCrashed()).isTrue();
    }
  }

  @Test
  void it_serves_one_run_at_a_time() throws IOException {
    try (DataDirectory first = open(CONTENTS)) {
      assertThat(first.path()).isEqualTo(directory);
      assertThatThrownBy(() -> open(CONTENTS))
          .isInstanceOf(WrongUseException.class)
          .hasMessageContaining("another run is using");
    }
    try (DataDirectory next = open(CONTENTS)) {
      assertThat(next.path()).isEqualTo(directory);
    }
  }

  @Test
  void it_goes_on_only_with_what_was_begun_in_it() throws IOException {
    open(CONTENTS).close();
    assertThatThrownBy(() -> open(List.of("one node on H2", "the input xyz")))
        .isInstanceOf(WrongUseException.class)
        .hasMessageContaining("the input abc")
        .hasMessageContaining("the input xyz");
  }

  @Test
  void a_file_is_no_directory() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "");
    assertThatThrownBy(() -> DataDirectory.open(Optional.of(file), "test", CONTENTS))
        .isInstanceOf(WrongUseException.class)
        .hasMessageContaining("not a directory");
  }

  @Test
  void a_temporary_one_is_gone_afterwards() throws IOException {
    DataDirectory data = DataDirectory.open(Optional.empty(), "test", CONTENTS);
    Files.writeString(data.path().resolve("something"), "");
    data.close();
    assertThat(data.path()).doesNotExist();
  }

  private DataDirectory open(List<String> contents) throws IOException {
    return DataDirectory.open(Optional.of(directory), "test", contents);
  }
}
