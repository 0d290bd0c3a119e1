package org.perille.testkit.idempotence;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.perille.Topic;

/**
 * What came of a run.
 *
 * @param effect the effect, piece by piece
 * @param steps what was done
 * @param disturbed whether it came to the step of its disturbance
 * @param contradictions different answers to the same question
 * @param topics that the handler publishes to
 * @param failure why not everything could be handled, if so
 */
record Outcome(
    List<String> effect,
    List<Step> steps,
    boolean disturbed,
    List<String> contradictions,
    Set<Topic<?>> topics,
    Optional<HandlingFailedException> failure) {
  Outcome {
    effect = List.copyOf(effect);
    steps = List.copyOf(steps);
    contradictions = List.copyOf(contradictions);
    topics = Set.copyOf(topics);
  }
}
