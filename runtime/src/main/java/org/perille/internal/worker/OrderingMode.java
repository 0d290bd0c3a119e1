package org.perille.internal.worker;

import org.perille.Subscription;
import org.perille.internal.log.LogEntry;

/** The unit of order in a subscription: a key, or a single message where there is no order. */
enum OrderingMode {
  KEYS {
    @Override
    String of(LogEntry entry) {
      return entry.message().key();
    }

    @Override
    String keyOf(String group) {
      return group;
    }
  },
  MESSAGES {
    @Override
    String of(LogEntry entry) {
      return entry.offset() + SEPARATOR + entry.message().key();
    }

    @Override
    String keyOf(String group) {
      return group.substring(group.indexOf(SEPARATOR) + SEPARATOR.length());
    }
  };

  private static final String SEPARATOR = ":";

  static OrderingMode of(Subscription<?> subscription) {
    return subscription.ordered() ? KEYS : MESSAGES;
  }

  abstract String of(LogEntry entry);

  abstract String keyOf(String group);
}
