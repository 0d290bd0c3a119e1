package org.perille.proof.workload;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class KeyKindTest {

  @Test
  void every_key_is_allowed_has_one_kind_and_occurs_once() {
    assertThat(KeyKind.all()).doesNotHaveDuplicates();
    for (KeyKind kind : KeyKind.values()) {
      assertThat(kind.keys()).isNotEmpty();
      for (String key : kind.keys()) {
        assertThat(KeyKind.of(key)).isEqualTo(kind);
        assertThat(key).isNotEmpty().hasSizeLessThanOrEqualTo(1_000).doesNotContain("\0");
        assertThat(key.codePoints())
            .noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
      }
    }
    assertThat(KeyKind.odd()).doesNotContainAnyElementsOf(KeyKind.PLAIN.keys());
  }

  @Test
  void the_keys_are_as_odd_as_their_kinds_claim() {
    assertThat(KeyKind.SAME_HASH.keys())
        .extracting(String::hashCode)
        .containsOnly("AaBB".hashCode());
    assertThat(
            KeyKind.PLANES
                .keys()
                .get(0)
                .codePoints()
                .mapToObj(c -> c >> 16)
                .collect(Collectors.toSet()))
        .containsExactlyInAnyOrderElementsOf(IntStream.rangeClosed(0, 16).boxed().toList());
    assertThat(KeyKind.LONGEST.keys()).extracting(String::length).containsOnly(1_000);
    assertThat(KeyKind.SPACES.keys()).extracting(String::strip).containsOnly("space");
    assertThat(KeyKind.CASES.keys())
        .extracting(key -> key.toUpperCase(Locale.ROOT))
        .hasSizeGreaterThan(
            (int)
                KeyKind.CASES.keys().stream()
                    .map(key -> key.toUpperCase(Locale.ROOT))
                    .distinct()
                    .count());
  }
}
