package org.perille.internal.log;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StorableTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"", "k", "a\tb\n\u0001", "\u20ac", "\ud83d\ude00", "x\ud83d\ude00\ud83d\ude00"})
  void what_every_storage_keeps_has_no_problem(String text) {
    assertThat(Storable.problemOf(text)).isEmpty();
    assertThat(Storable.cleaned(text)).isSameAs(text);
  }

  @Test
  void the_first_character_that_can_not_be_stored_is_named() {
    assertThat(Storable.problemOf("ab\0\0")).contains("the character NUL (U+0000) at index 2");
    assertThat(Storable.problemOf("\ud83d"))
        .contains("half of a surrogate pair (U+D83D) at index 0");
    assertThat(Storable.problemOf("\ud83d\ude00\ude00"))
        .contains("half of a surrogate pair (U+DE00) at index 2");
    assertThat(Storable.cleaned("a\0\ud83d\ud83d\ude00\ude00"))
        .isEqualTo("a\ufffd\ufffd\ud83d\ude00\ufffd");
  }
}
