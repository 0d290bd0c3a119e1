package org.perille.internal.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PartitionerTest {
  @Test
  void keys_stay_in_their_partitions_for_ever() {
    // Computed with another implementation of MurmurHash3. Stored messages depend on it.
    assertThat(
            Stream.of("17850", "13047", "customer-1", "\u00e4", "")
                .map(key -> Partitioner.partitionOf(key, 16)))
        .containsExactly(14, 2, 4, 4, 0);
  }
}
