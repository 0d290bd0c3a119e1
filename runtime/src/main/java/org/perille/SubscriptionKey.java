package org.perille;

import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;

/** One key of a subscription that records effects; see {@link SubscriptionHandle#key}. */
public interface SubscriptionKey {

  /**
   * Streams the recorded effects of the key, oldest first, since the subscription was last reset.
   *
   * <p>The stream ends at the last effect that is stored when it starts.
   */
  Source<KeyEffect, NotUsed> effects();
}
