package org.perille.internal.effect;

import java.util.function.Supplier;
import org.perille.internal.log.ProducerReport;

/**
 * A producer that publishes nothing after a failure. Its next run publishes all again, in order.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
public final class ProducerRun implements ChainPublisher.Producer {
  private final Supplier<ProducerReport> reports;
  private volatile boolean failed;

  /**
   * Creates a run.
   *
   * @param reports returns its durably finished offsets
   */
  public ProducerRun(Supplier<ProducerReport> reports) {
    this.reports = reports;
  }

  @Override
  public ProducerReport report() {
    return reports.get();
  }

  @Override
  public void failed() {
    failed = true;
  }

  @Override
  public boolean hasFailed() {
    return failed;
  }
}
