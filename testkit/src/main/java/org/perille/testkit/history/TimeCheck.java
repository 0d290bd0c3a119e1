package org.perille.testkit.history;

import java.util.stream.Stream;

/**
 * Checks the times and offsets at which attempts start.
 *
 * <p>No attempt starts before the message's time, after its expiry, or for a message before the
 * subscription's start position.
 */
final class TimeCheck {
  private final Evidence evidence;
  private final Findings findings;

  TimeCheck(Evidence evidence, Findings findings) {
    this.evidence = evidence;
    this.findings = findings;
  }

  void run() {
    for (Attempt attempt : evidence.attempts) {
      Message message = attempt.course.message;
      Operation.Scheduled scheduled = message.log.topic.scheduled.get(message.value);
      if (scheduled != null) {
        findUntimely(attempt, scheduled);
      }
    }
    for (Receiver receiver : evidence.receivers()) {
      for (PartitionView reception : receiver.receptions.values()) {
        if (reception.begun != null) {
          findBeforeStart(receiver, reception);
        }
      }
    }
  }

  private void findUntimely(Attempt attempt, Operation.Scheduled scheduled) {
    Operation.HandlerEntered entered = attempt.entered;
    boolean early = entered.at() < scheduled.notBefore();
    // A redriven dead letter is handled although it has expired.
    boolean late =
        entered.at() > scheduled.notAfter()
            && !attempt.course.isRedrivenBefore(attempt.enteredIndex);
    if (early || late) {
      findings.add(
          Anomaly.WRONG_TIME,
          "%s was given %s %s."
              .formatted(
                  entered.subscription(),
                  OperationText.message(attempt.course.message),
                  early ? "before its time" : "after it had expired"),
          Stream.of(scheduled, entered));
    }
  }

  private void findBeforeStart(Receiver receiver, PartitionView reception) {
    for (Message message : reception.log.messages.values()) {
      MessageHistory course = message.courseIfAny(receiver);
      if (message.offset < reception.begun.offset()
          && course != null
          && course.firstAttempt != null
          && receiver.resetsOf(message.offset) == 0) {
        findings.add(
            Anomaly.BEFORE_START,
            "%s was given %s, and begins at offset %d."
                .formatted(
                    receiver.name(), OperationText.message(message), reception.begun.offset()),
            Stream.of(reception.begun, course.firstAttempt.entered));
      }
    }
  }
}
