package org.perille.testkit.history;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.perille.Guarantee;
import org.perille.OnExhausted;

/** Checks that every message of the final log reached every durable subscription. */
final class SettlementCheck {
  private final Evidence evidence;
  private final Findings findings;
  private final OptionalLong bound;

  SettlementCheck(Evidence evidence, Findings findings, OptionalLong bound) {
    this.evidence = evidence;
    this.findings = findings;
    this.bound = bound;
  }

  void run() {
    for (TopicEvidence topic : evidence.topics.values()) {
      for (Receiver receiver : topic.receivers) {
        if (!receiver.is(Guarantee.EPHEMERAL)) {
          for (LogEvidence log : topic.logs.values()) {
            new InPartition(receiver.reception(log)).run();
          }
        }
      }
      if (evidence.healed != null) {
        topic.publications.values().forEach(this::findUnpublished);
      }
    }
  }

  private void findUnpublished(Publication publication) {
    Publication.Call last = publication.calls.get(publication.calls.size() - 1);
    if (last.invokedIndex < evidence.healedIndex || last.hasNoReceipt) {
      return;
    }
    Operation.PublishInvoked invoked = last.invoked;
    if (!publication.isOk() && publication.stored.isEmpty()) {
      findings.add(
          Anomaly.STUCK,
          "'%s' of key '%s' was published to %s after the final heal, without success."
              .formatted(invoked.value(), invoked.key(), invoked.topic()),
          last.ended == null
              ? Stream.of(evidence.healed, invoked)
              : Stream.of(evidence.healed, invoked, last.ended));
    } else if (last.isOk()
        && bound.isPresent()
        && last.ended.at() - invoked.at() > bound.getAsLong()) {
      findings.add(
          Anomaly.STUCK,
          "The publish of '%s' of key '%s' to %s after the final heal took longer than the bound."
              .formatted(invoked.value(), invoked.key(), invoked.topic()),
          Stream.of(evidence.healed, invoked, last.ended));
    }
  }

  /** A subscription in a partition. */
  private final class InPartition {
    private final PartitionView reception;
    private final Receiver receiver;
    private final LogEvidence log;
    private final Map<KeyLine, Integer> openLetters = new HashMap<>(0);
    private Boolean stopped;
    private Message firstWaiting;
    private int waiting;
    private Message latest;
    private long latestBy;

    InPartition(PartitionView reception) {
      this.reception = reception;
      this.receiver = reception.receiver;
      this.log = reception.log;
    }

    void run() {
      long start = reception.start();
      for (Message message : log.messages.values()) {
        // A value that was not published is reported as such.
        if (message.isRead() && message.offset >= start && message.isPublished()) {
          MessageHistory course = message.courseIfAny(receiver);
          if (course == null || !isHandled(course)) {
            findUnhandled(message, course);
          } else if (evidence.healed != null && bound.isPresent()) {
            findLate(message, course);
          }
        }
      }
      nameWaiting();
      nameLate();
    }

    private boolean isHandled(MessageHistory course) {
      if (receiver.is(Guarantee.AT_MOST_ONCE)) {
        return course.entries > 0;
      }
      if (receiver.is(Guarantee.EFFECTIVELY_ONCE) && receiver.hasEffects) {
        return !course.effects.isEmpty();
      }
      return course.firstOk != null;
    }

    private void findUnhandled(Message message, MessageHistory course) {
      if ((course != null && course.isSettled()) || waitsBehindLetter(message)) {
        return;
      }
      if (receiver.is(Guarantee.AT_MOST_ONCE)) {
        if (mayBeLostAtMostOnce(message)) {
          receiver.skipped++;
          return;
        }
      } else if (findAcknowledged(message, course)) {
        return;
      }
      if (reception.finished > message.offset || evidence.healed == null) {
        name(
            message,
            Anomaly.UNSEEN,
            "%s never handled %s, nor is it a dead letter%s."
                .formatted(
                    receiver.name(),
                    OperationText.message(message),
                    reception.finished > message.offset
                        ? ", though it handled offset " + reception.finished
                        : ""),
            shownBy(message));
      } else {
        message.course(receiver).isFlagged = true;
        waiting++;
        if (firstWaiting == null || message.offset < firstWaiting.offset) {
          firstWaiting = message;
        }
      }
    }

    private boolean findAcknowledged(Message message, MessageHistory course) {
      boolean effectively = receiver.is(Guarantee.EFFECTIVELY_ONCE);
      Operation cursor = reception.cursorPast(message.offset);
      if (cursor != null) {
        name(
            message,
            effectively ? Anomaly.MISSING_EFFECT : Anomaly.SKIPPED_UNACKNOWLEDGED,
            effectively
                ? "The cursor of %s has passed %s, whose effect isn't there."
                    .formatted(receiver.name(), OperationText.message(message))
                : "The cursor of %s has passed %s, which was never handled with success and is no dead letter."
                    .formatted(receiver.name(), OperationText.message(message)),
            Stream.of(message.read, cursor));
        return true;
      }
      Operation later =
          effectively && receiver.declared.ordered() && course != null && course.firstOk != null
              ? laterEffect(message)
              : null;
      if (later == null) {
        return false;
      }
      name(
          message,
          Anomaly.MISSING_EFFECT,
          "%s handled %s with success and went on with its key, and its effect isn't there."
              .formatted(receiver.name(), OperationText.message(message)),
          Stream.of(course.firstOk.entered, course.firstOk.left, later));
      return true;
    }

    private Operation laterEffect(Message message) {
      for (int rank = message.rank + 1; rank < message.line.messages.size(); rank++) {
        MessageHistory later = message.line.messages.get(rank).courseIfAny(receiver);
        if (later != null && !later.effects.isEmpty() && !later.isExceptional()) {
          return later.effects.get(0);
        }
      }
      return null;
    }

    /**
     * Returns whether at-most-once may have lost the message: a stopped worker loses its messages
     * in flight.
     *
     * <p>It is certain whether one stopped since the publish only if starts are recorded, or if
     * nothing ever failed.
     */
    private boolean mayBeLostAtMostOnce(Message message) {
      boolean somethingWentWrong =
          evidence.firstFaultIndex != Evidence.NEVER
              || reception.hasUnknownEpoch
              || reception.epochs > 1;
      boolean beganSince = reception.lastBeginning > message.publication().first().invokedIndex;
      return reception.recoveredBelow > message.offset
          || (somethingWentWrong && (beganSince || !reception.hasRecoveries));
    }

    private boolean waitsBehindLetter(Message message) {
      if (receiver.is(OnExhausted.CONTINUE) || !reception.hasLetters) {
        return false;
      }
      if (receiver.is(OnExhausted.STOP_PARTITION)) {
        if (stopped == null) {
          stopped =
              log.messages.values().stream()
                  .map(any -> any.courseIfAny(receiver))
                  .anyMatch(any -> any != null && any.hasOpenLetter());
        }
        return stopped;
      }
      return openLetters.computeIfAbsent(message.line, this::firstOpenLetter) < message.rank;
    }

    private int firstOpenLetter(KeyLine line) {
      for (Message message : line.messages) {
        MessageHistory course = message.courseIfAny(receiver);
        if (course != null && course.hasOpenLetter()) {
          return message.rank;
        }
      }
      return Integer.MAX_VALUE;
    }

    private void findLate(Message message, MessageHistory course) {
      Attempt first = receiver.is(Guarantee.AT_MOST_ONCE) ? course.firstAttempt : course.firstOk;
      boolean mayWait = reception.hasLetters && !receiver.is(OnExhausted.CONTINUE);
      if (first == null || course.isExceptional() || mayWait) {
        return;
      }
      long done = receiver.is(Guarantee.AT_MOST_ONCE) ? first.entered.at() : first.left.at();
      long published = message.publication().lastAt();
      long late = done - Math.max(evidence.healed.at(), published) - bound.getAsLong();
      if (late > latestBy) {
        latestBy = late;
        latest = message;
      }
    }

    private void nameWaiting() {
      if (firstWaiting != null) {
        findings.add(
            Anomaly.STUCK,
            "%s stands in %s/%d: %s is still undelivered after the final heal%s."
                .formatted(
                    receiver.name(),
                    log.topic.name,
                    log.partition,
                    OperationText.message(firstWaiting),
                    waiting == 1 ? "" : ", and " + (waiting - 1) + " more behind it"),
            Stream.of(evidence.healed, firstWaiting.read));
      }
    }

    private void nameLate() {
      if (latest != null) {
        Attempt done = latest.course(receiver).firstOk;
        findings.add(
            Anomaly.STUCK,
            "%s handled %s later than the bound after the final heal."
                .formatted(receiver.name(), OperationText.message(latest)),
            done == null
                ? Stream.of(evidence.healed, latest.course(receiver).firstAttempt.entered)
                : Stream.of(evidence.healed, done.entered, done.left));
      }
    }

    private void name(
        Message message, Anomaly anomaly, String sentence, Stream<? extends Operation> shownBy) {
      message.course(receiver).isFlagged = true;
      findings.add(anomaly, sentence, shownBy);
    }

    private Stream<Operation> shownBy(Message message) {
      Publication publication = message.publication();
      for (Publication.Call call : publication.calls) {
        if (call.isOk()) {
          return Stream.of(call.invoked, call.ended, message.read);
        }
      }
      return Stream.of(publication.first().invoked, message.read);
    }
  }
}
