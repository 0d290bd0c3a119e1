package org.perille.testkit.history;

import java.util.ArrayList;
import java.util.List;
import org.perille.Guarantee;

/**
 * The figures of a run: reported, and not judged.
 *
 * @param operations the number of recorded operations
 * @param duration the time from the first to the last one, in the history's units
 * @param publishedOk the number of publishes with a receipt
 * @param publishedFailed the number of refused publishes
 * @param publishedUnknown the number of publishes with an unknown outcome
 * @param subscriptions the figures of each subscription
 */
public record Figures(
    long operations,
    long duration,
    long publishedOk,
    long publishedFailed,
    long publishedUnknown,
    List<Subscribed> subscriptions) {

  /**
   * The figures of a subscription. An ephemeral one has a line for each node.
   *
   * @param subscription its name
   * @param guarantee its guarantee
   * @param messages the number of different messages that its handler received
   * @param attempts the number of calls of its handler
   * @param duplicates the number of them for a message that had been handled successfully
   * @param afterReplacement the number of them that a replaced worker started
   * @param skipped the number of messages that were lost, as at-most-once allows
   * @param deadLetters the number of messages that were ever a dead letter
   * @param longest the longest time from a first publish to the first success, in the history's
   *     units; 0 if there is none
   */
  public record Subscribed(
      String subscription,
      Guarantee guarantee,
      long messages,
      long attempts,
      long duplicates,
      long afterReplacement,
      long skipped,
      long deadLetters,
      long longest) {}

  public Figures {
    subscriptions = List.copyOf(subscriptions);
  }

  static Figures of(Evidence evidence) {
    long ok = 0;
    long failed = 0;
    for (Publication.Call call : evidence.publishes) {
      ok += call.isOk() ? 1 : 0;
      failed += call.isFailed() ? 1 : 0;
    }
    List<Operation> operations = evidence.history.operations();
    List<Subscribed> subscriptions = new ArrayList<>();
    evidence.receivers().forEach(receiver -> subscriptions.add(of(receiver)));
    return new Figures(
        operations.size(),
        operations.isEmpty()
            ? 0
            : operations.get(operations.size() - 1).at() - operations.get(0).at(),
        ok,
        failed,
        evidence.publishes.size() - ok - failed,
        subscriptions);
  }

  private static Subscribed of(Receiver receiver) {
    long messages = 0;
    long attempts = 0;
    long duplicates = 0;
    long stale = 0;
    long longest = 0;
    for (KeyCourse key : receiver.keys) {
      for (Attempt attempt : key.attempts) {
        MessageHistory course = attempt.course;
        attempts++;
        messages += attempt == course.firstAttempt ? 1 : 0;
        duplicates += course.okIndex() < attempt.enteredIndex ? 1 : 0;
        stale += attempt.isStale ? 1 : 0;
        if (attempt == course.firstOk) {
          Publication publication = course.message.publication();
          longest =
              publication == null
                  ? longest
                  : Math.max(longest, attempt.left.at() - publication.first().invoked.at());
        }
      }
    }
    return new Subscribed(
        receiver.name(),
        receiver.declared.guarantee(),
        messages,
        attempts,
        duplicates,
        stale,
        receiver.skipped,
        receiver.deadLetters,
        longest);
  }
}
