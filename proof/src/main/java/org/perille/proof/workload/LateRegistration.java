package org.perille.proof.workload;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.perille.EventSourcedSubscription;
import org.perille.Perille;
import org.perille.PerilleException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Registers the subscription that starts at a time, when its topic already has messages. */
public final class LateRegistration {
  private static final Logger LOG = LoggerFactory.getLogger(LateRegistration.class);
  private static final long AGAIN_AFTER_MILLIS = 200;

  private LateRegistration() {}

  /**
   * Registers the subscription on a node, and retries until it succeeds.
   *
   * <p>The database may be down. A node that renames the subscription must come after a node that
   * has registered its first name.
   *
   * @param begin a time that has passed
   */
  public static void register(
      Perille perille, Workload workload, Witness witness, Instant begin, Duration timeout)
      throws InterruptedException {
    EventSourcedSubscription<Item, Tallying.Tally> late = workload.features().defineLate(begin);
    witness.declared(late);
    long end = System.nanoTime() + timeout.toNanos();
    while (true) {
      try {
        Perille same = Perille.get(perille.system()).register(late);
        if (same != perille) {
          witness.compared("the Perille of a system", perille.toString(), same.toString());
        }
        workload.features().registered(late);
        return;
      } catch (PerilleException | IllegalStateException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        LOG.info("{} can't be registered yet", late, e);
        TimeUnit.MILLISECONDS.sleep(AGAIN_AFTER_MILLIS);
      }
    }
  }
}
