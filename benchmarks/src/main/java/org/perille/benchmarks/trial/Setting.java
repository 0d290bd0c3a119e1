package org.perille.benchmarks.trial;

import org.perille.benchmarks.contender.Payload;
import org.perille.benchmarks.contender.Work;

/**
 * The setting of a trial.
 *
 * @param contender the name of the contender
 * @param rate parcels per second; 0 for as many as possible
 * @param payload the content of parcels
 * @param bytes the size of a parcel, if it isn't given by the content
 * @param warmUpSeconds seconds before the measurement
 * @param seconds seconds of the measurement
 */
public record Setting(
    String contender,
    Work work,
    int rate,
    Payload payload,
    int bytes,
    int warmUpSeconds,
    int seconds) {

  /** Returns the same setting for another contender. */
  public Setting by(String other) {
    return new Setting(other, work, rate, payload, bytes, warmUpSeconds, seconds);
  }

  /** Returns true if throughput is measured, false if latency is. */
  public boolean isThroughput() {
    return rate == 0;
  }

  /** Returns the name of the workload. Results with the same name are compared. */
  public String workload() {
    String subscriptions =
        work.subscriptions() == 1 ? "" : " by %d subscriptions".formatted(work.subscriptions());
    String pace = isThroughput() ? "as fast as possible" : "%,d/s".formatted(rate);
    String content = payload == Payload.RANDOM ? "%,d bytes".formatted(bytes) : payload.label();
    return "%s%s, %s, %s".formatted(work.job().label(), subscriptions, pace, content);
  }
}
