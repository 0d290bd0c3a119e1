package org.perille.testkit.history;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.perille.Guarantee;

/**
 * Checks what deliveries say about former attempts, if these are durable.
 *
 * <p>Attempt numbers never decrease until the message is handled, and "not redelivered" is true.
 *
 * <p>A replaced worker doesn't know its successor's attempts. If epochs aren't recorded, only
 * attempts on one node are compared.
 */
final class AttemptCheck {
  private final Evidence evidence;
  private final Findings findings;

  AttemptCheck(Evidence evidence, Findings findings) {
    this.evidence = evidence;
    this.findings = findings;
  }

  void run() {
    for (Receiver receiver : evidence.receivers()) {
      if (receiver.is(Guarantee.AT_LEAST_ONCE) || receiver.is(Guarantee.EFFECTIVELY_ONCE)) {
        for (KeyCourse key : receiver.keys) {
          for (Message message : key.line.messages) {
            MessageHistory course = message.courseIfAny(receiver);
            if (course != null) {
              findFalling(receiver, course);
              findDenied(receiver, course);
            }
          }
        }
      }
    }
  }

  private void findFalling(Receiver receiver, MessageHistory course) {
    if (course.isSkipped) {
      // An expired message has no record any more. With clocks that are behind, its count restarts.
      return;
    }
    Map<String, Attempt> last = new HashMap<>(2);
    for (Attempt attempt = course.firstAttempt; attempt != null; attempt = attempt.next) {
      if (attempt.isStale) {
        continue;
      }
      boolean known = attempt.entered.epoch() != Operation.UNKNOWN_EPOCH;
      Attempt before = last.put(known ? "" : attempt.entered.node(), attempt);
      if (before != null
          && attempt.entered.attempt() < before.entered.attempt()
          && !isAnew(receiver, attempt)) {
        findings.add(
            Anomaly.WRONG_ATTEMPT,
            "%s was given %s as attempt %d after attempt %d."
                .formatted(
                    receiver.name(),
                    OperationText.message(course.message),
                    attempt.entered.attempt(),
                    before.entered.attempt()),
            Stream.of(before.entered, attempt.entered));
        return;
      }
    }
  }

  /** Finds attempts that wrongly claim to be the first one. */
  private void findDenied(Receiver receiver, MessageHistory course) {
    Map<String, Attempt> first = new HashMap<>(2);
    int denied = 0;
    for (Attempt attempt = course.firstAttempt; attempt != null; attempt = attempt.next) {
      if (attempt.isStale) {
        continue;
      }
      boolean known = attempt.entered.epoch() != Operation.UNKNOWN_EPOCH;
      Attempt before = first.putIfAbsent(known ? "" : attempt.entered.node(), attempt);
      if (attempt.entered.redelivered()) {
        continue;
      }
      denied += before == null ? 0 : 1;
      // Each reset may have made one more attempt the first one.
      if (attempt.entered.attempt() > 1
          || denied > receiver.resetsOf(course.message.offset, attempt.enteredIndex)) {
        findings.add(
            Anomaly.WRONG_REDELIVERED,
            "%s was given %s as attempt %d, and told that it is the first one%s."
                .formatted(
                    receiver.name(),
                    OperationText.message(course.message),
                    attempt.entered.attempt(),
                    before == null ? "" : ", after another one"),
            before == null
                ? Stream.of(attempt.entered)
                : Stream.of(before.entered, attempt.entered));
        return;
      }
    }
  }

  /**
   * Returns whether the message counted as handled by then, or a reset may have brought it back.
   */
  private static boolean isAnew(Receiver receiver, Attempt attempt) {
    return attempt.course.okIndex() < attempt.enteredIndex
        || receiver.resetsOf(attempt.course.message.offset, attempt.enteredIndex) > 0;
  }
}
