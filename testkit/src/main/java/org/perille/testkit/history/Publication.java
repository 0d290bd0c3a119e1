package org.perille.testkit.history;

import java.util.ArrayList;
import java.util.List;

/** A message as its publishers know it: each publish of it, and its outcome. */
final class Publication {
  /** One publish. */
  static final class Call {
    final Publication publication;
    final Operation.PublishInvoked invoked;
    final int invokedIndex;
    Operation.PublishEnded ended;
    int endedIndex = Integer.MAX_VALUE;

    /** True if its publisher expects no receipt: it may be lost, or goes through an outbox. */
    boolean hasNoReceipt;

    /** True if it was inserted into an outbox. */
    boolean isByOutbox;

    /** True if the transaction that inserted it into an outbox rolled back. */
    boolean isRolledBack;

    Call(Publication publication, Operation.PublishInvoked invoked, int invokedIndex) {
      this.publication = publication;
      this.invoked = invoked;
      this.invokedIndex = invokedIndex;
    }

    boolean isOk() {
      return ended != null && ended.outcome() == Outcome.OK;
    }

    boolean isFailed() {
      return isRolledBack || (ended != null && ended.outcome() == Outcome.FAILED);
    }
  }

  final List<Call> calls = new ArrayList<>(1);
  final List<Message> stored = new ArrayList<>(1);

  Call first() {
    return calls.get(0);
  }

  String key() {
    return first().invoked.key();
  }

  String messageId() {
    return first().invoked.messageId();
  }

  /** Returns whether it certainly wasn't stored. */
  boolean isFailed() {
    for (Call call : calls) {
      if (!call.isFailed()) {
        return false;
      }
    }
    return true;
  }

  /** Returns whether it was inserted into an outbox, and that was rolled back. */
  boolean isRolledBack() {
    return isFailed() && calls.stream().anyMatch(call -> call.isRolledBack);
  }

  boolean isOk() {
    for (Call call : calls) {
      if (call.isOk()) {
        return true;
      }
    }
    return false;
  }

  /** Returns the last time at which it may have been stored. */
  long lastAt() {
    Call last = calls.get(calls.size() - 1);
    return last.ended == null ? last.invoked.at() : last.ended.at();
  }

  /** Returns the number of times that it may be in the log. */
  int mayBeStored() {
    if (!messageId().isEmpty()) {
      return 1;
    }
    int may = 0;
    for (Call call : calls) {
      may += call.isFailed() ? 0 : 1;
    }
    return may;
  }
}
