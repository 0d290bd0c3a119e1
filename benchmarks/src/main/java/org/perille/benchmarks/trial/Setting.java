package org.perille.benchmarks.trial;

import org.perille.benchmarks.contender.Work;

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
    String contender, Work work, int rate, int bytes, int warmUpSeconds, int seconds) {

  /** The same, done by somebody else. */
  public Setting by(String other) {
    return new Setting(other, work, rate, bytes, warmUpSeconds, seconds);
  }

  /** Whether it is about how many, and not about how long each takes. */
  public boolean isThroughput() {
    return rate == 0;
  }

  /** What is compared with each other. */
  public String workload() {
    String subscriptions =
        work.subscriptions() == 1 ? "" : " by %d subscriptions".formatted(work.subscriptions());
    String pace = isThroughput() ? "as fast as possible" : "%,d/s".formatted(rate);
    return "%s%s, %s, %,d bytes".formatted(work.job().label(), subscriptions, pace, bytes);
  }
}
