package org.perille.testkit.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Checks that replaced workers and partitions changed nothing. */
final class FencingCheck {
  private final Evidence evidence;
  private final Findings findings;

  FencingCheck(Evidence evidence, Findings findings) {
    this.evidence = evidence;
    this.findings = findings;
  }

  void run() {
    findStale();
    findZombieWrites();
    for (Receiver receiver : evidence.receivers()) {
      for (KeyCourse key : receiver.keys) {
        findZombieEffects(receiver, key);
      }
    }
    for (TopicEvidence topic : evidence.topics.values()) {
      for (LogEvidence log : topic.logs.values()) {
        findCursorsAhead(log);
      }
    }
  }

  private void findStale() {
    for (Operation.ControlApplied control : evidence.controls) {
      if (control.messageEpoch() < control.ownEpoch()
          && control.messageEpoch() != Operation.UNKNOWN_EPOCH) {
        findings.add(
            Anomaly.STALE_CONTROL,
            "%s, epoch %d, was changed by a message for epoch %d."
                .formatted(control.party(), control.ownEpoch(), control.messageEpoch()),
            Stream.of(control));
      }
    }
  }

  private void findZombieWrites() {
    Map<String, List<Operation.Stored>> journals = new HashMap<>();
    for (Operation.Stored stored : evidence.stored) {
      if (stored.epoch() != Operation.UNKNOWN_EPOCH) {
        journals.computeIfAbsent(stored.persistenceId(), id -> new ArrayList<>()).add(stored);
      }
    }
    for (List<Operation.Stored> journal : journals.values()) {
      journal.sort(
          Comparator.comparingLong(Operation.Stored::sequenceNumber)
              .thenComparingLong(Operation.Stored::epoch));
      Operation.Stored highest = journal.get(0);
      for (Operation.Stored stored : journal) {
        if (stored.epoch() < highest.epoch()) {
          findings.add(
              Anomaly.ZOMBIE_EFFECT,
              "Epoch %d wrote event %d of %s after epoch %d had written event %d."
                  .formatted(
                      stored.epoch(),
                      stored.sequenceNumber(),
                      stored.persistenceId(),
                      highest.epoch(),
                      highest.sequenceNumber()),
              Stream.of(highest, stored));
        } else {
          highest = stored;
        }
      }
    }
  }

  /**
   * Compares the effects of one key only. An event-sourced key is fenced by its own first write,
   * and the replaced worker's effect is valid until then.
   */
  private void findZombieEffects(Receiver receiver, KeyCourse key) {
    key.effects.sort(
        Comparator.comparingLong(Operation.EffectFound::order)
            .thenComparingLong(Operation.EffectFound::offset));
    Operation.EffectFound highest = null;
    for (Operation.EffectFound effect : key.effects) {
      if (effect.epoch() == Operation.UNKNOWN_EPOCH) {
        continue;
      }
      if (highest != null && effect.epoch() < highest.epoch()) {
        findings.add(
            Anomaly.ZOMBIE_EFFECT,
            "Epoch %d of %s committed the effect of '%s' of key '%s' (%s) after epoch %d had committed that of '%s'."
                .formatted(
                    effect.epoch(),
                    receiver.name(),
                    effect.value(),
                    effect.key(),
                    key.line.log.place(effect.offset()),
                    highest.epoch(),
                    highest.value()),
            Stream.of(highest, effect));
      } else {
        highest = effect;
      }
    }
  }

  private void findCursorsAhead(LogEvidence log) {
    LogEvidence.End lowest = null;
    int end = log.ends.size() - 1;
    // From the last one on: a log must never have ended before a cursor that existed already.
    for (int i = log.cursors.size() - 1; i >= 0; i--) {
      LogEvidence.CursorAt cursor = log.cursors.get(i);
      for (; end >= 0 && log.ends.get(end).index() > cursor.index(); end--) {
        if (lowest == null || log.ends.get(end).end() <= lowest.end()) {
          lowest = log.ends.get(end);
        }
      }
      if (cursor.end() > mayStandAt(cursor)) {
        findCursorAhead(log, cursor, lowest);
      }
    }
  }

  /**
   * Returns the highest valid position. A subscription may start, or be reset to start, past the
   * end of the log.
   */
  private static long mayStandAt(LogEvidence.CursorAt cursor) {
    Receiver receiver = cursor.reception().receiver;
    return Math.max(
        receiver.declared.fromEarliest() ? 0 : cursor.reception().firstCursor,
        receiver.resetTo(cursor.index()));
  }

  private void findCursorAhead(
      LogEvidence log, LogEvidence.CursorAt cursor, LogEvidence.End lowest) {
    if (lowest != null && lowest.end() < cursor.end()) {
      ahead(log, cursor, "ends at offset " + lowest.end(), lowest.operation());
      return;
    }
    Message last = log.messages.get(cursor.end() - 1);
    Publication publication = last == null ? null : last.publication();
    if (publication != null && publication.first().invokedIndex > cursor.index()) {
      ahead(
          log,
          cursor,
          "got offset %d only afterwards".formatted(last.offset),
          publication.first().invoked);
    }
  }

  private void ahead(LogEvidence log, LogEvidence.CursorAt cursor, String why, Operation proof) {
    findings.add(
        Anomaly.CURSOR_AHEAD_OF_LOG,
        "The cursor of %s in %s/%d stands at %d, and the log %s."
            .formatted(
                cursor.reception().receiver.name(),
                log.topic.name,
                log.partition,
                cursor.end(),
                why),
        Stream.of(cursor.operation(), proof));
  }
}
