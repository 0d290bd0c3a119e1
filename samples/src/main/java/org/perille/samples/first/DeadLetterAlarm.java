package org.perille.samples.first;

import org.perille.PerilleListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs each message that becomes a dead letter. */
final class DeadLetterAlarm implements PerilleListener {
  private static final Logger LOG = LoggerFactory.getLogger(DeadLetterAlarm.class);

  @Override
  public void failed(Failed event) {
    if (event.consequence() == Consequence.DEAD_LETTERED) {
      LOG.error("Offset {} of {} needs an operator", event.offset(), event.place());
    }
  }
}
