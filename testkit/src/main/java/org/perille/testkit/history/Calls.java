package org.perille.testkit.history;

import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Numbers of calls that are unique among processes: 31 random bits of this process, and a count.
 */
final class Calls {
  private static final AtomicLong LAST =
      new AtomicLong((new SecureRandom().nextLong() & 0x7fff_ffffL) << 32);

  private Calls() {}

  static long next() {
    return LAST.incrementAndGet();
  }
}
