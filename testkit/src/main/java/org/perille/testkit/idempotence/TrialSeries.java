package org.perille.testkit.idempotence;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.perille.Subscription;
import org.perille.spi.Processing;
import org.perille.testkit.idempotence.Disturbance.Kind;
import org.perille.testkit.idempotence.Step.Where;

/** Runs undisturbed, then disturbed in every way at every step, and compares the effects. */
final class TrialSeries<T> {
  private final Subscription<T> subscription;
  private final Trial<T> trial;
  private final Messages<T> messages;
  private final Optional<EndToEnd<T>> endToEnd;
  private final Diagnosis diagnosis;
  private final List<Finding> findings = new ArrayList<>();
  private final long beginNanos = System.nanoTime();
  private int runs;
  private int crashPoints;

  TrialSeries(
      Subscription<T> subscription,
      Trial<T> trial,
      Messages<T> messages,
      Optional<EndToEnd<T>> endToEnd) {
    this.endToEnd = endToEnd;
    this.subscription = subscription;
    this.trial = trial;
    this.messages = messages;
    this.diagnosis = new Diagnosis(subscription);
  }

  IdempotenceReport reach() {
    TrialOutcome right = run(Disturbance.NONE);
    if (isRight(right) && isRepeatable(right)) {
      endToEnd.ifPresent(real -> compareEndToEnd(real, right));
      for (Kind kind : List.of(Kind.CRASH, Kind.FAILURE, Kind.REFUSAL, Kind.REPLACEMENT)) {
        right.steps().stream()
            .filter(step -> isPossible(step, kind))
            .forEach(step -> disturb(right, step, kind));
      }
    }
    return new IdempotenceReport(
        "Idempotence of %s with %d %s"
            .formatted(
                subscription, messages.size(), messages.size() == 1 ? "message" : "messages"),
        crashPoints,
        runs,
        Duration.ofNanos(System.nanoTime() - beginNanos),
        findings);
  }

  private void compareEndToEnd(EndToEnd<T> real, TrialOutcome right) {
    runs += 2;
    List<String> differences = real.differences(messages, right.topics());
    if (!differences.isEmpty()) {
      findings.add(
          new Finding(
              "end to end, on a node that crashed while the first and the last message were handled",
              differences,
              List.of(),
              Optional.empty()));
    }
  }

  private TrialOutcome run(Disturbance disturbance) {
    runs++;
    return trial.run(messages, disturbance);
  }

  private boolean isRight(TrialOutcome right) {
    if (isFailing(right, "without any crash")) {
      return false;
    }
    if (trial.run(new Messages<>(List.of()), Disturbance.NONE).effect().equals(right.effect())) {
      throw new IllegalStateException(
          "the effect is %s, with the messages and without them: the check would show nothing. Does effect(…) read what the handler changes?"
              .formatted(right.effect()));
    }
    return true;
  }

  /** Returns whether a run without a fault has failed, so that there is no effect to compare. */
  private boolean isFailing(TrialOutcome undisturbed, String where) {
    undisturbed
        .failure()
        .ifPresent(
            failure ->
                findings.add(
                    new Finding(
                        where,
                        List.of(failure.getMessage()),
                        List.of(),
                        Optional.ofNullable(failure.getCause()))));
    return undisturbed.failure().isPresent();
  }

  /**
   * Returns whether two undisturbed runs have the same effect. Otherwise no comparison is possible.
   */
  private boolean isRepeatable(TrialOutcome right) {
    TrialOutcome again = run(Disturbance.NONE);
    if (isFailing(again, "without any crash, in a second run")) {
      return false;
    }
    Differences differences = Differences.of(right.effect(), again.effect());
    if (!differences.isEmpty()) {
      findings.add(
          new Finding(
              "without any crash, in a second run",
              differences.words(),
              diagnosis.ofUndisturbed(differences),
              Optional.empty()));
    }
    return differences.isEmpty();
  }

  private boolean isPossible(Step step, Kind kind) {
    return switch (kind) {
      case NONE -> false;
      case CRASH -> true;
      case FAILURE -> step.canFail();
      case REFUSAL -> step.action() instanceof Step.Outside;
      case REPLACEMENT ->
          step.action() instanceof Step.Point
              && step.where() == Where.BEFORE
              && Processing.of(subscription) instanceof Processing.Transactional;
    };
  }

  private void disturb(TrialOutcome right, Step step, Kind kind) {
    crashPoints++;
    TrialOutcome outcome = run(new Disturbance(step.number(), kind));
    Optional<Finding> finding;
    if (!outcome.disturbed()) {
      List<String> differences = new ArrayList<>(List.of("the run did not come to this step"));
      outcome.failure().map(Throwable::getMessage).ifPresent(differences::add);
      finding =
          Optional.of(
              new Finding(
                  words(right, step, kind),
                  differences,
                  List.of("the handler makes other calls in every run"),
                  outcome.failure().map(Throwable::getCause)));
    } else if (!outcome.contradictions().isEmpty()) {
      finding =
          Optional.of(
              new Finding(
                  words(right, step, kind),
                  outcome.contradictions(),
                  List.of(
                      "handle depends on something else than the state and the delivery, such as a random id or the time: its stored result is random"),
                  Optional.empty()));
    } else {
      finding = compare(right, outcome, words(right, step, kind));
    }
    finding.ifPresent(findings::add);
  }

  private Optional<Finding> compare(TrialOutcome right, TrialOutcome outcome, String where) {
    Differences differences = Differences.of(right.effect(), outcome.effect());
    List<String> words = new ArrayList<>(differences.words());
    outcome.failure().map(Throwable::getMessage).ifPresent(words::add);
    return words.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Finding(
                where,
                words,
                diagnosis.of(outcome, differences),
                outcome.failure().map(Throwable::getCause)));
  }

  private String words(TrialOutcome right, Step step, Kind kind) {
    String message =
        " of message %d, %s".formatted(step.message() + 1, messages.value(step.message()));
    if (step.action() instanceof Step.Point place) {
      return switch (kind) {
        case REPLACEMENT ->
            "paused %s%s, replaced by another worker, then resumed"
                .formatted(place.words(), message);
        case FAILURE -> "the write fails " + place.words() + message + ", then retried";
        default -> "crash " + place.words() + message + ", then redelivered";
      };
    }
    String call =
        "call %d%s, %s".formatted(callNumber(right, step), message, step.action().words());
    if (kind == Kind.CRASH) {
      return "crash after " + call + ", then redelivered";
    }
    return kind == Kind.FAILURE && step.action() instanceof Step.Outside
        ? "the answer is lost of " + call + ", then retried"
        : "failure of " + call + ", then retried";
  }

  private static long callNumber(TrialOutcome right, Step step) {
    return right.steps().stream()
        .filter(
            other ->
                other.message() == step.message()
                    && other.number() <= step.number()
                    && !(other.action() instanceof Step.Point))
        .count();
  }
}
