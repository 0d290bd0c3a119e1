package org.perille;

import java.util.OptionalLong;

/** The components of {@link Condition}. A public record could not get further ones. */
record ConditionValue(OptionalLong lastOffset) implements Condition {
  ConditionValue {
    if (lastOffset.isPresent() && lastOffset.getAsLong() < 0) {
      throw new IllegalArgumentException(
          "the last offset of a key can't be %d: use an offset from 0 on, or ifFirstOfKey()"
              .formatted(lastOffset.getAsLong()));
    }
  }
}
