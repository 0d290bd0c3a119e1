package org.perille.testkit.history;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Checks replies and comparisons: a reply belongs to its message and is the same at each reading.
 */
final class AnswerCheck {
  private record Place(String subscription, int partition, long offset) {}

  private final Evidence evidence;
  private final Findings findings;

  AnswerCheck(Evidence evidence, Findings findings) {
    this.evidence = evidence;
    this.findings = findings;
  }

  void run() {
    for (Operation.Compared compared : evidence.comparisons) {
      if (!compared.expected().equals(compared.found())) {
        findings.add(
            Anomaly.CONTRADICTION,
            "%s: expected '%s', and found '%s'."
                .formatted(compared.what(), compared.expected(), compared.found()),
            Stream.of(compared));
      }
    }
    Map<Place, Operation.ReplyRead> first = new HashMap<>();
    for (Operation.ReplyRead reply : evidence.replies) {
      findWrong(reply, first);
    }
  }

  private void findWrong(Operation.ReplyRead reply, Map<Place, Operation.ReplyRead> first) {
    Receiver receiver = evidence.receiverOf(reply.subscription(), reply);
    Message message = receiver.topic.log(reply.partition()).message(reply.offset());
    if (!reply.reply().isEmpty() && message.isKnown() && !message.value.equals(reply.value())) {
      findings.add(
          Anomaly.WRONG_REPLY,
          "The reply of %s to %s is that to '%s'."
              .formatted(receiver.name(), OperationText.message(message), reply.value()),
          Stream.of(reply));
      return;
    }
    Operation.ReplyRead before =
        first.putIfAbsent(
            new Place(reply.subscription(), reply.partition(), reply.offset()), reply);
    if (before != null
        && !before.reply().equals(reply.reply())
        && receiver.resetsOf(reply.offset()) == 0) {
      findings.add(
          Anomaly.WRONG_REPLY,
          "The reply of %s to %s was '%s', and then '%s'."
              .formatted(
                  receiver.name(), OperationText.message(message), before.reply(), reply.reply()),
          Stream.of(before, reply));
    }
  }
}
