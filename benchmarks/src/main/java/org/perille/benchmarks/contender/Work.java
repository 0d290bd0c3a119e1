package org.perille.benchmarks.contender;

/**
 * What a contender has to do.
 *
 * @param subscriptions how many handle each parcel, for {@link Job#HANDLE}; otherwise 1
 */
public record Work(Job job, int subscriptions) {
  /**
   * Checks what is asked for.
   *
   * @throws IllegalArgumentException if the job isn't done by so many subscriptions
   */
  public Work {
    if (subscriptions < 1 || (subscriptions > 1 && job != Job.HANDLE)) {
      throw new IllegalArgumentException(
          "%d subscriptions for '%s': it must be 1, or at least 1 for '%s'"
              .formatted(subscriptions, job.label(), Job.HANDLE.label()));
    }
  }
}
