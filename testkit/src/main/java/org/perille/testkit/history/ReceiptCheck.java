package org.perille.testkit.history;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Checks the duplicate flags of receipts: exactly one of those for an id isn't a duplicate. */
final class ReceiptCheck {
  private record PublishedId(String topic, String key, String messageId) {}

  private final Evidence evidence;
  private final Findings findings;

  ReceiptCheck(Evidence evidence, Findings findings) {
    this.evidence = evidence;
    this.findings = findings;
  }

  void run() {
    Map<PublishedId, List<Publication.Call>> ids = new LinkedHashMap<>();
    for (Publication.Call call : evidence.publishes) {
      Operation.PublishInvoked invoked = call.invoked;
      if (!invoked.messageId().isEmpty()) {
        ids.computeIfAbsent(
                new PublishedId(invoked.topic(), invoked.key(), invoked.messageId()),
                id -> new ArrayList<>(1))
            .add(call);
      } else if (call.isOk() && call.ended.duplicate()) {
        add(
            "'%s' of key '%s' has no id, and its receipt calls it a duplicate."
                .formatted(invoked.value(), invoked.key()),
            Stream.of(invoked, call.ended));
      }
    }
    ids.values().forEach(this::findWrong);
  }

  private void findWrong(List<Publication.Call> calls) {
    Publication.Call stored = null;
    for (Publication.Call call : calls) {
      if (!call.isOk()) {
        continue;
      }
      Operation.PublishInvoked invoked = call.invoked;
      if (call.ended.duplicate()) {
        if (calls.stream().noneMatch(other -> mayHaveStored(other, call))) {
          add(
              "'%s' of key '%s' has a receipt that calls it a duplicate, and nobody had published its id '%s' before."
                  .formatted(invoked.value(), invoked.key(), invoked.messageId()),
              Stream.of(invoked, call.ended));
        }
      } else if (stored == null) {
        stored = call;
      } else if (isSamePlace(stored, call)) {
        // At two positions it is a message that is stored twice, which is reported as such.
        add(
            "The id '%s' of key '%s' has two receipts that don't call it a duplicate."
                .formatted(invoked.messageId(), invoked.key()),
            Stream.of(stored.invoked, stored.ended, invoked, call.ended));
      }
    }
  }

  private static boolean mayHaveStored(Publication.Call other, Publication.Call duplicate) {
    return other != duplicate && !other.isFailed() && other.invokedIndex < duplicate.endedIndex;
  }

  private static boolean isSamePlace(Publication.Call one, Publication.Call other) {
    return one.ended.partition() == other.ended.partition()
        && one.ended.offset() == other.ended.offset();
  }

  private void add(String sentence, Stream<Operation> shownBy) {
    findings.add(Anomaly.WRONG_RECEIPT, sentence, shownBy);
  }
}
