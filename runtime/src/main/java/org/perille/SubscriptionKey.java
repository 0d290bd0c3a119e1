package org.perille;

import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;

/** One key of a subscription that records effects; see {@link SubscriptionHandle#key}. */
public interface SubscriptionKey {

  /**
   * Returns the recorded effects of the key, oldest first, since the subscription was last reset,
   * up to the end as it is when the stream starts.
   */
  Source<KeyEffect, NotUsed> effects();
}
