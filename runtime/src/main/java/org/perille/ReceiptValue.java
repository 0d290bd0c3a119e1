package org.perille;

import java.util.Objects;

/** The components of {@link Receipt}. A public record could not get further ones. */
record ReceiptValue(String topic, String key, int partition, long offset, boolean duplicate)
    implements Receipt {
  ReceiptValue {
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(key, "key");
  }
}
