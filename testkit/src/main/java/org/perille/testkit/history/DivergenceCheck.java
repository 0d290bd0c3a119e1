package org.perille.testkit.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.perille.Guarantee;

/**
 * Checks that subscriptions agree on the order of a key that is in several partitions.
 *
 * <p>Within a partition they agree if each follows the order of the offsets, which {@link
 * OrderCheck} checks.
 */
final class DivergenceCheck {
  private final Evidence evidence;
  private final Findings findings;

  DivergenceCheck(Evidence evidence, Findings findings) {
    this.evidence = evidence;
    this.findings = findings;
  }

  void run() {
    for (TopicEvidence topic : evidence.topics.values()) {
      for (List<KeyLine> lines : topic.splitKeys.values()) {
        find(topic, lines);
      }
    }
  }

  private void find(TopicEvidence topic, List<KeyLine> lines) {
    Receiver reference = null;
    List<Attempt> order = List.of();
    for (Receiver receiver : topic.receivers) {
      Optional<List<Attempt>> seen = seenBy(receiver, lines);
      if (seen.isEmpty()) {
        continue;
      }
      if (reference == null) {
        reference = receiver;
        order = seen.get();
      } else {
        compare(reference, order, receiver, seen.get());
      }
    }
  }

  /** Returns the first attempts of all messages, in order; empty if not all were handled. */
  private static Optional<List<Attempt>> seenBy(Receiver receiver, List<KeyLine> lines) {
    if (!receiver.declared.ordered() || receiver.hasResets() || receiver.is(Guarantee.EPHEMERAL)) {
      return Optional.empty();
    }
    List<Attempt> seen = new ArrayList<>();
    for (KeyLine line : lines) {
      KeyCourse key = line.courseIfAny(receiver);
      if (key == null || key.isFlagged) {
        return Optional.empty();
      }
      for (Message message : line.messages) {
        MessageHistory course = message.courseIfAny(receiver);
        if (course == null || course.firstAttempt == null || course.isExceptional()) {
          return Optional.empty();
        }
        seen.add(course.firstAttempt);
      }
    }
    seen.sort(Comparator.comparingInt(attempt -> attempt.enteredIndex));
    return Optional.of(seen);
  }

  private void compare(Receiver one, List<Attempt> byOne, Receiver other, List<Attempt> byOther) {
    Map<Message, Integer> places = new HashMap<>();
    for (Attempt attempt : byOne) {
      places.put(attempt.course.message, places.size());
    }
    for (int i = 1; i < byOther.size(); i++) {
      Attempt earlier = byOther.get(i - 1);
      Attempt later = byOther.get(i);
      int before = places.get(earlier.course.message);
      int after = places.get(later.course.message);
      if (after < before) {
        findings.add(
            Anomaly.DIVERGENCE,
            "%s saw %s before %s, and %s the other way round."
                .formatted(
                    other.name(),
                    OperationText.message(earlier.course.message),
                    OperationText.message(later.course.message),
                    one.name()),
            Stream.of(
                byOne.get(after).entered,
                byOne.get(before).entered,
                earlier.entered,
                later.entered));
        return;
      }
    }
  }
}
