package org.perille.testkit.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Checks that the log contains exactly the published messages, once, in order. */
final class LogCheck {
  private record IdOfKey(String key, String id) {}

  private record PublisherOfKey(String publisher, String topic, String key) {}

  private record PublisherOf(String publisher, String topic) {}

  /** The position of a message that only one call can have stored. */
  private record Placed(Publication.Call call, int partition, long offset) {}

  private final Evidence evidence;
  private final Findings findings;
  private final Map<LogEvidence, TreeSet<Long>> lost = new HashMap<>(0);

  LogCheck(Evidence evidence, Findings findings) {
    this.evidence = evidence;
    this.findings = findings;
  }

  void run() {
    for (TopicEvidence topic : evidence.topics.values()) {
      findPhantoms(topic);
      findDuplicates(topic);
    }
    findLost();
    findReordered();
    for (TopicEvidence topic : evidence.topics.values()) {
      for (LogEvidence log : topic.logs.values()) {
        findGaps(log);
      }
    }
  }

  private void findPhantoms(TopicEvidence topic) {
    Set<String> named = new HashSet<>(0);
    for (LogEvidence log : topic.logs.values()) {
      for (Message message : log.messages.values()) {
        if (message.isKnown()) {
          findPhantom(message, message.first, message.key, message.value, named);
        }
      }
      Set<Message> inconsistent = new HashSet<>(0);
      for (LogEvidence.Conflict conflict : log.conflicts) {
        Message message = conflict.message();
        if (!findPhantom(message, conflict.operation(), conflict.key(), conflict.value(), named)
            && inconsistent.add(message)) {
          findings.add(
              Anomaly.INCONSISTENT_OFFSET,
              "At %s one saw '%s' of key '%s', another one '%s' of key '%s'."
                  .formatted(
                      log.place(message.offset),
                      message.value,
                      message.key,
                      conflict.value(),
                      conflict.key()),
              Stream.of(message.first, conflict.operation()));
        }
      }
    }
  }

  private boolean findPhantom(
      Message message, Operation seen, String key, String value, Set<String> named) {
    Publication publication = message.log.topic.publications.get(value);
    if (publication != null && publication.key().equals(key) && !publication.isFailed()) {
      return false;
    }
    if (named.add(value)) {
      String place = message.log.place(message.offset);
      boolean rolledBack =
          publication != null && publication.key().equals(key) && publication.isRolledBack();
      findings.add(
          rolledBack ? Anomaly.PHANTOM_OUTBOX : Anomaly.PHANTOM,
          publication == null
              ? "Nobody published '%s' of key '%s', which is at %s.".formatted(value, key, place)
              : !publication.key().equals(key)
                  ? "'%s' was published under key '%s' and is at %s under key '%s'."
                      .formatted(value, publication.key(), place, key)
                  : "The %s of '%s' of key '%s' %s, and yet it is at %s."
                      .formatted(
                          rolledBack ? "transaction" : "publish",
                          value,
                          key,
                          rolledBack ? "rolled back" : "failed",
                          place),
          Stream.concat(
              Stream.of(seen),
              publication == null ? Stream.empty() : operations(publication.first())));
    }
    return true;
  }

  private void findDuplicates(TopicEvidence topic) {
    Map<IdOfKey, Message> ids = new HashMap<>();
    Set<Message> named = new HashSet<>(0);
    for (Publication publication : topic.publications.values()) {
      int may = Math.max(1, publication.mayBeStored());
      for (int i = may; i < publication.stored.size(); i++) {
        Message again = publication.stored.get(i);
        named.add(again);
        named.add(publication.stored.get(0));
        duplicate(
            publication.stored.get(0),
            again,
            "'%s' of key '%s' was published %s"
                .formatted(
                    again.value,
                    again.key,
                    publication.messageId().isEmpty()
                        ? may == 1 ? "once" : may + " times"
                        : "as '" + publication.messageId() + "'"));
      }
    }
    for (LogEvidence log : topic.logs.values()) {
      for (Message message : log.messages.values()) {
        if (message.isRead() && !message.read.messageId().isEmpty() && !named.contains(message)) {
          Message other =
              ids.putIfAbsent(new IdOfKey(message.read.key(), message.read.messageId()), message);
          if (other != null) {
            duplicate(
                other,
                message,
                "The id '%s' of key '%s' names one message"
                    .formatted(message.read.messageId(), message.read.key()));
          }
        }
      }
    }
  }

  private void duplicate(Message one, Message other, String why) {
    findings.add(
        Anomaly.DUPLICATE_APPEND,
        "%s, and is at %s and at %s."
            .formatted(why, one.log.place(one.offset), other.log.place(other.offset)),
        Stream.of(one.read, other.read));
  }

  private void findLost() {
    for (Publication.Call call : evidence.publishes) {
      if (call.isOk()) {
        LogEvidence log = evidence.topics.get(call.invoked.topic()).log(call.ended.partition());
        Message message = log.messages.get(call.ended.offset());
        if (message == null || !message.isRead() || !isOf(call, message.read)) {
          findLost(call, log, message);
        }
      }
    }
  }

  private static boolean isOf(Publication.Call call, Operation.MessageRead read) {
    return read.value().equals(call.invoked.value())
        || (call.ended.duplicate()
            && !read.messageId().isEmpty()
            && read.messageId().equals(call.invoked.messageId())
            && read.key().equals(call.invoked.key()));
  }

  private void findLost(Publication.Call call, LogEvidence log, Message there) {
    long offset = call.ended.offset();
    String place = log.place(offset);
    if (!call.publication.stored.isEmpty()) {
      Message stored = call.publication.stored.get(0);
      findings.add(
          Anomaly.INCONSISTENT_OFFSET,
          "'%s' of key '%s' has a receipt for %s, and is at %s."
              .formatted(
                  call.invoked.value(), call.invoked.key(), place, stored.log.place(stored.offset)),
          Stream.concat(operations(call), Stream.of(stored.read)));
      return;
    }
    Operation proof = proofOfLoss(call, log, there);
    if (proof != null) {
      lost.computeIfAbsent(log, any -> new TreeSet<>()).add(offset);
      findings.add(
          Anomaly.LOST_WRITE,
          "'%s' of key '%s' has a receipt for %s, and isn't in the log: %s."
              .formatted(
                  call.invoked.value(),
                  call.invoked.key(),
                  place,
                  proof instanceof Operation.MessageRead read
                      ? read.offset() == offset
                          ? "there is another message"
                          : "it goes on at offset " + read.offset()
                      : "it ends before"),
          Stream.concat(operations(call), Stream.of(proof)));
    }
  }

  private static Operation proofOfLoss(Publication.Call call, LogEvidence log, Message there) {
    if (there != null && there.isRead()) {
      return there.read;
    }
    for (LogEvidence.End end : log.ends) {
      if (end.index() > call.endedIndex && end.end() <= call.ended.offset()) {
        return end.operation();
      }
    }
    return log.lastRead > call.ended.offset() ? log.messages.get(log.lastRead).read : null;
  }

  private void findReordered() {
    Map<PublisherOf, NavigableSet<Integer>> failures = endsWithoutReceipt();
    Map<PublisherOfKey, Placed> last = new HashMap<>();
    for (Publication.Call call : evidence.publishes) {
      Placed placed = placed(call);
      if (placed == null) {
        continue;
      }
      Operation.PublishInvoked invoked = call.invoked;
      PublisherOfKey by = new PublisherOfKey(invoked.publisher(), invoked.topic(), invoked.key());
      Placed before = last.get(by);
      if (before == null
          || before.partition != placed.partition
          || before.offset < placed.offset
          || mayComeLate(before.call, call, failures)) {
        last.put(by, placed);
      } else {
        findings.add(
            Anomaly.REORDERED_APPEND,
            "%s published '%s' before '%s', both of key '%s'; they are stored at offsets %d and %d of %s/%d."
                .formatted(
                    invoked.publisher(),
                    before.call.invoked.value(),
                    invoked.value(),
                    invoked.key(),
                    before.offset,
                    placed.offset,
                    invoked.topic(),
                    placed.partition),
            Stream.concat(operations(before.call), operations(call)));
      }
    }
  }

  /**
   * Returns whether the first of two messages may be stored after the second one.
   *
   * <p>This is possible if nobody waits for its receipt, and its publisher failed before the second
   * one had an outcome. Then its own outcome is unknown: it may still be stored, and later. An
   * outbox keeps the order, except of a transaction whose own outcome is unknown.
   */
  private static boolean mayComeLate(
      Publication.Call first,
      Publication.Call second,
      Map<PublisherOf, NavigableSet<Integer>> failures) {
    if (first.isByOutbox) {
      return first.ended != null;
    }
    NavigableSet<Integer> ends =
        failures.get(new PublisherOf(first.invoked.publisher(), first.invoked.topic()));
    return first.hasNoReceipt
        && ends != null
        && !ends.subSet(
                first.invokedIndex, second.ended == null ? second.invokedIndex : second.endedIndex)
            .isEmpty();
  }

  /**
   * Returns the times at which publishes of each publisher ended without a receipt, unknown or
   * failed: a publisher that fails fails what it hasn't sent yet.
   */
  private Map<PublisherOf, NavigableSet<Integer>> endsWithoutReceipt() {
    Map<PublisherOf, NavigableSet<Integer>> ends = new HashMap<>();
    for (Publication.Call call : evidence.publishes) {
      if (!call.isOk() && !call.hasNoReceipt) {
        ends.computeIfAbsent(
                new PublisherOf(call.invoked.publisher(), call.invoked.topic()),
                any -> new TreeSet<>())
            .add(call.ended == null ? call.invokedIndex : call.endedIndex);
      }
    }
    return ends;
  }

  /**
   * Returns the position of a message; null if it is unknown, or if another call may have stored
   * it.
   */
  private static Placed placed(Publication.Call call) {
    if (call.publication.calls.size() != 1) {
      return null;
    }
    if (call.isOk() && !call.ended.duplicate()) {
      return new Placed(call, call.ended.partition(), call.ended.offset());
    }
    if (call.hasNoReceipt && call.publication.stored.size() == 1) {
      Message stored = call.publication.stored.get(0);
      return new Placed(call, stored.log.partition, stored.offset);
    }
    return null;
  }

  private void findGaps(LogEvidence log) {
    long end = log.lastRead + 1;
    Operation after = log.isRead() ? log.messages.get(log.lastRead).read : null;
    for (LogEvidence.End known : log.ends) {
      if (known.operation() instanceof Operation.LogRead && known.end() > end) {
        end = known.end();
        after = known.operation();
      }
    }
    if (log.reads == end) {
      return;
    }
    List<Long> offsets = new ArrayList<>(log.reads);
    for (Message message : log.messages.values()) {
      if (message.isRead()) {
        offsets.add(message.offset);
      }
    }
    offsets.sort(Long::compare);
    long expected = 0;
    for (long offset : offsets) {
      findGap(log, expected, offset, log.messages.get(offset).read);
      expected = offset + 1;
    }
    findGap(log, expected, end, after);
  }

  private void findGap(LogEvidence log, long from, long to, Operation after) {
    // A message with a receipt is reported as lost, which is more precise.
    TreeSet<Long> receipts = lost.getOrDefault(log, new TreeSet<>());
    if (from < to && receipts.subSet(from, to).size() < to - from) {
      Message before = log.messages.get(from - 1);
      findings.add(
          Anomaly.OFFSET_GAP,
          to - from == 1
              ? "The log has no %s.".formatted(log.place(from))
              : "The log has no %s to %d.".formatted(log.place(from), to - 1),
          Stream.concat(
              before == null || !before.isRead() ? Stream.empty() : Stream.of(before.read),
              Stream.of(after)));
    }
  }

  private static Stream<Operation> operations(Publication.Call call) {
    return call.ended == null ? Stream.of(call.invoked) : Stream.of(call.invoked, call.ended);
  }
}
