package org.perille.testkit.history;

import java.util.List;
import java.util.stream.Stream;

/** Checks that the log contains all messages of a transaction or none, and all committed ones. */
final class TransactionCheck {
  /** A transaction, and its commit if it is known. */
  static final class Transaction {
    final List<Publication.Call> calls;
    Operation.TransactionCommitted committed;

    Transaction(List<Publication.Call> calls) {
      this.calls = calls;
    }
  }

  private final Evidence evidence;
  private final Findings findings;

  TransactionCheck(Evidence evidence, Findings findings) {
    this.evidence = evidence;
    this.findings = findings;
  }

  void run() {
    evidence.transactions.values().forEach(this::check);
  }

  private void check(Transaction transaction) {
    List<Publication.Call> missing = transaction.calls.stream().filter(this::isMissing).toList();
    if (missing.isEmpty()) {
      return;
    }
    Operation.PublishInvoked absent = missing.get(0).invoked;
    transaction.calls.stream()
        .filter(TransactionCheck::isPresent)
        .findFirst()
        .ifPresentOrElse(
            call -> half(call, absent),
            () -> {
              if (transaction.committed != null) {
                lost(transaction.committed, absent);
              }
            });
  }

  /** Returns whether a message isn't in its topic, all of which was read. */
  private boolean isMissing(Publication.Call call) {
    return call.publication.stored.isEmpty()
        && evidence.topics.get(call.invoked.topic()).logs.values().stream()
            .anyMatch(LogEvidence::isRead);
  }

  /**
   * Returns whether a message is in its topic that nothing but its transaction can have published.
   */
  private static boolean isPresent(Publication.Call call) {
    return !call.publication.stored.isEmpty() && call.publication.calls.size() == 1;
  }

  private void half(Publication.Call present, Operation.PublishInvoked absent) {
    Message stored = present.publication.stored.get(0);
    findings.add(
        Anomaly.HALF_TRANSACTION,
        "'%s' is at %s, and '%s' of key '%s', of the same transaction, isn't in %s."
            .formatted(
                stored.value,
                stored.log.place(stored.offset),
                absent.value(),
                absent.key(),
                absent.topic()),
        Stream.of(present.invoked, absent, stored.read));
  }

  private void lost(Operation.TransactionCommitted committed, Operation.PublishInvoked absent) {
    findings.add(
        Anomaly.LOST_WRITE,
        "The transaction of '%s' of key '%s' is committed, and nothing of it is in the log."
            .formatted(absent.value(), absent.key()),
        Stream.of(absent, committed));
  }
}
