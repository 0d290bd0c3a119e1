package org.perille.benchmarks.trial;

import org.perille.benchmarks.contender.Job;

/**
 * What is measured.
 *
 * @param contender who does it
 * @param rate parcels due in a second; 0 for as many as possible
 * @param bytes of a parcel
 * @param warmUpSeconds are left out
 * @param seconds are measured
 */
public record Setting(
    String contender, Job job, int rate, int bytes, int warmUpSeconds, int seconds) {

  /** Whether it is about how many, and not about how long each takes. */
  public boolean isThroughput() {
    return rate == 0;
  }

  /** What is compared with each other. */
  public String workload() {
    return "%s, %s, %,d bytes"
        .formatted(job.label(), isThroughput() ? "as fast as possible" : rate + "/s", bytes);
  }
}
