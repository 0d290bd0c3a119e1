package org.perille.benchmarks.contender;

/**
 * The work of a contender.
 *
 * @param subscriptions the number that handle each parcel, for {@link Job#HANDLE}; otherwise 1
 */
public record Work(Job job, int subscriptions) {
  /**
   * Validates the arguments.
   *
   * @throws IllegalArgumentException if the job doesn't support this number of subscriptions
   */
  public Work {
    if (subscriptions < 1 || (subscriptions > 1 && job != Job.HANDLE)) {
      throw new IllegalArgumentException(
          "%d subscriptions for '%s': it must be 1, or at least 1 for '%s'"
              .formatted(subscriptions, job.label(), Job.HANDLE.label()));
    }
  }
}
