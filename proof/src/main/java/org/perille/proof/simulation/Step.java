package org.perille.proof.simulation;

import java.util.List;
import java.util.Random;

/**
 * A possible step of a scenario.
 *
 * @param name the name in the log for readers; empty if it isn't logged
 * @param weight the frequency, relative to that of other steps
 */
public record Step(String name, int weight, Runnable action) {
  /** Creates a step that isn't logged. */
  public Step(int weight, Runnable action) {
    this("", weight, action);
  }

  /** Returns a random step. */
  public static Step any(List<Step> steps, Random random) {
    int chosen = random.nextInt(steps.stream().mapToInt(Step::weight).sum());
    int i = 0;
    while (chosen >= steps.get(i).weight) {
      chosen -= steps.get(i).weight;
      i++;
    }
    return steps.get(i);
  }
}
