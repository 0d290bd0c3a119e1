package org.perille.testkit.idempotence;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.perille.Topic;

/**
 * The outcome of a run.
 *
 * @param effect the effect, part by part
 * @param steps the recorded steps
 * @param disturbed true if it reached the step of its disturbance
 * @param contradictions different answers to the same message
 * @param topics the topics that the handler publishes to
 * @param failure the reason for unhandled messages, if there are any
 */
record TrialOutcome(
    List<String> effect,
    List<Step> steps,
    boolean disturbed,
    List<String> contradictions,
    Set<Topic<?>> topics,
    Optional<HandlingFailedException> failure) {
  TrialOutcome {
    effect = List.copyOf(effect);
    steps = List.copyOf(steps);
    contradictions = List.copyOf(contradictions);
    topics = Set.copyOf(topics);
  }
}
