package org.perille.testkit.history;

import java.util.stream.Stream;

/** Checks that all dead letters are in their subscription's dead-letter topic. */
final class LetterCheck {
  private final Evidence evidence;
  private final Findings findings;

  LetterCheck(Evidence evidence, Findings findings) {
    this.evidence = evidence;
    this.findings = findings;
  }

  void run() {
    for (Receiver receiver : evidence.receivers()) {
      if (receiver.hasReadLetters) {
        for (PartitionView reception : receiver.receptions.values()) {
          for (Message message : reception.log.messages.values()) {
            MessageHistory course = message.courseIfAny(receiver);
            if (course != null && course.deadLettered != null && !course.hasPublishedLetter) {
              findings.add(
                  Anomaly.MISSING_LETTER,
                  "%s gave up %s, and its dead-letter topic doesn't have it."
                      .formatted(receiver.name(), OperationText.message(message)),
                  Stream.of(course.deadLettered));
            }
          }
        }
      }
    }
  }
}
