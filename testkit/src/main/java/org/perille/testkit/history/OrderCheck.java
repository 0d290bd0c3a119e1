package org.perille.testkit.history;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.perille.Guarantee;

/**
 * Checks that the messages of a key were handled one at a time, in order.
 *
 * <p>Exceptions are redriven messages, those that a reset brought back, a replaced worker's, and a
 * handler that was given up while it ran. After a crash at-least-once and effectively-once restart
 * at their cursor. A failed effectively-once transaction of several messages is repeated one by
 * one, by the same worker. So the order of the effects counts there.
 */
final class OrderCheck {
  private final Evidence evidence;
  private final Findings findings;

  OrderCheck(Evidence evidence, Findings findings) {
    this.evidence = evidence;
    this.findings = findings;
  }

  void run() {
    for (Receiver receiver : evidence.receivers()) {
      if (receiver.declared.ordered()) {
        for (KeyCourse key : receiver.keys) {
          boolean completes =
              receiver.is(Guarantee.AT_LEAST_ONCE) || receiver.is(Guarantee.EFFECTIVELY_ONCE);
          if (completes) {
            new Completing(receiver, key).run();
            findEffectsOutOfOrder(receiver, key);
          } else {
            new Passing(receiver, key).run();
          }
        }
      }
    }
  }

  private void findEffectsOutOfOrder(Receiver receiver, KeyCourse key) {
    Operation.EffectFound last = null;
    for (Operation.EffectFound effect : key.effects) {
      MessageHistory course = key.line.log.messages.get(effect.offset()).course(receiver);
      boolean isJudged =
          !course.isExceptional()
              && !course.isFlagged
              && course.effects.size() == 1
              && !receiver.hasResets();
      if (isJudged && last != null && effect.offset() < last.offset()) {
        key.isFlagged = true;
        findings.add(
            Anomaly.ORDER_VIOLATION,
            "%s committed the effect of '%s' before that of '%s', which comes before it in key '%s'."
                .formatted(receiver.name(), last.value(), effect.value(), effect.key()),
            Stream.of(last, effect));
      } else if (isJudged) {
        last = effect;
      }
    }
  }

  /** The check of guarantees with which a message is finished when its handler has succeeded. */
  private final class Completing {
    private final Receiver receiver;
    private final KeyCourse key;
    private final List<Message> messages;
    private int open;
    private Attempt highest;

    Completing(Receiver receiver, KeyCourse key) {
      this.receiver = receiver;
      this.key = key;
      this.messages = key.line.messages;
    }

    void run() {
      long start = receiver.reception(key.line.log).start();
      while (open < messages.size() && messages.get(open).offset < start) {
        open++;
      }
      for (Attempt attempt : key.attempts) {
        if (!attempt.isStale) {
          findTwice(attempt);
          if (!attempt.course.isExceptional()) {
            findOvertaking(attempt);
            findGoingBack(attempt);
          }
        }
      }
    }

    private void findOvertaking(Attempt attempt) {
      for (; open < attempt.course.message.rank; open++) {
        MessageHistory earlier = messages.get(open).course(receiver);
        if (earlier.okIndex() < attempt.enteredIndex
            || earlier.isExceptional()
            || earlier.isFlagged
            || isBroughtInByReset(earlier)) {
          continue;
        }
        earlier.isFlagged = true;
        key.isFlagged = true;
        Attempt running = runningAt(earlier, attempt.enteredIndex);
        if (running != null && attempt.isOk()) {
          concurrent(receiver, running, attempt);
        } else {
          outOfOrder(earlier, attempt);
        }
      }
    }

    /**
     * Returns whether a reset has added the message. A subscription need not receive messages from
     * before its start, until a reset includes them.
     */
    private boolean isBroughtInByReset(MessageHistory course) {
      return !receiver.declared.fromEarliest()
          && course.firstAttempt != null
          && receiver.resetsOf(course.message.offset, course.firstAttempt.enteredIndex) > 0;
    }

    private void outOfOrder(MessageHistory earlier, Attempt attempt) {
      Attempt after = earlier.lastAttempt;
      findings.add(
          Anomaly.ORDER_VIOLATION,
          "%s was given %s before it was finished with %s."
              .formatted(
                  receiver.name(),
                  OperationText.message(attempt.course.message),
                  OperationText.message(earlier.message)),
          Stream.concat(
              Stream.of(attempt.entered),
              after == null
                  ? Stream.of(earlier.message.first)
                  : after.left == null
                      ? Stream.of(after.entered)
                      : Stream.of(after.entered, after.left)));
    }

    /** Checks that an epoch of an at-least-once worker only moves forward. */
    private void findGoingBack(Attempt attempt) {
      if (highest == null || !highest.isOfSameEpoch(attempt)) {
        highest = attempt;
        return;
      }
      if (attempt.course.message.rank >= highest.course.message.rank) {
        highest = attempt;
        return;
      }
      if (receiver.is(Guarantee.AT_LEAST_ONCE) && !attempt.course.isFlagged) {
        long offset = attempt.course.message.offset;
        if (receiver.resetsOf(offset, attempt.enteredIndex)
            > receiver.resetsOf(offset, highest.enteredIndex)) {
          highest = attempt;
          return;
        }
        attempt.course.isFlagged = true;
        key.isFlagged = true;
        findings.add(
            Anomaly.ORDER_VIOLATION,
            "Epoch %d of %s was given %s after it had been given %s."
                .formatted(
                    attempt.entered.epoch(),
                    receiver.name(),
                    OperationText.message(attempt.course.message),
                    OperationText.message(highest.course.message)),
            Stream.of(highest.entered, attempt.entered));
      }
    }

    /**
     * Checks for a repeated attempt. The next attempt may start after a missed deadline; the same
     * one may not.
     */
    private void findTwice(Attempt attempt) {
      if (!receiver.is(Guarantee.AT_LEAST_ONCE) || !attempt.isOk()) {
        return;
      }
      for (Attempt other = attempt.course.firstAttempt; other != attempt; other = other.next) {
        if (other.isRunningAt(attempt.enteredIndex)
            && other.isOk()
            && other.isOfSameEpoch(attempt)
            && other.entered.attempt() >= attempt.entered.attempt()) {
          key.isFlagged = true;
          concurrent(receiver, other, attempt);
          return;
        }
      }
    }
  }

  /** The check of guarantees with which a message is finished when its handler has been called. */
  private final class Passing {
    private final Receiver receiver;
    private final KeyCourse key;
    private final List<Attempt> running = new ArrayList<>(2);
    private Attempt highest;

    Passing(Receiver receiver, KeyCourse key) {
      this.receiver = receiver;
      this.key = key;
    }

    void run() {
      for (Attempt attempt : key.attempts) {
        if (!attempt.isStale
            && !attempt.course.isExceptional()
            && attempt == attempt.course.firstAttempt
            && !findConcurrent(attempt)) {
          findOvertaken(attempt);
        }
      }
    }

    private boolean findConcurrent(Attempt attempt) {
      running.removeIf(other -> !other.isRunningAt(attempt.enteredIndex));
      Attempt beside = null;
      for (Attempt other : running) {
        beside = attempt.isOk() && other.isOk() && other.isOfSameEpoch(attempt) ? other : beside;
      }
      running.add(attempt);
      if (beside == null) {
        return false;
      }
      key.isFlagged = true;
      concurrent(receiver, beside, attempt);
      return true;
    }

    private void findOvertaken(Attempt attempt) {
      if (highest == null || highest.course.message.rank < attempt.course.message.rank) {
        highest = attempt;
      } else if (receiver.resetsOf(attempt.course.message.offset) == 0) {
        key.isFlagged = true;
        findings.add(
            Anomaly.ORDER_VIOLATION,
            "%s was given %s after it had been given %s."
                .formatted(
                    receiver.name(),
                    OperationText.message(attempt.course.message),
                    OperationText.message(highest.course.message)),
            Stream.of(highest.entered, attempt.entered));
      }
    }
  }

  private static Attempt runningAt(MessageHistory course, int index) {
    for (Attempt attempt = course.firstAttempt; attempt != null; attempt = attempt.next) {
      if (attempt.isOk() && attempt.isRunningAt(index)) {
        return attempt;
      }
    }
    return null;
  }

  private void concurrent(Receiver receiver, Attempt one, Attempt other) {
    findings.add(
        Anomaly.CONCURRENT_KEY,
        "%s was given %s while its handler was still at %s, and both succeeded."
            .formatted(
                receiver.name(),
                OperationText.message(other.course.message),
                OperationText.message(one.course.message)),
        Stream.of(one.entered, one.left, other.entered, other.left));
  }
}
