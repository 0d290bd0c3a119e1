package org.perille.testkit.history;

import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Checks that the log has all messages of an outbox whose transactions committed.
 *
 * <p>{@link LogCheck} finds those whose transactions rolled back.
 */
final class OutboxCheck {
  private record IdOfKey(String key, String id) {}

  private final Evidence evidence;
  private final Findings findings;

  OutboxCheck(Evidence evidence, Findings findings) {
    this.evidence = evidence;
    this.findings = findings;
  }

  void run() {
    for (TopicEvidence topic : evidence.topics.values()) {
      if (topic.outboxRead != null && isReadAfter(topic)) {
        findLost(topic);
      }
    }
  }

  /** Returns whether each partition was read when nothing waited in the outbox any more. */
  private static boolean isReadAfter(TopicEvidence topic) {
    return !topic.logs.isEmpty()
        && topic.logs.values().stream()
            .allMatch(
                log ->
                    log.ends.stream()
                        .anyMatch(
                            end ->
                                end.operation() instanceof Operation.LogRead read
                                    && read.at() >= topic.outboxRead.at()));
  }

  private void findLost(TopicEvidence topic) {
    Set<IdOfKey> ids = new HashSet<>();
    for (LogEvidence log : topic.logs.values()) {
      for (Message message : log.messages.values()) {
        if (message.isRead() && !message.read.messageId().isEmpty()) {
          ids.add(new IdOfKey(message.read.key(), message.read.messageId()));
        }
      }
    }
    for (Operation.OutboxCommitted committed : topic.committed.values()) {
      Publication publication = topic.publications.get(committed.value());
      boolean isDuplicate = ids.contains(new IdOfKey(publication.key(), publication.messageId()));
      if (publication.stored.isEmpty() && !isDuplicate) {
        findings.add(
            Anomaly.LOST_OUTBOX,
            "'%s' of key '%s' was committed, no longer waits in the outbox, and isn't in the log of %s."
                .formatted(committed.value(), publication.key(), topic.name),
            Stream.of(publication.first().invoked, committed, topic.outboxRead));
      }
    }
  }
}
