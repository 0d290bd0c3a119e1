package org.perille.testkit.history;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.perille.Guarantee;

/** Checks that nothing happened again that must not. */
final class AgainCheck {
  private final Evidence evidence;
  private final Findings findings;

  AgainCheck(Evidence evidence, Findings findings) {
    this.evidence = evidence;
    this.findings = findings;
  }

  void run() {
    for (Receiver receiver : evidence.receivers()) {
      for (KeyCourse key : receiver.keys) {
        for (Message message : key.line.messages) {
          MessageHistory course = message.courseIfAny(receiver);
          if (course != null) {
            findResurrected(receiver, course);
            findDoubleEffect(receiver, course);
          }
        }
      }
    }
  }

  private void findResurrected(Receiver receiver, MessageHistory course) {
    boolean once = receiver.is(Guarantee.AT_MOST_ONCE) || receiver.is(Guarantee.EPHEMERAL);
    if (!once && course.discarded == null && course.effectIndex == MessageHistory.NEVER) {
      return;
    }
    int entered = 0;
    for (Attempt attempt = course.firstAttempt; attempt != null; attempt = attempt.next) {
      entered++;
      int resets = receiver.resetsOf(course.message.offset, attempt.enteredIndex);
      if (resets == 0 && attempt.enteredIndex > course.discardedIndex && !attempt.isStale) {
        findings.add(
            Anomaly.RESURRECTED,
            "%s was given %s after it had been discarded."
                .formatted(receiver.name(), OperationText.message(course.message)),
            Stream.of(course.discarded, attempt.entered));
        return;
      }
      if (once && entered > 1 + resets) {
        findings.add(
            Anomaly.SECOND_ATTEMPT,
            "%s is %s, and was given %s twice."
                .formatted(
                    receiver.name(),
                    receiver.declared.guarantee(),
                    OperationText.message(course.message)),
            Stream.of(course.firstAttempt.entered, attempt.entered));
        return;
      }
    }
    findAfterEffect(receiver, course);
  }

  /**
   * Finds attempts after the effect, by a worker that started when the effect existed. A worker
   * that was already running may not have known it, and can't commit.
   */
  private void findAfterEffect(Receiver receiver, MessageHistory course) {
    if (!receiver.is(Guarantee.EFFECTIVELY_ONCE)
        || course.lastAttempt == null
        || course.lastAttempt.enteredIndex < course.effectIndex) {
      return;
    }
    Map<Long, LogEvidence.CursorAt> recoveries = new HashMap<>(4);
    for (LogEvidence.CursorAt cursor : course.message.log.cursors) {
      if (cursor.reception().receiver == receiver
          && cursor.operation() instanceof Operation.CursorRecovered) {
        recoveries.putIfAbsent(cursor.epoch(), cursor);
      }
    }
    for (Attempt attempt = course.firstAttempt; attempt != null; attempt = attempt.next) {
      LogEvidence.CursorAt began = recoveries.get(attempt.entered.epoch());
      if (began != null
          && began.index() > course.effectIndex
          && receiver.resetsOf(course.message.offset, attempt.enteredIndex) == 0) {
        findings.add(
            Anomaly.RESURRECTED,
            "%s was given %s again by epoch %d, which began when its effect was there."
                .formatted(
                    receiver.name(),
                    OperationText.message(course.message),
                    attempt.entered.epoch()),
            Stream.of(course.effects.get(0), began.operation(), attempt.entered));
        return;
      }
    }
  }

  private void findDoubleEffect(Receiver receiver, MessageHistory course) {
    if (receiver.is(Guarantee.EFFECTIVELY_ONCE)
        && course.effects.size() > 1 + receiver.resetsOf(course.message.offset)) {
      findings.add(
          Anomaly.DOUBLE_EFFECT,
          "The effect of %s in %s is there %d times."
              .formatted(
                  OperationText.message(course.message), receiver.name(), course.effects.size()),
          course.effects.stream());
    }
  }
}
